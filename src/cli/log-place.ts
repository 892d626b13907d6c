import { createSecretKey, type KeyObject } from 'node:crypto'
import { type AuditKey, givenKey, KEY_BYTES_MIN, keyBeside, readKeyBeside } from '../audit/key.ts'
import { createSqliteStore, type SqliteStoreOptions } from '../audit/sqlite/store.ts'
import type { AuditStore } from '../audit/store.ts'
import { DEFAULTS } from '../config/config.ts'
import { printable } from '../support/printable.ts'
import { CommandError, type Terminal } from './terminal.ts'

export interface LogPlaceOptions {
  readonly db?: string
}

/** The log that a command is about: the one named, the one of the environment, or the one that a guard here would use. */
export const logPath = ({ env }: Terminal, { db }: LogPlaceOptions): string =>
  db ?? env.SENTINEL_AUDIT_PATH ?? DEFAULTS.auditLogPath

/** A log that is there. */
export function openLog(
  terminal: Terminal,
  place: LogPlaceOptions,
  options: Omit<SqliteStoreOptions, 'path' | 'key'>,
): AuditStore {
  const path = logPath(terminal, place)
  return createSqliteStore({ path, key: () => auditKey(terminal, path)?.for('chain'), writer: 'inline', ...options })
}

/** A log as a guard would open it: it is made, and its key, when they are missing. */
export interface WritableLog {
  readonly store: AuditStore
  readonly key: AuditKey
}

/** Says on standard error what is wrong and stops nothing. */
export const troubleTo =
  ({ stderr }: Terminal) =>
  (message: string): void =>
    void stderr.write(`sentinel: ${printable(message)}\n`)

export function openLogToWrite(terminal: Terminal, place: LogPlaceOptions): WritableLog {
  const path = logPath(terminal, place)
  const given = givenKeyOf(terminal)
  const key = given === undefined ? keyBeside(path) : givenKey(given)
  const onTrouble = troubleTo(terminal)
  return { key, store: createSqliteStore({ path, key: () => key.for('chain'), writer: 'inline', onTrouble }) }
}

/** The key that a guard with this environment would seal the log with; undefined when it is not here. */
export function auditKey(terminal: Terminal, path: string): AuditKey | undefined {
  const beside = (): KeyObject | undefined => {
    const bytes = readKeyBeside(path)
    return bytes && createSecretKey(bytes)
  }
  const key = givenKeyOf(terminal) ?? beside()
  return key && givenKey(key)
}

/** The key in the environment. */
function givenKeyOf({ env }: Terminal): KeyObject | undefined {
  const given = env.SENTINEL_AUDIT_KEY
  if (given === undefined) return undefined
  const bytes = Buffer.from(given)
  if (bytes.length < KEY_BYTES_MIN)
    throw new CommandError(`SENTINEL_AUDIT_KEY is too short: a key has at least ${KEY_BYTES_MIN} bytes`)
  return createSecretKey(bytes)
}
