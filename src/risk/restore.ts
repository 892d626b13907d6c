import type { AuditEntry } from '../domain/audit-event.ts'
import type { ScoredCall } from '../domain/call.ts'
import type { Detector } from '../domain/detector.ts'
import type { EpochMs } from '../domain/units.ts'

/**
 * Teaches a detector what one event of the log says of a call.
 * @param reviewed the lesson that counts instead of the event's own, when someone reviewed it; given as undefined, nothing is learned.
 * @returns whether there was a lesson in it. Events without one, or without a tool, an agent, parameters or a readable time, teach nothing.
 */
export function learnEvent(
  detector: Detector,
  event: AuditEntry,
  ...reviewed: readonly [lesson?: AuditEntry['lesson']]
): boolean {
  const lesson = reviewed.length > 0 ? reviewed[0] : event.lesson
  const call = lesson === undefined ? undefined : callOf(event)
  if (call === undefined || lesson === undefined) return false
  if (lesson === 'refused') detector.refused(call)
  else detector.learn(call, lesson)
  return true
}

function callOf({ tool, agentId, params, time }: AuditEntry): ScoredCall | undefined {
  const at = Date.parse(time)
  if (tool === undefined || agentId === undefined || params === undefined || Number.isNaN(at)) return undefined
  return { tool, agentId, params, at: at as EpochMs }
}
