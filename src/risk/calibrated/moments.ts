import type { Archive, Kept } from '../../support/archive.ts'

const RECENT_MAX = 40
const SHOWN_RECENT = 10
const CLIP_SD = 4
/** Share of the recent values that lie within the usual range. */
const MIDDLE = 0.9
const Z_MAX = 1e12
/** Counts as the distance from values that are all the same. */
const SPREAD_FLOOR = 0.01
const Z_WITHOUT_SPREAD = 10

/** Mean and spread of learned numbers (B. Welford, Technometrics 1962, with weights), and the last few of them to show. */
export class Moments implements Kept {
  #samples = 0
  #weight = 0
  #mean = 0
  #squares = 0
  readonly #recent: number[] = []

  get samples(): number {
    return this.#samples
  }

  get mean(): number {
    return this.#mean
  }

  /** Sample standard deviation; 0 before the second value. */
  get sd(): number {
    return this.#weight <= 1 ? 0 : Math.sqrt(this.#squares / (this.#weight - 1))
  }

  /** Standard deviations from the mean, signed. Where values hardly differ 1 % of the mean stands in for their spread. */
  z(value: number): number {
    const spread = Math.max(this.sd, SPREAD_FLOOR * Math.abs(this.#mean))
    const z = spread > 0 ? (value - this.#mean) / spread : Math.sign(value - this.#mean) * Z_WITHOUT_SPREAD
    return Math.max(-Z_MAX, Math.min(Z_MAX, z))
  }

  /** The value, brought to within 4 standard deviations: what an alarm that nobody reviewed may teach at most. */
  clipped(value: number): number {
    if (this.#samples < 2) return value
    const reach = CLIP_SD * this.sd
    return Math.max(this.#mean - reach, Math.min(this.#mean + reach, value))
  }

  learn(value: number, weight: number): void {
    this.#samples += 1
    this.#weight += weight
    const before = this.#mean
    this.#mean += ((value - before) * weight) / this.#weight
    this.#squares += weight * (value - before) * (value - this.#mean)
    this.#recent.push(value)
    if (this.#recent.length > RECENT_MAX) this.#recent.shift()
  }

  exchange(archive: Archive): void {
    this.#samples = archive.number(this.#samples)
    this.#weight = archive.number(this.#weight)
    this.#mean = archive.number(this.#mean)
    this.#squares = archive.number(this.#squares)
    archive.numbers(this.#recent)
  }

  /** Oldest first; at most 40. */
  get latest(): readonly number[] {
    return [...this.#recent]
  }

  /** Oldest first; at most ten. */
  get recent(): readonly number[] {
    return this.#recent.slice(-SHOWN_RECENT)
  }

  /** The middle 90 % of the last 40 values. */
  get usualRange(): readonly [low: number, high: number] {
    const sorted = this.#recent.toSorted((a, b) => a - b)
    const cut = Math.floor(((1 - MIDDLE) / 2) * sorted.length)
    return [sorted[cut] ?? 0, sorted[sorted.length - 1 - cut] ?? 0]
  }
}
