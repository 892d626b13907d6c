import type { Approvals } from '../../src/approval/approvals.ts'
import { ApprovalDesk, createApprovals } from '../../src/approvals.ts'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { Journal } from '../../src/journal.ts'
import { Observers } from '../../src/observers.ts'
import type { Clock } from '../../src/support/clock.ts'
import { randomIds } from '../../src/support/ids.ts'

/** The approvals that are stored in a log, as another process than the guard's has them. */
export function storedApprovals(store: AuditStore, clock: Clock): Approvals {
  const redactText = (text: string): string => text
  const spare = createMemoryStore({ capacity: 1, clock })
  const observers = new Observers(undefined, redactText)
  const journal = new Journal({ store, spare, observers, clock, ids: randomIds, redactText, stored: () => {} })
  return createApprovals(
    new ApprovalDesk({
      ...{ store, spare, journal, clock, redactText },
      redact: (params) => ({ params, paths: [] }),
      ready: () => store.open(),
    }),
  )
}
