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
  return createSqliteStore({ path, key: () => chainKey(terminal, path), writer: 'inline', ...options })
}

/** A log as a guard would open it: it is made, and its key, when they are missing. */
export interface WritableLog {
  readonly store: AuditStore
  readonly key: AuditKey
}

export function openLogToWrite(terminal: Terminal, place: LogPlaceOptions): WritableLog {
  const path = logPath(terminal, place)
  const given = givenChainKey(terminal)
  const key = given === undefined ? keyBeside(path) : givenKey(given)
  const onTrouble = (message: string): void => void terminal.stderr.write(`sentinel: ${printable(message)}\n`)
  return { key, store: createSqliteStore({ path, key: () => key.for('chain'), writer: 'inline', onTrouble }) }
}

/** The key that a guard with this environment would seal the log with; undefined when it is not here. */
function chainKey(terminal: Terminal, path: string): KeyObject | undefined {
  const beside = (): KeyObject | undefined => {
    const bytes = readKeyBeside(path)
    return bytes && createSecretKey(bytes)
  }
  const key = givenChainKey(terminal) ?? beside()
  return key && givenKey(key).for('chain')
}

function givenChainKey({ env }: Terminal): KeyObject | undefined {
  const given = env.SENTINEL_AUDIT_KEY
  if (given === undefined) return undefined
  const bytes = Buffer.from(given)
  if (bytes.length < KEY_BYTES_MIN)
    throw new CommandError(`SENTINEL_AUDIT_KEY is too short: a key has at least ${KEY_BYTES_MIN} bytes`)
  return createSecretKey(bytes)
}
