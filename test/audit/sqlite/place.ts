import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { assembleStore } from '../../../src/audit/sqlite/assemble.ts'
import type { Driver } from '../../../src/audit/sqlite/open.ts'
import type { SqliteStoreOptions } from '../../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../../src/audit/store.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** A directory of its own under the system's temporary one, and the log in it. */
export interface SqlitePlace {
  readonly directory: string
  readonly path: string
  readonly clock: FakeClock
  readonly open: (options?: Partial<SqliteStoreOptions>, driver?: Driver) => AuditStore
  /** A connection of someone else, such as a database browser. */
  readonly connect: () => BetterSqlite3.Database
  readonly shared: true
  readonly remove: () => void
}

export function sqlitePlace(...below: readonly string[]): SqlitePlace {
  const directory = mkdtempSync(join(tmpdir(), 'sentinel-audit-'))
  const path = join(directory, ...(below.length === 0 ? ['.sentinel', 'audit.db'] : below))
  const clock = new FakeClock()
  return {
    directory,
    path,
    clock,
    open: (options, driver) =>
      assembleStore(
        { path, durability: 'normal', clock, writer: 'inline', ...options },
        async () => driver ?? BetterSqlite3,
      ),
    connect: () => new BetterSqlite3(path),
    shared: true,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
