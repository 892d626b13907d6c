import type { ScoredCall, ToolTraits } from './call.ts'
import type { RiskAssessment } from './risk.ts'

/** Why a call may be learned. A refused call is never learned. */
export type Lesson = 'ran' | 'warned' | 'approved'

/**
 * A scorer with a memory. Synchronous and deterministic: no clock, no randomness, no I/O.
 * Its state is a fold over the learned and refused calls in the order they are given.
 */
export interface Detector {
  /** Judges a call against what was learned before it. Changes nothing. */
  score(call: ScoredCall, traits: ToolTraits): RiskAssessment
  learn(call: ScoredCall, lesson: Lesson): void
  /** A call that was not let through. Moves what counts attempts, never what is usual. */
  refused(call: ScoredCall): void
}
