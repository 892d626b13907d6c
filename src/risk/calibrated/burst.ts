import type { Archive, Kept } from '../state/archive.ts'

const BINS = 80
/** Width of a bin of the histogram, on the log scale of readings. */
const BIN_WIDTH = 0.15
/** Surprise for each bin beyond the highest peak so far. */
const BEYOND_PER_BIN = 0.3
/** A peak that one in 20 stretches reaches is no news. */
const QUIET: number = Math.log(20)
const STRETCHES_CAP = 4_000
/** Of all stretches, what an accepted burst counts as. */
const ACCEPTED_SHARE = 0.1

/**
 * How dense calls are just now: a counter that decays with time, `c <- c exp(-dt / tau) + 1`, read at call time and ranked among the
 * past: `p = (stretches that peaked as high + 1/2) / (stretches + 1)`, in a histogram of `ln c` (80 bins of 0.15); beyond the highest
 * peak 0.3 more for each bin. A stretch is a time of tau with calls in it. Its peak counts once: the readings within a burst are nearly
 * the same, and each by itself would make one burst many alarms. There is no model of a rate, so an agent that always comes in bursts
 * raises nothing.
 */
export class BurstCounter implements Kept {
  readonly #tauMs: number
  #count = 0
  #last: number | undefined
  /** Peaks of past stretches. */
  readonly #bins: number[] = []
  #stretches = 0
  #largest = -1
  #stretchFrom: number | undefined
  #peak = 0
  /** The highest reading since the last acceptance, refused calls included. */
  #loudest = 0

  constructor(tauMs: number) {
    this.#tauMs = tauMs
  }

  /** Past stretches. */
  get stretches(): number {
    return this.#stretches
  }

  /** The highest counter of all past stretches. */
  get highest(): number {
    if (this.#stretches === 0) return 0
    return Math.exp((this.#largest + 1) * BIN_WIDTH)
  }

  /** The counter as it would stand with a call at `at`: about the calls in the last `tau`. */
  reading(at: number): number {
    if (this.#last === undefined) return 1
    // A clock that steps back must not make old calls disappear.
    const elapsedMs = Math.max(0, at - this.#last)
    return this.#count * Math.exp(-elapsedMs / this.#tauMs) + 1
  }

  surprise(at: number): number {
    if (this.#stretches === 0) return 0
    const bin = binOf(this.reading(at))
    let asHigh = 0
    for (let each = bin; each <= this.#largest; each++) asHigh += this.#bins[each] ?? 0
    const surprise =
      -Math.log((asHigh + 0.5) / (this.#stretches + 1)) + BEYOND_PER_BIN * Math.max(0, bin - this.#largest)
    return surprise < QUIET ? 0 : surprise
  }

  /** Remembers this reading as a usual one. To be followed by `move`. */
  learn(at: number): void {
    if (this.#stretchFrom === undefined || at - this.#stretchFrom >= this.#tauMs) {
      if (this.#stretchFrom !== undefined) this.#close()
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
    archive.numbers(this.#bins)
    this.#stretches = archive.number(this.#stretches)
    this.#largest = archive.number(this.#largest)
    this.#stretchFrom = archive.optional(this.#stretchFrom, (at = 0) => archive.number(at))
    this.#peak = archive.number(this.#peak)
    this.#loudest = archive.number(this.#loudest)
  }

  /** Somebody said that the densest calls so far are usual: they count as if one stretch in ten had peaked as high. */
  accept(): void {
    this.#add(binOf(this.#loudest), Math.ceil(ACCEPTED_SHARE * (this.#stretches + 1)))
    this.#loudest = 0
  }

  #close(): void {
    if (this.#stretches >= STRETCHES_CAP) {
      const kept = 1 - 1 / STRETCHES_CAP
      for (let bin = 0; bin < this.#bins.length; bin++) this.#bins[bin] = (this.#bins[bin] ?? 0) * kept
      this.#stretches *= kept
    }
    this.#add(binOf(this.#peak), 1)
  }

  #add(bin: number, stretches: number): void {
    while (this.#bins.length <= bin) this.#bins.push(0)
    this.#bins[bin] = (this.#bins[bin] ?? 0) + stretches
    this.#stretches += stretches
    this.#largest = Math.max(this.#largest, bin)
  }
}

const binOf = (reading: number): number => Math.min(BINS - 1, Math.max(0, Math.floor(Math.log(reading) / BIN_WIDTH)))
