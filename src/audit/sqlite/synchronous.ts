import type BetterSqlite3 from 'better-sqlite3'
import type { Durability } from '../../domain/settings.ts'

/** SQLite's own numbers for `PRAGMA synchronous`. */
const LEVELS = { normal: 1, full: 2 } as const

/** How commits on this connection reach the disk from now on, read back. Not within a transaction. */
export function setSynchronous(database: BetterSqlite3.Database, durability: Durability): void {
  database.pragma(`synchronous = ${durability}`)
  const found = database.pragma('synchronous', { simple: true })
  if (found !== LEVELS[durability])
    throw new Error(`PRAGMA synchronous reads ${found} after it was set to ${durability}`)
}

/**
 * Does work whose commits are written and not synced. They share the write-ahead log with all others, in order, and a sync is of the
 * whole log: so the next commit that is synced, of whichever process, takes them along, and none that follows them survives without
 * them.
 * @param usual what the connection is at otherwise. When it can not be set again, this throws, and the connection is to be given up.
 */
export function withoutSync<Result>(database: BetterSqlite3.Database, usual: Durability, work: () => Result): Result {
  if (usual === 'normal') return work()
  setSynchronous(database, 'normal')
  try {
    return work()
  } finally {
    setSynchronous(database, usual)
  }
}
