import type { Archive, Kept } from '../support/archive.ts'

const HOURS = 24
const FLOOR = 0.25
const CALLS_MIN = 20
const DAYS_MIN = 3
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const EVEN_SHARE = 1 / HOURS

/**
 * How unusual an hour of the day is: 24 counts, smoothed 1-2-1 over the circle plus 0.25 each;
 * p = the mass of the hours no more frequent than this one. Speaks only for an hour with less than half the even share, after 20 calls
 * on three days or more: before, nobody knows what the day looks like.
 */
export class HoursOfDay implements Kept {
  readonly #counts: number[] = new Array<number>(HOURS).fill(0)
  #calls = 0
  #days = 0
  #lastDay: number | undefined
  #firstAt: number | undefined
  #lastAt: number | undefined

  get calls(): number {
    return this.#calls
  }

  /** Calls in each hour of the day, 0 to 23. */
  get counts(): readonly number[] {
    return [...this.#counts]
  }

  /** Calls an hour on average between the first and the last one; undefined before the second. */
  get perHour(): number | undefined {
    const spanMs = (this.#lastAt ?? 0) - (this.#firstAt ?? 0)
    return spanMs > 0 ? (this.#calls * HOUR_MS) / spanMs : undefined
  }

  /** Whether there is enough to say what is usual. */
  get isKnown(): boolean {
    return this.#calls >= CALLS_MIN && this.#days >= DAYS_MIN
  }

  /** Hours, 0 to 23, with at least half the even share. */
  get usual(): readonly number[] {
    return Array.from(this.#counts.keys()).filter((hour) => this.#massOf(hour) >= EVEN_SHARE / 2)
  }

  surprise(hour: number): number {
    if (!this.isKnown) return 0
    const own = this.#massOf(hour)
    if (own >= EVEN_SHARE / 2) return 0
    let rarer = 0
    for (let each = 0; each < HOURS; each++) {
      const mass = this.#massOf(each)
      if (mass <= own) rarer += mass
    }
    return -Math.log(rarer)
  }

  learn(hour: number, at: number): void {
    this.#counts[hour] = (this.#counts[hour] ?? 0) + 1
    this.#calls += 1
    const day = Math.floor(at / DAY_MS)
    if (day !== this.#lastDay) this.#days += 1
    this.#lastDay = day
    this.#firstAt ??= at
    this.#lastAt = Math.max(this.#lastAt ?? at, at)
  }

  /** Somebody said that this hour is usual: it counts as if an even share of the calls had been made in it. */
  accept(hour: number): void {
    const calls = Math.ceil(this.#calls * EVEN_SHARE) + 1
    this.#counts[hour] = (this.#counts[hour] ?? 0) + calls
    this.#calls += calls
  }

  exchange(archive: Archive): void {
    archive.numbers(this.#counts)
    this.#calls = archive.number(this.#calls)
    this.#days = archive.number(this.#days)
    this.#lastDay = archive.optional(this.#lastDay, (day = 0) => archive.number(day))
    this.#firstAt = archive.optional(this.#firstAt, (at = 0) => archive.number(at))
    this.#lastAt = archive.optional(this.#lastAt, (at = 0) => archive.number(at))
  }

  /** Share of an hour, smoothed over its neighbours. */
  #massOf(hour: number): number {
    const before = this.#counts[(hour + HOURS - 1) % HOURS] ?? 0
    const after = this.#counts[(hour + 1) % HOURS] ?? 0
    return (before / 4 + (this.#counts[hour] ?? 0) / 2 + after / 4 + FLOOR) / (this.#calls + FLOOR * HOURS)
  }
}
