import type { EpochMs } from '../domain/units.ts'
import { Lru } from '../support/lru.ts'

const HOURS_PER_DAY = 24
const HOUR_MS = 3_600_000
/** Time zones differ from UTC by multiples of this, and change their clocks at multiples of it. */
const QUARTER_HOUR_MS = 900_000
/** Six weeks of quarter hours. */
const REMEMBERED_QUARTER_HOURS_MAX = 4_096

/** The hour of the day, 0 to 23, at a moment. */
export type HourOf = (at: EpochMs) => number

/**
 * Reads the hour of the day in a time zone, summer time included.
 * @throws RangeError when `timeZone` is not an IANA name that this Node knows.
 */
export function hourReader(timeZone: string): HourOf {
  if (timeZone === 'UTC') return (at) => ((Math.floor(at / HOUR_MS) % HOURS_PER_DAY) + HOURS_PER_DAY) % HOURS_PER_DAY
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', hourCycle: 'h23' })
  const known = new Lru<number, number>(REMEMBERED_QUARTER_HOURS_MAX)
  return (at) => known.getOrMake(Math.floor(at / QUARTER_HOUR_MS), () => Number(format.format(at)))
}
