import { InvalidArgumentError, Option } from 'commander'
import type { Terminal } from './terminal.ts'

/** What a shell is told: all is well, something is wrong with what was looked at, the command was not understood, Ctrl-C. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** What a command is made with. */
export interface CommandContext {
  readonly terminal: Terminal
  /** Sets the exit code, which is 0 unless said. */
  readonly exit: (code: number) => void
}

export const databaseOption = (): Option =>
  new Option('--db <file>', 'the log (default: SENTINEL_AUDIT_PATH, or ./.sentinel/audit.db)')

export const jsonOption = (description = 'print one JSON object'): Option => new Option('--json', description)

/** Help text that follows the options. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`

/** Parses an option's value. */
export function risk(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 10))
    throw new InvalidArgumentError('It must be a number from 0 to 10.')
  return value
}

/** Parses an option's value. */
export function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 10_000)
    throw new InvalidArgumentError('It must be a whole number from 1 to 10000.')
  return value
}

/** `1 event`, `2 events`. */
export const counted = (number: number, noun: string): string =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
