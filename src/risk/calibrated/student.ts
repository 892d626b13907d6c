import { betaFraction, lnGammaHalfStep } from '../../statistics/special.ts'
import type { Archive, Kept } from '../../support/archive.ts'

/** Further out no two values differ in anything that is done with them, and squares stay within a double. */
const T_MAX = 1e150
const LN_PI = Math.log(Math.PI)
/** Series of one stream have learned equally much, so that the same few degrees of freedom are asked for again and again. A power of two. */
const KEPT_DF = 256

/**
 * `ln P(|T| >= |t|)` for Student's t with `df > 0` degrees of freedom, which need not be whole. 0 at `t = 0`, never -Infinity.
 *
 * `P = I_x(df/2, 1/2)` with `x = df / (df + t^2)` (Abramowitz, Stegun 26.5.27); its complement is computed near the middle, where
 * that is the small one. The logarithm keeps all digits of tails far below the smallest double.
 */
export function lnStudentTail(t: number, df: number): number {
  const square = Math.min(Math.abs(t), T_MAX) ** 2
  const a = df / 2
  const y = square / (df + square)
  if (y === 0) return 0
  // Of I_x(a, b) and 1 - I_y(b, a), the one whose fraction converges fast.
  if (y < 1.5 / (a + 2.5)) return Math.log1p(-Math.exp(lnFront(a, square, df)) * 2 * betaFraction(0.5, a, y))
  return lnFront(a, square, df) - Math.log(a) + Math.log(betaFraction(a, 0.5, df / (df + square)))
}

/** `ln( x^a y^(1/2) / B(a, 1/2) )`. */
function lnFront(a: number, square: number, df: number): number {
  return lnHalfStepOf(df) - LN_PI / 2 - a * Math.log1p(square / df) - Math.log1p(df / square) / 2
}

/** `ln` of the density of Student's t at `t`, for a scale of 1. */
export function lnStudentDensity(t: number, df: number): number {
  const square = Math.min(Math.abs(t), T_MAX) ** 2
  return lnPeakOf(df) - ((df + 1) / 2) * Math.log1p(square / df)
}

/** A function of the degrees of freedom that keeps what it last said of each. */
function keptByDf(compute: (df: number) => number): (df: number) => number {
  const known = new Float64Array(KEPT_DF)
  const values = new Float64Array(KEPT_DF)
  return (df) => {
    const place = df & (KEPT_DF - 1)
    if (known[place] !== df) {
      known[place] = df
      values[place] = compute(df)
    }
    return values[place] ?? 0
  }
}

const lnHalfStepOf = keptByDf((df) => lnGammaHalfStep(df / 2))

/** `ln` of the density at 0. */
const lnPeakOf = keptByDf((df) => lnHalfStepOf(df) - (Math.log(df) + LN_PI) / 2)

/** What a predictive says of one value. */
export interface Prediction {
  /** Distance from the centre in units of the scale, signed. */
  readonly t: number
  readonly df: number
  readonly scale: number
}

/**
 * Predicts the next value of a series that scatters about one level: the posterior predictive of a normal with unknown mean and
 * spread, where the spread's prior weighs `priorWeight` samples of spread `priorScale`:
 * `df = n - 1 + v0`, `S = sqrt((v0 s0^2 + q) / df * (1 + 1/n))`, `t = (x - m) / S`
 * with n samples of mean m and sum of squared deviations q (A. Gelman et al., "Bayesian Data Analysis", 3.3).
 * At most `cap` samples count: older ones fade.
 */
export class StudentPredictive implements Kept {
  #samples = 0
  #mean = 0
  #squares = 0
  readonly #priorWeight: number
  readonly #cap: number
  readonly #dfMax: number

  constructor(priorWeight: number, cap: number, dfMax: number = Number.POSITIVE_INFINITY) {
    this.#dfMax = dfMax
    this.#priorWeight = priorWeight
    this.#cap = cap
  }

  /** Sum of the weights of what was learned, at most the cap. */
  get samples(): number {
    return this.#samples
  }

  get mean(): number {
    return this.#mean
  }

  /** @param priorScale more than 0. Only with something learned. */
  predict(value: number, priorScale: number): Prediction {
    const weight = Math.max(this.#samples - 1, 0) + this.#priorWeight
    const df = Math.min(weight, this.#dfMax)
    const spread = (this.#priorWeight * priorScale * priorScale + this.#squares) / weight
    const scale = Math.sqrt(spread * (1 + 1 / Math.max(this.#samples, 1)))
    return { t: (value - this.#mean) / scale, df, scale }
  }

  exchange(archive: Archive): void {
    this.#samples = archive.number(this.#samples)
    this.#mean = archive.number(this.#mean)
    this.#squares = archive.number(this.#squares)
  }

  /** @param weight more than 0 and at most 1. */
  learn(value: number, weight: number): void {
    if (this.#samples + weight > this.#cap) {
      const kept = (this.#cap - weight) / this.#samples
      this.#samples *= kept
      this.#squares *= kept
    }
    this.#samples += weight
    const before = this.#mean
    this.#mean += ((value - before) * weight) / this.#samples
    this.#squares += weight * (value - before) * (value - this.#mean)
  }
}
