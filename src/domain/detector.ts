import type { BaselineChange, MovedParameter, StateRow, UsualCalls } from './baseline.ts'
import type { ScoredCall, ToolTraits } from './call.ts'
import type { RiskAssessment } from './risk.ts'

/** Why a call may be learned. A refused call is never learned. */
export type Lesson = 'ran' | 'warned' | 'approved'

/** How a call came to be refused: a human said no; or nobody was asked, or answered. */
export type RefusalKind = 'denied' | 'unanswered'

/** A call that ran, by what is recorded of its end. */
export type EndedCall = Omit<ScoredCall, 'params'>

/**
 * A scorer with a memory. Synchronous and deterministic: no clock, no randomness, no I/O.
 * Its state is a fold over what it is told in the order it is told; scoring changes nothing.
 */
export interface Detector {
  /** Judges a call against what was learned before it. Changes nothing. */
  score(call: ScoredCall, traits: ToolTraits): RiskAssessment
  learn(call: ScoredCall, lesson: Lesson): void
  /** A call that was not let through. Moves what counts attempts, never what is usual. */
  refused(call: ScoredCall, how: RefusalKind): void
  /** How a call that ran ended. */
  ended(call: EndedCall, how: 'returned' | 'threw'): void
  change(change: BaselineChange): void
  /** Levels that moved and that nobody answered for so long that they are to be re-based; each is told once. */
  takeOverdue(): readonly MovedParameter[]
  /** What is usual, for one tool or all. */
  describe(tool?: string): readonly UsualCalls[]
  /** Names the method and the settings that its state depends on. State of another make is of no use to it. */
  readonly make: string
  /** What changed since the last time, or everything. */
  takeState(which: 'changed' | 'all'): readonly StateRow[]
  /**
   * Puts back into a new detector what `takeState` gave; then it is equal to the one that gave it, bit for bit.
   * @throws RangeError when the rows are not that.
   */
  restoreState(rows: Iterable<StateRow>): void
}
