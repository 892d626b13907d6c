import type { AuditEntry } from '../../domain/audit-event.ts'
import type { RecordedCall } from './calls.ts'

export const REVIEWERS = ['clean', 'human', 'auto'] as const
export type Reviewer = (typeof REVIEWERS)[number]

type Lesson = AuditEntry['lesson']

/**
 * What a stored event of a recorded call teaches when the file's labels play the reviewer.
 * `human`: a stopped call that is labelled normal counts as approved, blocked ones too. `clean`: besides, what is labelled an anomaly
 * is never learned, even when the guard missed it. `auto`: nobody reviews. Calls of the training part are always learned.
 */
export function reviewed(lesson: Lesson, call: RecordedCall, reviewer: Reviewer): Lesson {
  if (lesson === undefined) return undefined
  const stopped = lesson === 'refused'
  if (call.training) return stopped ? 'approved' : lesson
  if (reviewer === 'auto') return lesson
  if (call.label === 'anomaly') return reviewer === 'clean' ? 'refused' : lesson
  return stopped ? 'approved' : lesson
}
