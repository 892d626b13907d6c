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
export class TailCalibrator {
  #calls = 0
  readonly #above: number[]
  #excess = 0
  readonly #options: CalibratorOptions
  readonly #nominal: readonly number[]
  #made: { readonly parent: TailShape; readonly shape: TailShape } | undefined

  constructor(options: CalibratorOptions) {
    this.#options = options
    this.#above = options.knots.map(() => 0)
    this.#nominal = nominalShape(options.knots).shares
  }

  /** Calls that count. */
  get calls(): number {
    return this.#calls
  }

  /** A nominal surprise as it holds on this stream. */
  read(surprise: number, parent: TailShape): number {
    return surprise <= 0 ? 0 : calibrated(surprise, this.#options.knots, this.shape(parent))
  }

  /** The scale of this stream. Made anew only after something was learned, here or by the parent. */
  shape(parent: TailShape): TailShape {
    if (this.#made?.parent !== parent) this.#made = { parent, shape: this.#shape(parent) }
    return this.#made.shape
  }

  #shape(parent: TailShape): TailShape {
    const { priorCalls, priorExcesses, evidence } = this.#options
    const weight = this.#calls + priorCalls
    const loses = evidence === 'lose'
    const shares: number[] = []
    let above = 1
    for (let index = 0; index < this.#nominal.length; index++) {
      const share = ((this.#above[index] ?? 0) + priorCalls * (parent.shares[index] ?? 0)) / weight
      above = Math.min(above, loses ? Math.max(share, this.#nominal[index] ?? 0) : share)
      shares.push(above)
    }
    const rate = (priorExcesses + (this.#above.at(-1) ?? 0)) / (priorExcesses / parent.rate + this.#excess)
    return { shares, rate: loses ? Math.min(rate, 1) : rate }
  }

  /** @param alarmWeight how much an alarming call counts: less than 1 where nobody looked at the alarm. */
  learn(surprise: number, alarmWeight: number): void {
    const { cap, knots, tail } = this.#options
    this.#made = undefined
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

  #fade(kept: number): void {
    this.#calls *= kept
    for (let index = 0; index < this.#above.length; index++) this.#above[index] = (this.#above[index] ?? 0) * kept
    this.#excess *= kept
  }
}

/** Piecewise linear from 0 over the knots, then with the slope of the rate. */
function calibrated(surprise: number, knots: readonly number[], { shares, rate }: TailShape): number {
  let index = 0
  while (index < knots.length && surprise > (knots[index] ?? 0)) index += 1
  const lowKnot = knots[index - 1] ?? 0
  const low = -Math.log(shares[index - 1] ?? 1)
  const knot = knots[index]
  if (knot === undefined) return low + rate * (surprise - lowKnot)
  const high = -Math.log(shares[index] ?? 1)
  return low + ((surprise - lowKnot) / (knot - lowKnot)) * (high - low)
}
