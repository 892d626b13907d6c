import type BetterSqlite3 from 'better-sqlite3'
import { ANOMALY_TABLES } from './anomalies.ts'
import { APPROVAL_TABLES } from './approvals.ts'
import { Refusal } from './refusal.ts'
import { WINDOW_TABLES } from './windows.ts'

/** Marks the file as ours ("SgAL"), so that another program's database is never taken for an audit log. */
const APPLICATION_ID = 0x5367414c

const GUARD_DELETE = `CREATE TRIGGER events_no_delete BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;`

/**
 * Step n takes schema version n to n + 1; a step that was released is never changed. One column for each field of an audit entry, and
 * `STRICT`, so that a cell holds what its column says. `AUTOINCREMENT`, so that a sequence number is never used again.
 *
 * Two indexes. `events_by_call` is the look that makes a repeated call id run at most once, in the same transaction as the writing,
 * and gathers one call's lines. `events_by_tool` reads one tool's newest events without a sort, and tests their times without
 * touching the rows. Everything else walks the log in order of `seq`, which is order of time but for clocks that were set, and the
 * limit of a query ends the walk: a third index would cost every call and serve the rare question.
 */
const STEPS = [
  `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    time TEXT NOT NULL,
    event TEXT NOT NULL,
    call_id TEXT,
    tool TEXT,
    params TEXT,
    redacted_paths TEXT,
    digest TEXT,
    agent TEXT,
    principal TEXT,
    session TEXT,
    rule_ids TEXT,
    rules_digest TEXT,
    risk REAL,
    level TEXT,
    signals TEXT,
    reasons TEXT,
    lesson TEXT,
    approved_by TEXT,
    note TEXT,
    duration_ms REAL,
    error_class TEXT,
    degraded INTEGER NOT NULL,
    enforced INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX events_by_call ON events (call_id) WHERE call_id IS NOT NULL;
  CREATE INDEX events_by_tool ON events (tool, seq, time);
  CREATE TRIGGER events_no_update BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  ${GUARD_DELETE}
  PRAGMA application_id = ${APPLICATION_ID};
  `,
  `
  ALTER TABLE events ADD COLUMN details TEXT;
  CREATE TABLE baseline_head (id INTEGER PRIMARY KEY CHECK (id = 1), make TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;
  CREATE TABLE baseline_rows (key TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  `,
  // The chain; see `chain.ts`. What was stored before stays unsealed: sealing it now would vouch for what nobody has watched.
  `
  ALTER TABLE events ADD COLUMN format INTEGER;
  ALTER TABLE events ADD COLUMN chain BLOB;
  `,
  WINDOW_TABLES,
  APPROVAL_TABLES,
  ANOMALY_TABLES,
] as const

/** The schema that this version writes. */
export const NEWEST_VERSION: number = STEPS.length

const MOVE_IT = 'Give another `auditLogPath`, or move the file away; it was left as it is.'

/** Refuses a database that is not an audit log of this or an earlier version. Only reads. */
export function refuseForeign(database: BetterSqlite3.Database): void {
  // Seen at one moment: another process may be making the log right now.
  const look = database.transaction(() => {
    const ours = database.pragma('application_id', { simple: true }) === APPLICATION_ID
    return { version: versionOf(database), isStranger: !ours && (versionOf(database) !== 0 || !isEmpty(database)) }
  })
  const { version, isStranger } = look()
  if (isStranger) throw new Refusal('the file is the database of another program', MOVE_IT)
  if (version > NEWEST_VERSION)
    throw new Refusal(
      `it was written by a newer version (schema ${version}, this version knows ${NEWEST_VERSION})`,
      'Update sentinel-guard, or give another `auditLogPath`; the file was left as it is.',
    )
}

/** Refuses what can only be read after `bringUpToDate`, which a reader may not do. */
export function refuseOutdated(database: BetterSqlite3.Database): void {
  const version = versionOf(database)
  if (version < NEWEST_VERSION)
    throw new Refusal(
      version === 0
        ? 'it holds no audit log yet'
        : `it was written by an older version (schema ${version}, this version reads ${NEWEST_VERSION})`,
      'Open it once with a guard that may write to it.',
    )
}

/**
 * Takes the steps that are missing, all or none. Writes the version even when none is: SQLite opens a file that it may not write
 * without a word, and a log that can not be written is to be found out now, not at the first call.
 */
export function bringUpToDate(database: BetterSqlite3.Database): void {
  const takeSteps = database.transaction(() => {
    // Read again under the lock: another process may have been faster.
    for (const step of STEPS.slice(versionOf(database))) database.exec(step)
    database.pragma(`user_version = ${NEWEST_VERSION}`)
  })
  takeSteps.immediate()
}

/** Within a transaction: lets `work` delete events, which the table refuses otherwise. */
export function whileDeletable(database: BetterSqlite3.Database, work: () => void): void {
  database.exec('DROP TRIGGER events_no_delete')
  work()
  database.exec(GUARD_DELETE)
}

const versionOf = (database: BetterSqlite3.Database): number =>
  Number(database.pragma('user_version', { simple: true }))

const isEmpty = (database: BetterSqlite3.Database): boolean =>
  database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
