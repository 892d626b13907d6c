import type { Archive, Kept } from '../support/archive.ts'

const BINS = 80
/** Width of a bin of the histogram, on the log scale of peaks. */
const BIN_WIDTH = 0.15
/** Surprise for each bin beyond the highest peak so far. */
const BEYOND_PER_BIN = 0.3
const STRETCHES_CAP = 4_000

/**
 * How high a counter of calls usually peaks: a reading is ranked among the peaks of past stretches of time,
 * `p = (stretches that peaked as high + 1/2) / (stretches + 1)`, in a histogram of `ln c` (80 bins of 0.15); beyond the highest peak
 * the surprise, `-ln p`, is 0.3 more for each bin. There is no model of a rate, so who always comes in bursts raises nothing.
 */
export class Peaks implements Kept {
  readonly #bins: number[] = []
  #stretches = 0
  #largest = -1

  /** Past stretches; those long past have faded. */
  get stretches(): number {
    return this.#stretches
  }

  /** The highest peak so far, to the width of a bin; 0 before the first. */
  get highest(): number {
    return this.#stretches === 0 ? 0 : Math.exp((this.#largest + 1) * BIN_WIDTH)
  }

  /** Of a reading of 1 or more; 0 before the first stretch. */
  surprise(reading: number): number {
    if (this.#stretches === 0) return 0
    const bin = binOf(reading)
    let asHigh = 0
    for (let each = bin; each <= this.#largest; each++) asHigh += this.#bins[each] ?? 0
    return -Math.log((asHigh + 0.5) / (this.#stretches + 1)) + BEYOND_PER_BIN * Math.max(0, bin - this.#largest)
  }

  /** Takes in the peak of a stretch that is over. */
  learn(peak: number): void {
    if (this.#stretches >= STRETCHES_CAP) {
      const kept = 1 - 1 / STRETCHES_CAP
      for (let bin = 0; bin < this.#bins.length; bin++) this.#bins[bin] = (this.#bins[bin] ?? 0) * kept
      this.#stretches *= kept
    }
    this.accept(peak, 1)
  }

  /** Counts a peak as that of so many stretches. */
  accept(peak: number, stretches: number): void {
    const bin = binOf(peak)
    while (this.#bins.length <= bin) this.#bins.push(0)
    this.#bins[bin] = (this.#bins[bin] ?? 0) + stretches
    this.#stretches += stretches
    this.#largest = Math.max(this.#largest, bin)
  }

  exchange(archive: Archive): void {
    archive.numbers(this.#bins)
    this.#stretches = archive.number(this.#stretches)
    this.#largest = archive.number(this.#largest)
  }
}

const binOf = (reading: number): number => Math.min(BINS - 1, Math.max(0, Math.floor(Math.log(reading) / BIN_WIDTH)))
