import type { Archive, Kept } from '../../support/archive.ts'
import { PAUSE_MS } from './sequence.ts'
import { lnStudentTail, StudentPredictive } from './student.ts'

const GAIN = 0.1
const PRIOR_WEIGHT = 4
const PRIOR_SCALE = 0.3
const CAP = 2_000
/**
 * The least spread of the running mean; where surprises are exponential it is `sqrt(0.1 / 1.9)`, 0.23. Among very quiet calls one odd call
 * would else be a session.
 */
const SCALE_MIN = 0.15

/**
 * How odd something has been of late: the running mean of a surprise, `m <- m + 0.1 (s - m)`, half forgotten after a pause, against its
 * own past (Student t, upward; `t = (m - mean) / max(S, 0.15)`), as in a control chart of moving averages (S. Roberts, Technometrics 1959). One odd call is noise; one
 * odd call among others is a masquerade, and one odd value among others an incident.
 */
export class SessionTrend implements Kept {
  readonly #pauseMs: number
  #level = 1
  #lastAt: number | undefined
  readonly #usual = new StudentPredictive(PRIOR_WEIGHT, CAP)

  /** @param pauseMs after more than this between two calls a new stretch begins. */
  constructor(pauseMs: number = PAUSE_MS) {
    this.#pauseMs = pauseMs
  }

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
    this.move(surprise, at)
    this.#usual.learn(this.#level, weight)
  }

  /** Counts what was tried, without taking it for usual. */
  move(surprise: number, at: number): void {
    this.#level = this.with(surprise, at)
    this.#lastAt = at
  }

  exchange(archive: Archive): void {
    this.#level = archive.number(this.#level)
    this.#lastAt = archive.optional(this.#lastAt, (at = 0) => archive.number(at))
    this.#usual.exchange(archive)
  }

  #before(at: number): number {
    const isNew = this.#lastAt === undefined || at - this.#lastAt > this.#pauseMs
    return isNew ? this.#level + (this.#usual.mean - this.#level) / 2 : this.#level
  }
}
