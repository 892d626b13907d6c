import type BetterSqlite3 from 'better-sqlite3'
import type { Durability } from '../../domain/settings.ts'
import { makePlace, refuseMissing, refuseUnusable } from './place.ts'
import { Refusal } from './refusal.ts'
import { bringUpToDate, refuseForeign, refuseOutdated } from './schema.ts'
import { setSynchronous } from './synchronous.ts'

/** The class that better-sqlite3 exports, handed in so that importing this library loads no native code. */
export type Driver = new (path: string, options?: BetterSqlite3.Options) => BetterSqlite3.Database

export interface Opening {
  /** Absolute. */
  readonly path: string
  readonly durability: Durability
  /** How long opening stands still at a lock before it throws: 0 to 250 ms. */
  readonly standstillMs: number
}

/** Opens the log, and makes it where it is missing. */
export function openForWriting(
  Connection: Driver,
  { path, durability, standstillMs: timeout }: Opening,
): BetterSqlite3.Database {
  makePlace(path)
  return prepared(new Connection(path, { fileMustExist: true, timeout }), (database) => {
    refuseForeign(database)
    bringUpToDate(database)
    keepWriteAheadLog(database)
    synchronise(database, durability)
  })
}

/** Opens a log that is there. */
export function openForReading(
  Connection: Driver,
  { path, standstillMs: timeout }: Omit<Opening, 'durability'>,
): BetterSqlite3.Database {
  refuseUnusable(path)
  refuseMissing(path)
  return prepared(new Connection(path, { fileMustExist: true, readonly: true, timeout }), (database) => {
    refuseForeign(database)
    refuseOutdated(database)
  })
}

type Prepare = (database: BetterSqlite3.Database) => void

function prepared(database: BetterSqlite3.Database, prepare: Prepare): BetterSqlite3.Database {
  try {
    // What a file brings along, such as a view, may call no function that could do harm.
    database.pragma('trusted_schema = OFF')
    prepare(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function keepWriteAheadLog(database: BetterSqlite3.Database): void {
  const mode = database.pragma('journal_mode = WAL', { simple: true })
  if (mode === 'wal') return
  throw new Refusal(
    `SQLite can not keep a write-ahead log there (journal mode ${mode})`,
    'Give an `auditLogPath` on a local disk.',
  )
}

/** A database in WAL mode opens at NORMAL whatever it was set to before, so it is set at every open, and read back. */
function synchronise(database: BetterSqlite3.Database, durability: Durability): void {
  setSynchronous(database, durability)
  // Only macOS knows these: there a plain sync leaves the data in the disk's own cache.
  database.pragma(`fullfsync = ${durability === 'full'}`)
  database.pragma(`checkpoint_fullfsync = ${durability === 'full'}`)
}
