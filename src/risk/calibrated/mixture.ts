import type { Archive, Kept } from '../../support/archive.ts'
import { lnStudentDensity, lnStudentTail, StudentPredictive } from './student.ts'

/** Weights of the plain, the log, the step and the change predictive. */
type Weights = readonly [plain: number, log: number, step: number, change: number]

/** Five samples behave as under the plain rule. */
const PRIOR_WEIGHTS: Weights = [0.94, 0.02, 0.02, 0.02]
/** How much of the weight returns to the prior with each sample, so that no predictive is given up for good. */
const SHARE = 0.005
const PLAIN_CAP = 5_000
const STEP_CAP = 2_000
const LOG_PRIOR_WEIGHT = 4
const LOG_PRIOR_SCALE = 0.5
/** The unit of the log scale: this share of the mean size of the first values. */
const LOG_UNIT_SHARE = 0.05
const LOG_UNIT_SAMPLES = 5
/** How fast the running level of the step predictive follows. */
const LEVEL_GAIN = 0.35
const SPREAD_SHARE = 0.25
const SPREAD_UNITS = 3
const DECIMALS_MAX = 4
/** The unit of the last decimal, by how many decimals there are. */
const LAST_DECIMALS: readonly number[] = Array.from({ length: DECIMALS_MAX + 1 }, (_, decimals) => 10 ** -decimals)
/** Below this |t| a tail is no evidence, and is not computed: p > 0.3. */
const QUIET_T = 0.8

/**
 * How surprising a number is, by four predictives that vote by how well they predicted before:
 * - plain: Student's t around the mean (prior spread: a quarter of the mean, at least three units of the last decimal seen)
 * - log: the same on `y = sign(x) ln(1 + |x| / c)`, for heavy tails
 * - step: the same on `x - level`, a running level; for counters, ids and slow drift
 * - change: the same on `x - last`, the value before; for what moves little from one call to the next, such as a temperature
 *
 * `p = sum w p_i`; after each value `w <- 0.995 w L / sum(w L) + 0.005 w0`, L its predictive density
 * (M. Herbster, M. Warmuth, "Tracking the best expert", 1998).
 */
export class NumericMixture implements Kept {
  readonly #plain = new StudentPredictive(1, PLAIN_CAP)
  #log = new StudentPredictive(LOG_PRIOR_WEIGHT, PLAIN_CAP)
  readonly #step = new StudentPredictive(1, STEP_CAP)
  readonly #change = new StudentPredictive(1, STEP_CAP)
  #weights: Weights = PRIOR_WEIGHTS
  #level = 0
  #last = 0
  #decimals = 0
  /** Size of the values that fixed the unit of the log scale, then undefined. */
  #first: number[] | undefined = []
  #logUnit = 1

  /** Weight of what was learned. */
  get samples(): number {
    return this.#plain.samples
  }

  /** `-ln p` of the value; 0 before the first one. */
  surprise(value: number): number {
    if (this.#plain.samples === 0) return 0
    const unit = this.#unit
    const plain = this.#plain.predict(value, unit)
    const log = this.#log.predict(this.#logOf(value), LOG_PRIOR_SCALE)
    const step = this.#step.predict(value - this.#level, unit)
    const change = this.#change.predict(value - this.#last, unit)
    const [w1, w2, w3, w4] = this.#weights
    const quiet = Math.max(Math.abs(plain.t), Math.abs(log.t), Math.abs(step.t), Math.abs(change.t)) < QUIET_T
    if (quiet) return Math.abs(w1 * plain.t + w2 * log.t + w3 * step.t + w4 * change.t)
    const a = Math.log(w1) + lnStudentTail(plain.t, plain.df)
    const b = Math.log(w2) + lnStudentTail(log.t, log.df)
    const c = Math.log(w3) + lnStudentTail(step.t, step.df)
    const d = Math.log(w4) + lnStudentTail(change.t, change.df)
    const top = Math.max(a, b, c, d)
    const sum = Math.exp(a - top) + Math.exp(b - top) + Math.exp(c - top) + Math.exp(d - top)
    return Math.max(0, -(top + Math.log(sum)))
  }

  learn(value: number, weight: number): void {
    if (this.#plain.samples > 0) this.#vote(value)
    this.#decimals = Math.max(this.#decimals, decimalsOf(value))
    this.#plain.learn(value, weight)
    if (this.#step.samples === 0 && this.#plain.samples === weight) {
      this.#level = value
      this.#last = value
    }
    this.#step.learn(value - this.#level, weight)
    this.#level += LEVEL_GAIN * weight * (value - this.#level)
    this.#change.learn(value - this.#last, weight)
    this.#last += weight * (value - this.#last)
    this.#learnLog(value, weight)
  }

  exchange(archive: Archive): void {
    this.#plain.exchange(archive)
    this.#log.exchange(archive)
    this.#step.exchange(archive)
    this.#change.exchange(archive)
    const [plain, log, step, change] = this.#weights
    this.#weights = [archive.number(plain), archive.number(log), archive.number(step), archive.number(change)]
    this.#level = archive.number(this.#level)
    this.#last = archive.number(this.#last)
    this.#decimals = archive.number(this.#decimals)
    this.#logUnit = archive.number(this.#logUnit)
    this.#first = archive.optional(this.#first, (first = []) => {
      archive.numbers(first)
      return first
    })
  }

  /** The log scale has no unit before the first values are known; until then they are read again with each new one. */
  #learnLog(value: number, weight: number): void {
    const first = this.#first
    if (first === undefined) {
      this.#log.learn(this.#logOf(value), weight)
      return
    }
    first.push(value)
    const size = first.reduce((sum, each) => sum + Math.abs(each), 0) / first.length
    this.#logUnit = Math.max(LOG_UNIT_SHARE * size, this.#lastDecimal)
    this.#log = new StudentPredictive(LOG_PRIOR_WEIGHT, PLAIN_CAP)
    for (const each of first) this.#log.learn(this.#logOf(each), 1)
    if (first.length >= LOG_UNIT_SAMPLES) this.#first = undefined
  }

  #vote(value: number): void {
    const unit = this.#unit
    const plain = this.#plain.predict(value, unit)
    const log = this.#log.predict(this.#logOf(value), LOG_PRIOR_SCALE)
    const step = this.#step.predict(value - this.#level, unit)
    const change = this.#change.predict(value - this.#last, unit)
    const a = lnStudentDensity(plain.t, plain.df) - Math.log(plain.scale)
    const b = lnStudentDensity(log.t, log.df) - Math.log(log.scale) - Math.log(this.#logUnit + Math.abs(value))
    const c = lnStudentDensity(step.t, step.df) - Math.log(step.scale)
    const d = lnStudentDensity(change.t, change.df) - Math.log(change.scale)
    this.#weights = voted(this.#weights, [a, b, c, d])
  }

  #logOf(value: number): number {
    return Math.sign(value) * Math.log1p(Math.abs(value) / this.#logUnit)
  }

  get #lastDecimal(): number {
    return LAST_DECIMALS[this.#decimals] ?? 1
  }

  /** Prior spread of all predictives but the log one. */
  get #unit(): number {
    return Math.max(SPREAD_SHARE * Math.abs(this.#plain.mean), SPREAD_UNITS * this.#lastDecimal)
  }
}

function voted([w1, w2, w3, w4]: Weights, [a, b, c, d]: Weights): Weights {
  const top = Math.max(a, b, c, d)
  const l1 = w1 * Math.exp(a - top)
  const l2 = w2 * Math.exp(b - top)
  const l3 = w3 * Math.exp(c - top)
  const l4 = w4 * Math.exp(d - top)
  const scale = (1 - SHARE) / (l1 + l2 + l3 + l4)
  const [p1, p2, p3, p4] = PRIOR_WEIGHTS
  return [scale * l1 + SHARE * p1, scale * l2 + SHARE * p2, scale * l3 + SHARE * p3, scale * l4 + SHARE * p4]
}

/** Decimals of a number as it is written, at most four. */
function decimalsOf(value: number): number {
  let scaled = Math.abs(value)
  for (let decimals = 0; decimals < DECIMALS_MAX; decimals++) {
    if (Math.abs(scaled - Math.round(scaled)) <= 1e-9 * Math.max(1, scaled)) return decimals
    scaled *= 10
  }
  return DECIMALS_MAX
}
