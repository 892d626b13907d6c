import type { AuditStore } from './audit/store.ts'
import type { AuditEvent, AuditEventName } from './domain/audit-event.ts'
import type { EpochMs } from './domain/units.ts'

/** Events that can carry a lesson. */
const TEACHING: readonly AuditEventName[] = [
  'allow',
  'warn',
  'block',
  'approval_granted',
  'approval_denied',
  'approval_timeout',
  'approval_unavailable',
  'approval_cancelled',
]
const PAGE_EVENTS = 1_000

/** Hands every event since then that may teach to `teach`, in the order they were written, a page at a time. */
export async function replayLessons(
  store: AuditStore,
  since: EpochMs,
  teach: (event: AuditEvent) => void,
): Promise<void> {
  let after = 0
  for (;;) {
    const page = await store.query({ event: TEACHING, since, after, order: 'oldest-first', limit: PAGE_EVENTS })
    page.forEach(teach)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_EVENTS) return
    after = last.seq
  }
}
