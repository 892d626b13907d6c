import type BetterSqlite3 from 'better-sqlite3'
import { Lru } from '../../support/lru.ts'
import type { EventFilter } from '../filter.ts'
import { BaselineTables } from './baselines.ts'
import { makePlace, refuseMissing, refuseUnusable } from './place.ts'
import { Refusal } from './refusal.ts'
import type { Cell, Row, StoredRow } from './row.ts'
import { bringUpToDate, refuseForeign, refuseOutdated } from './schema.ts'
import { FIND_DECISIONS, INSERT_EVENT, selectEvents } from './statements.ts'
import { storableText } from './text.ts'
import { WindowTables } from './windows.ts'

/** `full`: acknowledged means it survives power loss. `normal`: it survives a killed process. */
export type Durability = 'full' | 'normal'

export interface DatabaseOptions {
  /** Absolute. */
  readonly path: string
  readonly durability: Durability
  /** Reads what is there; makes and changes nothing. */
  readonly readOnly: boolean
}

/** The class that better-sqlite3 exports, handed in so that importing this library loads no native code. */
export type Driver = new (path: string, options?: BetterSqlite3.Options) => BetterSqlite3.Database

export type AppendedRows =
  | { readonly status: 'stored'; readonly lastSeq: number }
  | { readonly status: 'call-known'; readonly decided: StoredRow }

type Statement = BetterSqlite3.Statement<Cell[], Cell[]>

const QUERY_STATEMENTS_MAX = 64
/** SQLite's own numbers for `PRAGMA synchronous`. */
const SYNCHRONOUS = { normal: 1, full: 2 } as const

/**
 * The audit log in one SQLite file, synchronous and in terms of rows: everything that touches the disk, and nothing else. Throws the
 * errors of SQLite and of the operating system, and `Refusal`.
 */
export class EventDatabase {
  readonly #database: BetterSqlite3.Database
  readonly #insert: Statement
  readonly #findDecisions: Statement
  readonly baselines: BaselineTables
  readonly windows: WindowTables
  readonly #queries = new Lru<string, Statement>(QUERY_STATEMENTS_MAX)
  readonly #appendAll: BetterSqlite3.Transaction<(rows: readonly Row[], claim: string | undefined) => AppendedRows>
  #standstillMs: number

  constructor(Connection: Driver, options: DatabaseOptions, standstillMs: number) {
    const open = options.readOnly ? openForReading : openForWriting
    this.#database = open(Connection, options, standstillMs)
    this.#standstillMs = standstillMs
    try {
      this.#insert = this.#database.prepare(INSERT_EVENT)
      this.#findDecisions = this.#database.prepare<Cell[], Cell[]>(FIND_DECISIONS).raw()
      this.baselines = new BaselineTables(this.#database)
      this.windows = new WindowTables(this.#database)
    } catch (error) {
      this.#database.close()
      throw error
    }
    this.#appendAll = this.#database.transaction((rows, claim) => this.#decidedOr(claim, () => this.#insertAll(rows)))
  }

  /** How long the next calls stand still at a lock before they throw: 0 to 250 ms. */
  standStill(ms: number): void {
    if (ms === this.#standstillMs) return
    this.#database.pragma(`busy_timeout = ${ms}`)
    this.#standstillMs = ms
  }

  /** Stores all rows in one transaction, unless the call that `claim` names is decided already. */
  append(rows: readonly Row[], claim: string | undefined): AppendedRows {
    return this.#appendAll.immediate(rows, claim)
  }

  query(filter: EventFilter): readonly StoredRow[] {
    const { sql, cells } = selectEvents(filter)
    const statement = this.#queries.getOrMake(sql, () => this.#database.prepare<Cell[], Cell[]>(sql).raw())
    return statement.all(...cells)
  }

  close(): void {
    this.#database.close()
  }

  #decidedOr(claim: string | undefined, store: () => AppendedRows): AppendedRows {
    const decisions = claim === undefined ? [] : this.#findDecisions.all(storableText(claim))
    const [first] = decisions.sort(([one], [other]) => Number(one) - Number(other))
    return first === undefined ? store() : { status: 'call-known', decided: first }
  }

  #insertAll(rows: readonly Row[]): AppendedRows {
    let lastSeq = 0
    for (const row of rows) lastSeq = Number(this.#insert.run(...row).lastInsertRowid)
    return { status: 'stored', lastSeq }
  }
}

type Open = (Connection: Driver, options: DatabaseOptions, standstillMs: number) => BetterSqlite3.Database

const openForWriting: Open = (Connection, { path, durability }, timeout) => {
  makePlace(path)
  return prepared(new Connection(path, { fileMustExist: true, timeout }), (database) => {
    refuseForeign(database)
    bringUpToDate(database)
    keepWriteAheadLog(database)
    synchronise(database, durability)
  })
}

const openForReading: Open = (Connection, { path }, timeout) => {
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
  database.pragma(`synchronous = ${durability}`)
  // Only macOS knows these: there a plain sync leaves the data in the disk's own cache.
  database.pragma(`fullfsync = ${durability === 'full'}`)
  database.pragma(`checkpoint_fullfsync = ${durability === 'full'}`)
  const found = database.pragma('synchronous', { simple: true })
  if (found !== SYNCHRONOUS[durability])
    throw new Error(`PRAGMA synchronous reads ${found} after it was set to ${durability}`)
}
