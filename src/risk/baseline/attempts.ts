import type { EpochMs } from '../../domain/units.ts'
import type { Archive, Kept } from '../../support/archive.ts'
import { steadyTime } from './steady-time.ts'

const WINDOW_S = 3_600
const SECOND_MS = 1_000
/** One bucket for each second of the window that saw a call. */
export const ATTEMPT_BUCKETS_MAX: number = WINDOW_S

/** How many calls were tried in the 60 minutes up to a moment; exact to the second. */
export class Attempts implements Kept {
  #newest: EpochMs | undefined
  /** Seconds that saw an attempt, ascending. */
  readonly #seconds: number[] = []
  /** Attempts up to the end of each of those seconds, counted since the start. */
  readonly #totals: number[] = []
  /** Attempts in buckets that were dropped. */
  #dropped = 0

  record(at: EpochMs): void {
    const time = steadyTime(at, this.#newest)
    const isFollowingClockBack = this.#newest !== undefined && time < this.#newest
    this.#newest = time
    this.#drop(isFollowingClockBack ? this.#seconds.length : this.#firstWithin(time))
    this.#add(Math.floor(time / SECOND_MS))
  }

  /** Attempts in the hour that ends with `at`. Changes nothing. */
  countUntil(at: EpochMs): number {
    const time = steadyTime(at, this.#newest)
    if (this.#newest === undefined || time < this.#newest) return 0
    return this.#total - this.#totalBefore(this.#firstWithin(time))
  }

  exchange(archive: Archive): void {
    this.#newest = archive.optional<number>(this.#newest, (at = 0) => archive.number(at)) as EpochMs | undefined
    archive.numbers(this.#seconds)
    archive.numbers(this.#totals)
    this.#dropped = archive.number(this.#dropped)
  }

  get buckets(): number {
    return this.#seconds.length
  }

  get #total(): number {
    return this.#totals.at(-1) ?? this.#dropped
  }

  #totalBefore(index: number): number {
    return index === 0 ? this.#dropped : (this.#totals[index - 1] ?? this.#dropped)
  }

  #add(second: number): void {
    const total = this.#total + 1
    if (this.#seconds.at(-1) === second) this.#totals.pop()
    else this.#seconds.push(second)
    this.#totals.push(total)
  }

  #drop(count: number): void {
    if (count === 0) return
    this.#dropped = this.#totalBefore(count)
    this.#seconds.splice(0, count)
    this.#totals.splice(0, count)
  }

  /** Index of the first bucket less than an hour before `time`, by binary search. */
  #firstWithin(time: EpochMs): number {
    const horizon = Math.floor(time / SECOND_MS) - WINDOW_S
    let low = 0
    let high = this.#seconds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#seconds[middle] ?? horizon) <= horizon) low = middle + 1
      else high = middle
    }
    return low
  }
}
