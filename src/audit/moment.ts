import { SentinelConfigError } from '../errors.ts'

const ISO_8601 = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i

/** Beyond these, ISO 8601 text has no four-digit year and no longer sorts by time. */
const EARLIEST_MS = Date.parse('0000-01-01T00:00:00.000Z')
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * A point in time as the log writes it: UTC, milliseconds. Takes a Date, milliseconds since 1970, or ISO 8601 text, which is UTC when
 * it names no zone, like every time in the log. Undefined for anything else, and for years outside 0 to 9999.
 */
export function timeText(value: unknown): string | undefined {
  const ms = millisecondsOf(value)
  return ms !== undefined && ms >= EARLIEST_MS && ms <= LATEST_MS ? new Date(ms).toISOString() : undefined
}

/** @throws SentinelConfigError when it is not a point in time. */
export function pruneTime(before: unknown): string {
  const time = timeText(before)
  if (time !== undefined) return time
  const message = `expected a Date, milliseconds since 1970, or ISO 8601 text such as 2026-01-31, found ${String(before)}`
  throw new SentinelConfigError([{ path: 'before', code: 'wrong_value', message }])
}

function millisecondsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Date) return value.getTime()
  return typeof value === 'string' ? parsed(value) : undefined
}

function parsed(text: string): number | undefined {
  const [, day = '', time = '00:00', zone = 'Z'] = ISO_8601.exec(text) ?? []
  // The language reads 30 February as 1 March.
  if (!isCalendarDay(day)) return undefined
  return Date.parse(`${day}T${time.replace(',', '.')}${withColon(zone)}`)
}

function isCalendarDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}

/** The language wants `+02:00` where the standard also has `+0200`. */
const withColon = (zone: string): string => zone.toUpperCase().replace(/^(.\d\d)(\d\d)$/, '$1:$2')
