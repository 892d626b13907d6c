import { createSecretKey, type KeyObject } from 'node:crypto'
import { givenKey, KEY_BYTES_MIN, readKeyBeside } from '../audit/key.ts'
import { createSqliteStore, type SqliteStoreOptions } from '../audit/sqlite/store.ts'
import type { AuditStore } from '../audit/store.ts'
import { DEFAULTS } from '../config/config.ts'
import { CommandError, type Terminal } from './terminal.ts'

export interface LogPlaceOptions {
  readonly db?: string
}

/** The log that a command is about: the one named, the one of the environment, or the one that a guard here would use. */
export function openLog(
  terminal: Terminal,
  place: LogPlaceOptions,
  options: Omit<SqliteStoreOptions, 'path' | 'key'>,
): AuditStore {
  const path = place.db ?? terminal.env.SENTINEL_AUDIT_PATH ?? DEFAULTS.auditLogPath
  return createSqliteStore({ path, key: () => chainKey(terminal, path), writer: 'inline', ...options })
}

/** The key that a guard with this environment would seal the log with; undefined when it is not here. */
function chainKey({ env }: Terminal, path: string): KeyObject | undefined {
  const given = env.SENTINEL_AUDIT_KEY
  const bytes = given === undefined ? readKeyBeside(path) : Buffer.from(given)
  if (bytes === undefined) return undefined
  if (bytes.length < KEY_BYTES_MIN)
    throw new CommandError(`SENTINEL_AUDIT_KEY is too short: a key has at least ${KEY_BYTES_MIN} bytes`)
  return givenKey(createSecretKey(bytes)).for('chain')
}
