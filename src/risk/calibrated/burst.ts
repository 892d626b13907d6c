import { Peaks } from '../../statistics/peaks.ts'
import type { Archive, Kept } from '../../support/archive.ts'

/** A peak that one in 20 stretches reaches is no news. */
const QUIET: number = Math.log(20)
/** Of all stretches, what an accepted burst counts as. */
const ACCEPTED_SHARE = 0.1

/**
 * How dense calls are just now: a counter that decays with time, `c <- c exp(-dt / tau) + 1`, read at call time and ranked among the
 * peaks of past stretches. A stretch is a time of tau with calls in it. Its peak counts once: the readings within a burst are nearly the
 * same, and each by itself would make one burst many alarms.
 */
export class BurstCounter implements Kept {
  readonly #tauMs: number
  #count = 0
  #last: number | undefined
  readonly #peaks: Peaks = new Peaks()
  #stretchFrom: number | undefined
  #peak = 0
  /** The highest reading since the last acceptance, refused calls included. */
  #loudest = 0

  constructor(tauMs: number) {
    this.#tauMs = tauMs
  }

  /** Past stretches. */
  get stretches(): number {
    return this.#peaks.stretches
  }

  /** The highest counter of all past stretches. */
  get highest(): number {
    return this.#peaks.highest
  }

  /** The counter as it would stand with a call at `at`: about the calls in the last `tau`. */
  reading(at: number): number {
    if (this.#last === undefined) return 1
    // A clock that steps back must not make old calls disappear.
    const elapsedMs = Math.max(0, at - this.#last)
    return this.#count * Math.exp(-elapsedMs / this.#tauMs) + 1
  }

  surprise(at: number): number {
    const surprise = this.#peaks.surprise(this.reading(at))
    return surprise < QUIET ? 0 : surprise
  }

  /** Remembers this reading as a usual one. To be followed by `move`. */
  learn(at: number): void {
    if (this.#stretchFrom === undefined || at - this.#stretchFrom >= this.#tauMs) {
      if (this.#stretchFrom !== undefined) this.#peaks.learn(this.#peak)
      this.#stretchFrom = at
      this.#peak = 0
    }
    this.#peak = Math.max(this.#peak, this.reading(at))
  }

  /** Counts a call, learned or refused. */
  move(at: number): void {
    this.#count = this.reading(at)
    this.#loudest = Math.max(this.#loudest, this.#count)
    this.#last = this.#last === undefined ? at : Math.max(this.#last, at)
  }

  exchange(archive: Archive): void {
    this.#count = archive.number(this.#count)
    this.#last = archive.optional(this.#last, (at = 0) => archive.number(at))
    this.#peaks.exchange(archive)
    this.#stretchFrom = archive.optional(this.#stretchFrom, (at = 0) => archive.number(at))
    this.#peak = archive.number(this.#peak)
    this.#loudest = archive.number(this.#loudest)
  }

  /** Somebody said that the densest calls so far are usual: they count as if one stretch in ten had peaked as high. */
  accept(): void {
    this.#peaks.accept(this.#loudest, Math.ceil(ACCEPTED_SHARE * (this.#peaks.stretches + 1)))
    this.#loudest = 0
  }
}
