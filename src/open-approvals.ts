import type { Approvals } from './approval/approvals.ts'
import { ApprovalDesk, createApprovals } from './approvals.ts'
import { createMemoryStore } from './audit/memory.ts'
import type { RedactionKey } from './audit/redact/mark.ts'
import { createRedactor } from './audit/redact/redactor.ts'
import type { AuditStore } from './audit/store.ts'
import { Journal } from './journal.ts'
import { Observers } from './observers.ts'
import { type Clock, systemClock } from './support/clock.ts'
import { type Ids, randomIds } from './support/ids.ts'

export interface OpenApprovalsOptions {
  readonly store: AuditStore
  /** Of the marks in place of secrets; as the guards on this log have it. */
  readonly key?: RedactionKey | undefined
  /** Told what goes wrong beside a decision. */
  readonly onTrouble?: ((message: string) => void) | undefined
  readonly clock?: Clock | undefined
  readonly ids?: Ids | undefined
}

/**
 * The approvals on a log, for a process that has no guard: the command line, the approval server. It finds secrets by their usual names
 * and patterns; those that a guard was told of beside (`redact`) it does not know.
 */
export function openApprovals(options: OpenApprovalsOptions): Approvals {
  const { store, key = () => undefined, onTrouble, clock = systemClock, ids = randomIds } = options
  const redactor = createRedactor({ key })
  const redactText = (text: string): string => redactor.redactText(text)
  const observers = new Observers(undefined, redactText)
  if (onTrouble !== undefined) observers.on('fault', ({ message }) => onTrouble(message))
  const spare = createMemoryStore({ capacity: 1, clock })
  // Guards read in the log what was decided here, and learn it there.
  const journal = new Journal({ store, spare, observers, clock, ids, redactText, stored: () => undefined })
  return createApprovals(
    new ApprovalDesk({
      ...{ store, spare, journal, clock, redactText },
      redact: (params, secretNames) => redactor.redact(params, secretNames),
      ready: () => store.open(),
    }),
  )
}
