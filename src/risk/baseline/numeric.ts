import { addToMean } from 'simple-statistics'
import type { Archive, Kept } from '../../support/archive.ts'

/** How many learned values a baseline keeps to show; older ones live on in mean and spread only. */
export const RECENT_VALUES_MAX = 10

/**
 * Mean and spread of one numeric parameter, kept without the values themselves.
 *
 * B. P. Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4 (1962):
 * `mean' = mean + (x - mean) / n` and `squares' = squares + (x - mean)(x - mean')`. Equal values leave `squares` at exactly 0.
 */
export class NumericBaseline implements Kept {
  #samples = 0
  #mean = 0
  /** Sum of squared deviations from the mean. */
  #squares = 0
  #recent: readonly number[] = []

  /** @param value as `numberOf` gives it: finite, and safe to square. */
  learn(value: number): void {
    const before = this.#mean
    this.#mean = addToMean(before, this.#samples, value)
    this.#squares += (value - before) * (value - this.#mean)
    this.#samples += 1
    this.#recent = [...this.#recent.slice(1 - RECENT_VALUES_MAX), value]
  }

  exchange(archive: Archive): void {
    this.#samples = archive.number(this.#samples)
    this.#mean = archive.number(this.#mean)
    this.#squares = archive.number(this.#squares)
    const recent = [...this.#recent]
    archive.numbers(recent)
    this.#recent = recent
  }

  /** Values learned. */
  get samples(): number {
    return this.#samples
  }

  /** 0 before the first value. */
  get mean(): number {
    return this.#mean
  }

  /** Sample standard deviation: `sqrt(squares / (n - 1))`. 0 before the second value. */
  get sd(): number {
    return this.#samples < 2 ? 0 : Math.sqrt(this.#squares / (this.#samples - 1))
  }

  /** The last learned values, oldest first; at most ten. Never changes once handed out. */
  get recent(): readonly number[] {
    return this.#recent
  }
}
