import type { Archive, Kept } from '../state/archive.ts'

/**
 * Between two knots evidence grows at most so much faster than nominal. Where a stream has few different surprises, as a parameter with
 * five values has, nothing lies between two of them, and the share above the next knot says nothing of the one just below it.
 */
const GAIN_MAX = 2
/** More excess than this in one call says nothing more about the tail. */
const EXCESS_MAX = 25
/** From this surprise on (p = 0.01) an alarm that nobody looked at counts less. */
const ALARMING = 4.6

/** A scale that nominal surprises are read on. */
export interface TailShape {
  /** Share of calls above each knot; descending. */
  readonly shares: readonly number[]
  /** How fast evidence grows beyond the last knot: 1 over the mean excess of nominal surprise. */
  readonly rate: number
}

/** Nominal surprises that are true as they are: `exp(-knot)` of all calls lie above a knot. */
export const nominalShape = (knots: readonly number[]): TailShape => ({
  shares: knots.map((knot) => Math.exp(-knot)),
  rate: 1,
})

export interface CalibratorOptions {
  /** Nominal surprises at which the scale is checked against what happens; ascending. The same as the parent's. */
  readonly knots: readonly number[]
  /** The scale of surprises that are true as they are, on these knots. */
  readonly nominal: TailShape
  /** Calls that the parent's shares weigh. */
  readonly priorCalls: number
  /** Alarming calls that the parent's rate weighs. */
  readonly priorExcesses: number
  /** Calls that count; older ones fade, so the scale follows drift. */
  readonly cap: number
  /** `lose`: a stream that is quieter than promised gains nothing. `both`: it gains. */
  readonly evidence: 'lose' | 'both'
  /** `nominal`: from the last knot on surprises are taken as they are. */
  readonly tail: 'learned' | 'nominal'
}

/**
 * Turns the nominal surprise of a channel, `s = -ln p`, into one that holds on its stream: a call of calibrated surprise `s` or more
 * should come once in `exp(s)` calls, whatever the model behind it gets wrong.
 *
 * Of n calls, k_i were above the i-th knot, and those above the last one by a sum of excesses e. Shrunk towards a parent (primes):
 * `P_i = (k_i + n0 P_i') / (n + n0)` and `rate = (a0 + k) / (a0 / rate' + e)`; between the knots the scale is linear, beyond the last
 * one the tail is exponential, as in "peaks over threshold" (J. Pickands, "Statistical inference using extreme order statistics", 1975).
 */
export class TailCalibrator implements Kept {
  #calls = 0
  #excess = 0
  readonly #above: number[]
  readonly #options: CalibratorOptions

  constructor(options: CalibratorOptions) {
    this.#options = options
    this.#above = options.knots.map(() => 0)
  }

  /** Calls that count. */
  get calls(): number {
    return this.#calls
  }

  /** A nominal surprise as it holds on this stream: piecewise linear over the knots, then with the slope of the rate. */
  read(surprise: number, parent: TailShape): number {
    if (surprise <= 0) return 0
    const { knots } = this.#options
    let lowKnot = 0
    let above = 1
    let low = 0
    for (let index = 0; index < knots.length; index++) {
      const knot = knots[index] ?? 0
      const share = this.#share(index, parent, above)
      const high = Math.min(-Math.log(share), low + GAIN_MAX * (knot - lowKnot))
      if (surprise <= knot) return low + ((surprise - lowKnot) / (knot - lowKnot)) * (high - low)
      lowKnot = knot
      above = share
      low = high
    }
    return low + this.#rate(parent) * (surprise - lowKnot)
  }

  /** The scale of this stream, for those that lean on it. */
  shape(parent: TailShape): TailShape {
    const shares: number[] = []
    for (let index = 0; index < this.#above.length; index++)
      shares.push(this.#share(index, parent, shares[index - 1] ?? 1))
    return { shares, rate: this.#rate(parent) }
  }

  /** @param above the share above the knot before. */
  #share(index: number, parent: TailShape, above: number): number {
    const { priorCalls, evidence, nominal } = this.#options
    const share = ((this.#above[index] ?? 0) + priorCalls * (parent.shares[index] ?? 0)) / (this.#calls + priorCalls)
    return Math.min(above, evidence === 'lose' ? Math.max(share, nominal.shares[index] ?? 0) : share)
  }

  #rate(parent: TailShape): number {
    const { priorExcesses, evidence } = this.#options
    const rate = (priorExcesses + (this.#above.at(-1) ?? 0)) / (priorExcesses / parent.rate + this.#excess)
    return evidence === 'lose' ? Math.min(rate, 1) : rate
  }

  /** @param alarmWeight how much an alarming call counts: less than 1 where nobody looked at the alarm. */
  learn(surprise: number, alarmWeight: number): void {
    const { cap, knots, tail } = this.#options
    if (this.#calls + 1 > cap) this.#fade((cap - 1) / this.#calls)
    this.#calls += 1
    for (let index = 0; index < knots.length; index++) {
      const knot = knots[index] ?? 0
      const isTail = index === knots.length - 1
      if (surprise <= knot || (isTail && tail === 'nominal')) return
      const weight = knot >= ALARMING ? alarmWeight : 1
      this.#above[index] = (this.#above[index] ?? 0) + weight
      if (isTail) this.#excess += weight * Math.min(surprise - knot, EXCESS_MAX)
    }
  }

  exchange(archive: Archive): void {
    this.#calls = archive.number(this.#calls)
    this.#excess = archive.number(this.#excess)
    archive.numbers(this.#above)
  }

  #fade(kept: number): void {
    this.#calls *= kept
    for (let index = 0; index < this.#above.length; index++) this.#above[index] = (this.#above[index] ?? 0) * kept
    this.#excess *= kept
  }
}
