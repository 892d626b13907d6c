import { CommandError } from './terminal.ts'

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** `2h` is two hours ago; anything else is a time. */
export function moment(text: string): string {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  const unitMs = UNIT_MS.get(unit)
  const at = amount !== undefined && unitMs !== undefined ? Date.now() - Number(amount) * unitMs : Date.parse(text)
  if (Number.isNaN(at)) throw new CommandError(`'${text}' is not a time; write 15m, 2h, 7d, or 2026-01-31T12:00Z`)
  return new Date(at).toISOString()
}
