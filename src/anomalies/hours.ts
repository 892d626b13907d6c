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
const FIXED_HOURS: ReadonlySet<number> = new Set(FIXED.offHours)

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
  readonly #earlier = new HoursOfDay()
  readonly #stretch = new StrangeStretch()
  #odd: ReadonlySet<number> | undefined

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
    if (facts !== undefined && this.#stretch.seen(at)) this.#day.mark()
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
  }

  readonly #learn = ({ at, tries, isStrange }: Cell): void => {
    const hour = this.#hourOf(at as EpochMs)
    this.#byHour[hour] = (this.#byHour[hour] ?? 0) - tries
    if (isStrange) return
    for (let call = 0; call < tries; call++) this.#earlier.learn(hour, at)
    this.#odd = undefined
  }

  #against(hour: number): HourFacts | undefined {
    this.#odd ??= oddHours(this.#earlier)
    if (!this.#odd.has(hour)) return undefined
    const count = this.#callsAt(this.#odd)
    if (count < OFF_HOURS_CALLS_MIN) return undefined
    const { counts, calls } = this.#earlier
    const before = { hits: sumAt(counts, this.#odd), tries: calls }
    const strange = strangeShare({ hits: count, tries: this.#day.tries }, before)
    return strange && this.#facts(count, this.#odd, strange.oneIn)
  }

  #overLimit(hour: number): HourFacts | undefined {
    if (!FIXED_HOURS.has(hour)) return undefined
    const count = this.#callsAt(FIXED_HOURS)
    return count > FIXED.offHoursCalls ? this.#facts(count, FIXED_HOURS, undefined) : undefined
  }

  #callsAt(hours: ReadonlySet<number>): number {
    return sumAt(this.#byHour, hours)
  }

  #facts(count: number, odd: ReadonlySet<number>, oneIn: number | undefined): HourFacts {
    const hours = [...odd].sort((a, b) => a - b)
    return { type: 'off_hours_activity', count, totalCount: this.#day.tries, hours, oneIn }
  }
}

function oddHours(earlier: HoursOfDay): ReadonlySet<number> {
  const usual = new Set(earlier.usual)
  return new Set(Array.from({ length: HOURS }, (_, hour) => hour).filter((hour) => !usual.has(hour)))
}

function sumAt(counts: readonly number[], hours: ReadonlySet<number>): number {
  let sum = 0
  for (const hour of hours) sum += counts[hour] ?? 0
  return sum
}
