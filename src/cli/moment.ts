import { durationMs } from '../support/duration.ts'
import { CommandError } from './terminal.ts'

/** `2h` is two hours ago; anything else is a time. */
export function moment(text: string): string {
  const agoMs = durationMs(text)
  const at = agoMs === undefined ? Date.parse(text) : Date.now() - agoMs
  if (Number.isNaN(at)) throw new CommandError(`'${text}' is not a time; write 15m, 2h, 7d, or 2026-01-31T12:00Z`)
  return new Date(at).toISOString()
}
