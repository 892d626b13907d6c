import { InvalidArgumentError } from 'commander'
import { durationMs } from '../support/duration.ts'

/** Parses an option's value: `2h` is two hours ago; anything else is a time. */
export function moment(text: string): string {
  const agoMs = durationMs(text)
  const at = agoMs === undefined ? Date.parse(text) : Date.now() - agoMs
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a time: 15m, 2h, 7d ago, or 2026-01-31T12:00Z.')
  return new Date(at).toISOString()
}
