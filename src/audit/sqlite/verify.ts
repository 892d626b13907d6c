import type { KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type BetterSqlite3 from 'better-sqlite3'
import type { Verification, VerifyOptions } from '../verification.ts'
import { readHead } from './head.ts'
import { type Driver, openForReading } from './open.ts'
import { COUNT, LAST_NUMBER, SELECT_SEALED } from './statements.ts'
import { ChainWalk, type SealedRow } from './walk.ts'

export interface LogToVerify {
  /** Absolute. */
  readonly path: string
  readonly headPath: string
  readonly key: KeyObject | undefined
}

/** Rows between two looks at the event loop: some milliseconds. */
const ROWS_AT_ONCE = 500
const STANDSTILL_MS = 250

/**
 * Looks at every event of a log that may be in use, over a connection of its own. Works in short pieces, so that the event loop is
 * free between them.
 */
export async function verifyLog(Connection: Driver, log: LogToVerify, options: VerifyOptions): Promise<Verification> {
  // Before the log is opened: a head that is written meanwhile would be ahead of what is read.
  const heads = [readHead(log.headPath), ...(options.heads ?? [])].filter((head) => head !== undefined)
  const database = openForReading(Connection, { path: log.path, standstillMs: STANDSTILL_MS })
  try {
    return await walked(database, new ChainWalk(log.key, heads), options)
  } finally {
    database.close()
  }
}

async function walked(
  database: BetterSqlite3.Database,
  walk: ChainWalk,
  { onProgress, signal }: VerifyOptions,
): Promise<Verification> {
  // One state of the log, from the first row to the last: what is written or pruned meanwhile is not seen.
  database.exec('BEGIN')
  const of = database.prepare<[], number>(COUNT).pluck().get() ?? 0
  const lastNumber = database.prepare<[], number>(LAST_NUMBER).pluck().get() ?? 0
  let events = 0
  for (const row of database.prepare<[], SealedRow>(SELECT_SEALED).raw().iterate()) {
    if (!walk.take(row)) break
    if (++events % ROWS_AT_ONCE > 0) continue
    onProgress?.({ events, of })
    await setImmediate()
    signal?.throwIfAborted()
  }
  onProgress?.({ events, of })
  return walk.end(lastNumber)
}
