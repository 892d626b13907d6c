import type { AuditStore } from './audit/store.ts'
import { type AuditEvent, type AuditEventName, DECISION_EVENTS } from './domain/audit-event.ts'
import type { CallId } from './domain/units.ts'

/** How far back a start looks for calls without an end; older ones were told by an earlier start. */
const LOOKBACK_EVENTS = 5_000
const PAGE_EVENTS = 1_000

/** After one of these nobody asks any more how the call ended. */
const ENDINGS: ReadonlySet<AuditEventName> = new Set([
  'executed',
  'failed',
  'outcome_unknown',
  'approval_denied',
  'approval_timeout',
  'approval_unavailable',
  'approval_cancelled',
])
const BEGINNINGS: ReadonlySet<AuditEventName> = new Set(['allow', 'warn', 'approval_granted'])
const EVENTS: readonly AuditEventName[] = [...new Set([...ENDINGS, ...BEGINNINGS, ...DECISION_EVENTS])]

/** The call may have run from here on; in shadow mode whatever was decided. */
const mayHaveRun = ({ event, enforced }: AuditEvent): boolean => BEGINNINGS.has(event) || !enforced

/**
 * The calls among the latest events that may have run and have no end: the process died, or another one is still at it. Newest first,
 * each once.
 */
export async function orphanedCalls(store: AuditStore): Promise<readonly AuditEvent[]> {
  const orphans: AuditEvent[] = []
  const known = new Set<CallId>()
  let before: number | undefined
  for (let seen = 0; seen < LOOKBACK_EVENTS; seen += PAGE_EVENTS) {
    const page = await store.query({ event: EVENTS, before, limit: PAGE_EVENTS })
    for (const event of page) {
      if (event.callId === undefined || known.has(event.callId)) continue
      if (!ENDINGS.has(event.event) && !mayHaveRun(event)) continue
      known.add(event.callId)
      if (!ENDINGS.has(event.event)) orphans.push(event)
    }
    before = page.at(-1)?.seq
    if (page.length < PAGE_EVENTS) break
  }
  return orphans
}
