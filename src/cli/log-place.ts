import { createSecretKey, type KeyObject } from 'node:crypto'
import { type AuditKey, givenKey, KEY_BYTES_MIN, keyBeside, readKeyBeside } from '../audit/key.ts'
import { statusOf } from '../audit/sqlite/place.ts'
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

/** Says on standard error what is wrong and stops nothing. */
export const troubleTo =
  ({ stderr }: Terminal) =>
  (message: string): void =>
    void stderr.write(`sentinel: ${printable(message)}\n`)

/** A log that is open for writing, and its key. */
export interface WritableLog {
  readonly store: AuditStore
  readonly key: AuditKey
}

/**
 * Opens a log as a guard would: where there is none it is made, and its key. One that is there is not written to with another key than
 * its own: nobody could prove anything of it afterwards.
 * @throws CommandError when its key is not here, or not the one that sealed it.
 */
export async function openLogToWrite(terminal: Terminal, place: LogPlaceOptions): Promise<WritableLog> {
  const path = logPath(terminal, place)
  const key = auditKey(terminal, path) ?? (statusOf(path) === undefined ? keyBeside(path) : undefined)
  if (key === undefined) {
    await refuseWhatIsNoLog(terminal, place)
    throw new CommandError(
      `the log at ${path} is sealed with a key that is not here; set SENTINEL_AUDIT_KEY to that of its guard`,
    )
  }
  const doubts: string[] = []
  let tell = (message: string): void => void doubts.push(message)
  const onTrouble = (message: string): void => tell(message)
  const store = createSqliteStore({ path, key: () => key.for('chain'), writer: 'inline', onTrouble })
  await store.open()
  if (doubts.length > 0) {
    await store.close()
    throw new CommandError(`nothing was written: ${doubts.join(' ')}`)
  }
  tell = troubleTo(terminal)
  return { key, store }
}

/** @throws SentinelAuditUnavailableError: of a file that is not a log nobody has to look for a key. */
async function refuseWhatIsNoLog(terminal: Terminal, place: LogPlaceOptions): Promise<void> {
  const store = openLog(terminal, place, { readOnly: true })
  try {
    await store.open()
  } finally {
    await store.close()
  }
}

/** As `openLogToWrite`, for a log that is there: a wrong path would otherwise show nothing for ever. */
export async function openLogToChange(terminal: Terminal, place: LogPlaceOptions): Promise<WritableLog> {
  const path = logPath(terminal, place)
  if (statusOf(path) === undefined)
    throw new CommandError(`there is no log at '${path}'; start the guard that writes it, or give --db`)
  return openLogToWrite(terminal, place)
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
