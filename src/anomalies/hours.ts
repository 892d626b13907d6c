import type { EpochMs } from '../domain/units.ts'
import { HoursOfDay } from '../statistics/hours-of-day.ts'
import type { Archive, Kept } from '../support/archive.ts'
import type { HourOf } from '../support/hours.ts'
import { DAY_MS, FIXED, OFF_HOURS_CALLS_MIN } from './limits.ts'
import { type Cell, Recent } from './recent.ts'
import { strangeShare } from './share.ts'
import { StrangeStretch } from './strange-stretch.ts'

const CELL_MS = 60_000
const HOURS = 24
/** A set of hours: one bit for each. */
type Hours = number
const hoursOf = (hours: readonly number[]): Hours => hours.reduce((bits, hour) => bits | (1 << hour), 0)
const ALL_HOURS: readonly number[] = Array.from({ length: HOURS }, (_, hour) => hour)
const ALL_HOURS_SET: Hours = hoursOf(ALL_HOURS)
const FIXED_HOURS: Hours = hoursOf(FIXED.offHours)

/** More calls at odd hours than there should be. */
export interface HourFacts {
  readonly type: 'off_hours_activity'
  /** Calls of the last 24 hours at odd hours. */
  readonly count: number
  /** All calls of the last 24 hours. */
  readonly totalCount: number
  /** The odd hours, 0 to 23, in the configured time zone, in ascending order. */
  readonly hours: readonly number[]
  /** Such a day comes once in so many; undefined while fixed limits hold. */
  readonly oneIn: number | undefined
}

/**
 * At which hours of the day an agent is active. Odd are those that its earlier days give less than half the even share (the scorer's
 * model of hours), and it is the share of a day's calls at odd hours that is judged.
 */
export class ActiveHours implements Kept {
  readonly #hourOf: HourOf
  readonly #day = new Recent(DAY_MS, CELL_MS)
  /** Of the last day, calls in each hour. */
  readonly #byHour: number[] = new Array<number>(HOURS).fill(0)
  #earlier = new HoursOfDay()
  readonly #stretch = new StrangeStretch()
  /** As it was when the last hour was learned as a whole. */
  #odd: Hours = 0
  #learnedHour: number | undefined

  constructor(hourOf: HourOf) {
    this.#hourOf = hourOf
  }

  /** Counts a call; answers when it is one too many at an odd hour. */
  take(at: number, isWarm: boolean): HourFacts | undefined {
    this.#day.slide(at, this.#learn)
    const hour = this.#hourOf(at as EpochMs)
    this.#day.add(at, 0)
    this.#byHour[hour] = (this.#byHour[hour] ?? 0) + 1
    const facts = isWarm && this.#earlier.isKnown ? this.#against(hour) : this.#overLimit(hour)
    if (facts !== undefined) this.#sawStrange(at)
    return facts
  }

  /** The clock was set back. */
  restart(): void {
    this.#day.slide(Number.POSITIVE_INFINITY, this.#learn)
  }

  exchange(archive: Archive): void {
    this.#day.exchange(archive)
    archive.numbers(this.#byHour)
    this.#earlier.exchange(archive)
    this.#stretch.exchange(archive)
    this.#odd = archive.number(this.#odd)
    this.#learnedHour = archive.optional(this.#learnedHour, (hour = 0) => archive.number(hour))
  }

  #sawStrange(at: number): void {
    const seen = this.#stretch.seen(at)
    if (seen === 'news') this.#day.mark()
    // Its days have another shape now, and the old ones would hide it for as long as they were.
    if (seen === 'turns-usual') this.#earlier = new HoursOfDay()
  }

  readonly #learn = ({ at, tries, isStrange }: Cell): void => {
    const hour = this.#hourOf(at as EpochMs)
    this.#byHour[hour] = (this.#byHour[hour] ?? 0) - tries
    if (isStrange) return
    if (hour !== this.#learnedHour) this.#odd = ALL_HOURS_SET & ~hoursOf(this.#earlier.usual)
    this.#learnedHour = hour
    for (let call = 0; call < tries; call++) this.#earlier.learn(hour, at)
  }

  #against(hour: number): HourFacts | undefined {
    if (!has(this.#odd, hour)) return undefined
    const count = sumAt(this.#byHour, this.#odd)
    if (count < OFF_HOURS_CALLS_MIN) return undefined
    const { counts, calls } = this.#earlier
    const before = { hits: sumAt(counts, this.#odd), tries: calls }
    const strange = strangeShare({ hits: count, tries: this.#day.tries }, before)
    return strange && this.#facts(count, this.#odd, strange.oneIn)
  }

  #overLimit(hour: number): HourFacts | undefined {
    if (!has(FIXED_HOURS, hour)) return undefined
    const count = sumAt(this.#byHour, FIXED_HOURS)
    return count > FIXED.offHoursCalls ? this.#facts(count, FIXED_HOURS, undefined) : undefined
  }

  #facts(count: number, odd: Hours, oneIn: number | undefined): HourFacts {
    const hours = ALL_HOURS.filter((hour) => has(odd, hour))
    return { type: 'off_hours_activity', count, totalCount: this.#day.tries, hours, oneIn }
  }
}

const has = (hours: Hours, hour: number): boolean => (hours & (1 << hour)) !== 0

const sumAt = (counts: readonly number[], hours: Hours): number =>
  counts.reduce((sum, count, hour) => (has(hours, hour) ? sum + count : sum), 0)
