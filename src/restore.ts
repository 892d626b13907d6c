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

const DAY_MS = 86_400_000

/** A stretch of history. */
export interface History {
  /** Inclusive. */
  readonly since: EpochMs
  /** Exclusive; undefined: to the end of the log. */
  readonly until?: EpochMs | undefined
}

/** The history from so many days before a moment. */
export const lookback = (from: EpochMs, days: number): History => ({ since: (from - days * DAY_MS) as EpochMs })

/** Hands every event of a history that may teach to `teach`, in the order they were written, a page at a time. */
export async function replayLessons(
  store: AuditStore,
  history: History,
  teach: (event: AuditEvent) => void,
): Promise<void> {
  let after = 0
  for (;;) {
    const page = await store.query({ ...history, event: TEACHING, after, order: 'oldest-first', limit: PAGE_EVENTS })
    page.forEach(teach)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_EVENTS) return
    after = last.seq
  }
}
