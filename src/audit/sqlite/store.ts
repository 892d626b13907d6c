import type { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import { SentinelConfigError } from '../../errors.ts'
import { type Clock, systemClock } from '../../support/clock.ts'
import { type Ids, randomIds } from '../../support/ids.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { AuditStore } from '../store.ts'
import type { DatabaseOptions } from './database.ts'
import { InlineExecutor } from './executor.ts'
import type { Driver } from './open.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { Durability } from './synchronous.ts'
import { ThreadExecutor } from './thread.ts'

export interface SqliteStoreOptions {
  /** The database file; a relative path is resolved now, so that a later `chdir` does not move the log. */
  readonly path: string
  /**
   * `full` (default): what is acknowledged survives power loss. `normal`: it survives a killed process, and power loss may take the
   * last moments.
   */
  readonly durability?: Durability | undefined
  /**
   * Seals the chain of events; keep it where who can write the file can not read it. A function is called when the log is opened.
   * Undefined: digests alone, which show accidents.
   */
  readonly key?: KeyObject | (() => KeyObject | undefined) | undefined
  /** The file that holds the end of the chain. Default: beside the database, with `.head` after its name. */
  readonly headPath?: string | undefined
  /** Gets each head that was written, also in quiet hours. What it throws is told to `onTrouble`. */
  readonly onCheckpoint?: ((head: Checkpoint) => unknown) | undefined
  /** Told what is wrong with the head file, or with the seal of the last event, which stops no call. */
  readonly onTrouble?: ((message: string) => void) | undefined
  /**
   * `thread`: a thread of its own writes, so that a slow disk stops nothing else. `inline`: this one does, which saves the way there and
   * back. Default: `thread` where each call waits for the disk (`full`), `inline` where none does (`normal`).
   */
  readonly writer?: 'thread' | 'inline' | undefined
  /** Reads an existing log and makes or changes nothing; `append` is refused. Default false. */
  readonly readOnly?: boolean | undefined
  /** For waits and the times of heads. Default: the system's. */
  readonly clock?: Clock | undefined
  /** For `pruned` events. */
  readonly ids?: Ids | undefined
}

const loadDriver = async (): Promise<Driver> => (await import('better-sqlite3')).default

/**
 * The audit log in a SQLite file. Opens at the first use; makes the directory (0700) and the file (0600) when they are missing.
 * @param driver how to get at better-sqlite3, for a log that is written inline; loaded when first used, so that importing this library
 * loads no native code.
 * @throws SentinelConfigError when `path` or `headPath` is not usable as a path.
 */
export function createSqliteStore(options: SqliteStoreOptions, driver: () => Promise<Driver> = loadDriver): AuditStore {
  const path = fileAt(options.path, 'auditLogPath')
  const headPath = fileAt(options.headPath ?? `${options.path}.head`, 'auditHeadPath')
  const { durability = 'full', readOnly = false, key, onCheckpoint, onTrouble } = options
  const { writer = durability === 'full' ? 'thread' : 'inline' } = options
  const { clock = systemClock, ids = randomIds } = options
  const settings = { path, durability, readOnly, key: typeof key === 'function' ? key : () => key }
  const database = (): DatabaseOptions => ({ path, durability, readOnly, key: settings.key() })
  // Who only reads does so now and then: a thread would take longer to start than to answer.
  const inline = writer === 'inline' || readOnly
  const executor = inline ? new InlineExecutor(database, driver) : new ThreadExecutor(database)
  return new SqliteStore({ ...settings, headPath, onCheckpoint, onTrouble, clock, ids }, executor, driver)
}

function fileAt(given: string, key: string): string {
  const path = resolve(given)
  if (given !== '' && path === path.trim() && !path.includes('\0')) return path
  const message = `expected the path of a file, without NUL and without space at its end, found ${JSON.stringify(given)}`
  throw new SentinelConfigError([{ path: key, code: 'wrong_value', message }])
}
