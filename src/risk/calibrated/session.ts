import type { Archive, Kept } from '../state/archive.ts'
import { PAUSE_MS } from './sequence.ts'
import { lnStudentTail, StudentPredictive } from './student.ts'

const GAIN = 0.1
const PRIOR_WEIGHT = 4
const PRIOR_SCALE = 0.3
const CAP = 2_000
/** The spread of the running mean where surprises are exponential: `sqrt(0.1 / 1.9)`. One odd call among quiet ones is no session. */
const SCALE_MIN = 0.23

/**
 * How odd an agent has been of late: the running mean of the surprise of its calls, `m <- m + 0.1 (s - m)`, half forgotten after a
 * pause, against its own past (Student t, upward; `t = (m - mean) / max(S, 0.23)`). One odd call is noise; one odd call among others is a masquerade.
 */
export class SessionTrend implements Kept {
  #level = 1
  #lastAt: number | undefined
  readonly #usual = new StudentPredictive(PRIOR_WEIGHT, CAP)

  /** The running mean with a call of that surprise. */
  with(surprise: number, at: number): number {
    const before = this.#before(at)
    return before + GAIN * (surprise - before)
  }

  get samples(): number {
    return this.#usual.samples
  }

  surprise(level: number): number {
    if (this.#usual.samples === 0) return 0
    const { scale, df } = this.#usual.predict(level, PRIOR_SCALE)
    const t = (level - this.#usual.mean) / Math.max(scale, SCALE_MIN)
    return t <= 0 ? 0 : Math.LN2 - lnStudentTail(t, df)
  }

  learn(surprise: number, at: number, weight: number): void {
    this.#level = this.with(surprise, at)
    this.#lastAt = at
    this.#usual.learn(this.#level, weight)
  }

  exchange(archive: Archive): void {
    this.#level = archive.number(this.#level)
    this.#lastAt = archive.optional(this.#lastAt, (at = 0) => archive.number(at))
    this.#usual.exchange(archive)
  }

  #before(at: number): number {
    const isNew = this.#lastAt === undefined || at - this.#lastAt > PAUSE_MS
    return isNew ? this.#level + (this.#usual.mean - this.#level) / 2 : this.#level
  }
}
