import type { AuditEntry, AuditEventName } from '../domain/audit-event.ts'
import type { BaselineChange } from '../domain/baseline.ts'
import type { ScoredCall } from '../domain/call.ts'
import type { Detector } from '../domain/detector.ts'
import type { EpochMs } from '../domain/units.ts'

/**
 * Tells a detector what one event of the log says: a call and what it teaches, how a call ended, or a change of what is usual. Only
 * what is stored counts, with the event's own time, so that a detector's state is the fold over the log. Events that do not name a
 * tool and a readable time say nothing.
 * @param lesson the event's own, or what a reviewer made of it.
 */
export function foldEvent(detector: Detector, event: AuditEntry, lesson: AuditEntry['lesson']): void {
  if (event.event === 'baseline_changed') {
    const change = changeOf(event)
    if (change !== undefined) detector.change(change)
    return
  }
  const call = callOf(event)
  if (call === undefined) return
  if (event.event === 'executed' || event.event === 'failed')
    detector.ended(call, event.event === 'executed' ? 'returned' : 'threw')
  else if (lesson === 'refused') detector.refused(call, UNANSWERED.has(event.event) ? 'unanswered' : 'denied')
  else if (lesson !== undefined && event.params !== undefined) detector.learn(call, lesson)
}

/** Refused, and no human said no: nobody was asked, or nobody answered in time. */
const UNANSWERED: ReadonlySet<AuditEventName> = new Set<AuditEventName>([
  'block',
  'approval_timeout',
  'approval_unavailable',
  'approval_cancelled',
])

const NO_PARAMS: ScoredCall['params'] = Object.freeze({})

function callOf({ tool, agentId, params = NO_PARAMS, time }: AuditEntry): ScoredCall | undefined {
  const at = Date.parse(time)
  if (tool === undefined || agentId === undefined || Number.isNaN(at)) return undefined
  return { tool, agentId, params, at: at as EpochMs }
}

/** What a `baseline_changed` event changes; undefined for a kind of change that a later version writes. */
function changeOf(event: AuditEntry): BaselineChange | undefined {
  const { tool, agentId, details = {}, signals } = event
  const { change, param, calledAt } = details
  if (tool === undefined) return undefined
  if (change === 'forgotten') return { change, tool, param: typeof param === 'string' ? param : undefined }
  const call = callOf(typeof calledAt === 'string' ? { ...event, time: calledAt } : event)
  if (call === undefined || agentId === undefined) return undefined
  if (change === 'accepted') return { change, call, signals }
  if (change === 'rebased' && typeof param === 'string') return { change, at: call.at, tool, agentId, param }
  return undefined
}
