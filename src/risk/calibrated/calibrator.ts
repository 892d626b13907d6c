import type { Archive, Kept } from '../../support/archive.ts'

/**
 * Between two knots evidence grows at most so much faster than nominal. Where a stream has few different surprises, as a parameter with
 * five values has, nothing lies between two of them, and the share above the next knot says nothing of the one just below it.
 */
const GAIN_MAX = 2
/** More excess than this in one call says nothing more about the tail. */
const EXCESS_MAX = 25
/** From this surprise on (p = 0.01) an alarm that nobody looked at counts less. */
const ALARMING = 4.6

const SHARES = new WeakMap<readonly number[], readonly number[]>()

/** Of surprises that are true as they are, the share above each knot; made once for each list of knots. */
function nominalShares(knots: readonly number[]): readonly number[] {
  const known = SHARES.get(knots) ?? knots.map((knot) => Math.exp(-knot))
  SHARES.set(knots, known)
  return known
}

export interface CalibratorOptions {
  /** Nominal surprises at which the scale is checked against what happens; ascending. The same as the parent's. */
  readonly knots: readonly number[]
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
  readonly #nominal: readonly number[]

  constructor(options: CalibratorOptions) {
    this.#options = options
    this.#above = options.knots.map(() => 0)
    this.#nominal = nominalShares(options.knots)
  }

  /** Calls that count. */
  get calls(): number {
    return this.#calls
  }

  /**
   * A nominal surprise as it holds on this stream: piecewise linear over the knots, then with the slope of the rate.
   * @param parent of the same knots; undefined: surprises that are true as they are, of which `exp(-knot)` lie above a knot.
   */
  read(surprise: number, parent: TailCalibrator | undefined): number {
    if (surprise <= 0) return 0
    const { knots } = this.#options
    let [lowKnot, low, above, aboveOfParent] = [0, 0, 1, 1]
    for (let index = 0; index < knots.length; index++) {
      const knot = knots[index] ?? 0
      const nominal = this.#nominal[index] ?? 0
      aboveOfParent = parent === undefined ? nominal : parent.#share(index, nominal, aboveOfParent)
      above = this.#share(index, aboveOfParent, above)
      const high = Math.min(-Math.log(above), low + GAIN_MAX * (knot - lowKnot))
      if (surprise <= knot) return low + ((surprise - lowKnot) / (knot - lowKnot)) * (high - low)
      lowKnot = knot
      low = high
    }
    return low + this.#rate(parent === undefined ? 1 : parent.#rate(1)) * (surprise - lowKnot)
  }

  /** Share of calls above a knot, leaning on the parent's; `before`: the share above the knot before. */
  #share(index: number, ofParent: number, before: number): number {
    const { priorCalls, evidence } = this.#options
    const share = ((this.#above[index] ?? 0) + priorCalls * ofParent) / (this.#calls + priorCalls)
    return Math.min(before, evidence === 'lose' ? Math.max(share, this.#nominal[index] ?? 0) : share)
  }

  #rate(ofParent: number): number {
    const { priorExcesses, evidence } = this.#options
    const rate = (priorExcesses + (this.#above.at(-1) ?? 0)) / (priorExcesses / ofParent + this.#excess)
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
