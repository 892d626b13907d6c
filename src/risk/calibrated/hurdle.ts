import { type Archive, type Kept, kept } from '../../support/archive.ts'
import { NumericMixture } from './mixture.ts'
import { lnStudentTail } from './student.ts'

/** From this share of all values on, one value dominates. */
const DOMINANT_SHARE = 0.5
/** Other values are learned apart only where one might dominate. */
const WATCHED_SHARE = 0.3
const OTHERS_MIN = 5
const FALLBACK_DF = 2
const SPREAD_SHARE = 0.25
const SPREAD_UNITS = 3
const SAMPLES_CAP = 5_000

/**
 * A parameter that mostly holds one value, such as 0: that value is no news, another one is as surprising as another one is rare,
 * times the tail of where it lies among the others: `p = (others + 1/2) / (n + 1) * tail(x)`. This ends the trap of a spread of zero.
 *
 * The value is found by majority vote (R. Boyer, J. Moore, "MJRTY", 1981) and counted from when it became the candidate. Until five
 * others are known their tail is that of a t with 2 degrees of freedom around the dominant value.
 */
export class Hurdle implements Kept {
  #candidate = 0
  #votes = 0
  #samples = 0
  #seen = 0
  /** Undefined while there are none. */
  #others: NumericMixture | undefined
  #othersSeen = 0

  get isActive(): boolean {
    return this.#samples > 0 && this.#seen >= DOMINANT_SHARE * this.#samples
  }

  /** The dominant value, while there is one. */
  get dominant(): number {
    return this.#candidate
  }

  /** Share of values that were the dominant one. */
  get share(): number {
    return this.#samples === 0 ? 0 : this.#seen / this.#samples
  }

  surprise(value: number): number {
    if (value === this.#candidate) return 0
    const rarity = Math.log((this.#samples - this.#seen + 0.5) / (this.#samples + 1))
    return -rarity + this.#distance(value)
  }

  #distance(value: number): number {
    if (this.#others !== undefined && this.#othersSeen >= OTHERS_MIN) return this.#others.surprise(value)
    const scale = Math.max(SPREAD_SHARE * Math.abs(this.#candidate), SPREAD_UNITS)
    return -lnStudentTail((value - this.#candidate) / scale, FALLBACK_DF)
  }

  learn(value: number, weight: number): void {
    if (this.#samples >= SAMPLES_CAP) this.#fade()
    this.#samples += 1
    if (value === this.#candidate) {
      this.#votes += 1
      this.#seen += 1
      return
    }
    if (this.#seen >= WATCHED_SHARE * this.#samples) {
      this.#others ??= new NumericMixture()
      this.#others.learn(value, weight)
      this.#othersSeen += 1
    }
    this.#votes -= 1
    if (this.#votes < 0) this.#restart(value)
  }

  exchange(archive: Archive): void {
    this.#candidate = archive.number(this.#candidate)
    this.#votes = archive.number(this.#votes)
    this.#samples = archive.number(this.#samples)
    this.#seen = archive.number(this.#seen)
    this.#othersSeen = archive.number(this.#othersSeen)
    this.#others = archive.optional(
      this.#others,
      kept(archive, () => new NumericMixture()),
    )
  }

  #restart(value: number): void {
    this.#candidate = value
    this.#votes = 1
    this.#seen = 1
    this.#others = undefined
    this.#othersSeen = 0
  }

  #fade(): void {
    const kept = 1 - 1 / SAMPLES_CAP
    this.#samples *= kept
    this.#seen *= kept
    this.#votes *= kept
  }
}
