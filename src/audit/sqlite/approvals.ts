import type BetterSqlite3 from 'better-sqlite3'
import { type Approval, type ApprovalState, type ApprovalSubject, OPEN_STATES } from '../../domain/approval.ts'
import type { PlainObject } from '../../domain/plain.ts'
import type { CallId, EpochMs } from '../../domain/units.ts'
import { fromJsonText, toJsonText } from '../../support/json.ts'
import type { ApprovalQuery } from '../approval-query.ts'
import { type ApprovalRows, CLOCK_SET_BACK_MAX_MS, LATEST_OF_EVENTS } from '../approval-step.ts'
import type { Cell } from './row.ts'
import { storableText } from './text.ts'

/** Decided approvals that are dropped with one new request, when they are old: more than it adds, so that they never pile up. */
const DROPPED_ROWS_MAX = 100
/** How long a decided approval is kept; the events that tell of it stay. */
const KEPT_MS = 90 * 86_400_000
/** A message that is older than this is refused by its own time stamp. */
const MESSAGE_KEPT_MS = 7 * 86_400_000

const IS_OPEN = "state IN ('pending', 'approved', 'edited')"

/** `record` is the whole approval; the columns beside it are what is searched for and compared. */
export const APPROVAL_TABLES: string = `
  CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    digest TEXT NOT NULL,
    tool TEXT NOT NULL,
    agent TEXT NOT NULL,
    principal TEXT,
    session TEXT,
    call_id TEXT NOT NULL,
    risk REAL NOT NULL,
    requested_ms INTEGER NOT NULL,
    deadline_ms INTEGER NOT NULL,
    decided_ms INTEGER,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX approvals_by_state ON approvals (state, risk DESC, requested_ms);
  CREATE INDEX approvals_by_digest ON approvals (digest);
  CREATE INDEX approvals_by_call ON approvals (call_id);
  CREATE INDEX approvals_by_deadline ON approvals (deadline_ms);
  CREATE INDEX approvals_open ON approvals (deadline_ms, state) WHERE ${IS_OPEN};
  CREATE TABLE approval_messages (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX approval_messages_by_time ON approval_messages (at_ms);
`

type Subject = [digest: string, tool: string, agent: string, principal: string | null, session: string | null]
const OF_SUBJECT = 'digest = ? AND tool = ? AND agent = ? AND principal IS ? AND session IS ?'
/** As `standingAt` has it. */
const STATE_NOW = `CASE WHEN ${IS_OPEN} AND (deadline_ms <= :now OR requested_ms > :now + ${CLOCK_SET_BACK_MAX_MS}) THEN 'expired' ELSE state END`

/** Of a call that no event tells of, only the newest event is looked at. */
const LATEST_SINCE = `
  SELECT max(time) FROM (
    SELECT time FROM events
    WHERE seq >= coalesce((SELECT min(seq) FROM events WHERE call_id = ?), (SELECT max(seq) FROM events))
    ORDER BY seq DESC LIMIT ${LATEST_OF_EVENTS}
  )`

/** Approvals, in a table beside the events. */
export class ApprovalTables implements ApprovalRows {
  readonly #database: BetterSqlite3.Database
  readonly #byId: BetterSqlite3.Statement<[string], string>
  readonly #openOf: BetterSqlite3.Statement<Subject, string>
  readonly #deniedTimes: BetterSqlite3.Statement<[...Subject, number], number>
  readonly #countOpen: BetterSqlite3.Statement<[number], number>
  readonly #put: BetterSqlite3.Statement<Cell[]>
  readonly #dropOld: BetterSqlite3.Statement<[number, number]>
  readonly #takeMessage: BetterSqlite3.Statement<[string, number]>
  readonly #dropMessages: BetterSqlite3.Statement<[number]>
  readonly #latestSince: BetterSqlite3.Statement<[string], string | null>

  constructor(database: BetterSqlite3.Database) {
    this.#database = database
    this.#byId = database.prepare<[string], string>('SELECT record FROM approvals WHERE id = ?').pluck()
    this.#openOf = database
      .prepare<Subject, string>(
        `SELECT record FROM approvals WHERE ${OF_SUBJECT} AND ${IS_OPEN} ORDER BY requested_ms DESC, id DESC`,
      )
      .pluck()
    this.#deniedTimes = database
      .prepare<[...Subject, number], number>(
        `SELECT count(*) FROM approvals WHERE ${OF_SUBJECT} AND state = 'denied' AND decided_ms >= ?`,
      )
      .pluck()
    this.#countOpen = database
      .prepare<[number], number>(
        `SELECT count(*) FROM approvals INDEXED BY approvals_open WHERE ${IS_OPEN} AND deadline_ms > ?`,
      )
      .pluck()
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO approvals
         (id, state, digest, tool, agent, principal, session, call_id, risk, requested_ms, deadline_ms, decided_ms, record)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#dropOld = database.prepare(
      `DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE deadline_ms < ? LIMIT ?)`,
    )
    this.#takeMessage = database.prepare('INSERT OR IGNORE INTO approval_messages (id, at_ms) VALUES (?, ?)')
    this.#dropMessages = database.prepare('DELETE FROM approval_messages WHERE at_ms < ?')
    this.#latestSince = database.prepare<[string], string | null>(LATEST_SINCE).pluck()
  }

  byId(id: string): Approval | undefined {
    const record = this.#byId.get(storableText(id))
    return record === undefined ? undefined : approvalOf(record)
  }

  openOf(subject: ApprovalSubject): readonly Approval[] {
    return this.#openOf.all(...cellsOf(subject)).map(approvalOf)
  }

  deniedTimes(subject: ApprovalSubject, since: EpochMs): number {
    return Number(this.#deniedTimes.get(...cellsOf(subject), since))
  }

  countOpen(now: EpochMs): number {
    return Number(this.#countOpen.get(now))
  }

  put(approval: Approval): void {
    const { id, state, callId, risk, requestedAt, deadline, decidedAt } = approval
    const cells: Cell[] = [storableText(id), state, ...cellsOf(approval), storableText(callId)]
    this.#put.run(...cells, risk, requestedAt, deadline, decidedAt ?? null, toJsonText(approval))
    if (state === 'pending') this.#dropOld.run(requestedAt - KEPT_MS, DROPPED_ROWS_MAX)
  }

  takeMessage(id: string, now: EpochMs): boolean {
    this.#dropMessages.run(now - MESSAGE_KEPT_MS)
    return this.#takeMessage.run(storableText(id), now).changes === 1
  }

  latestSince(callId: CallId): EpochMs | undefined {
    const time = this.#latestSince.get(storableText(callId)) ?? undefined
    return time === undefined ? undefined : (Date.parse(time) as EpochMs)
  }

  query(query: ApprovalQuery): readonly Approval[] {
    const { where, cells } = conditionsOf(query)
    const order = query.order === 'oldest-first' ? 'requested_ms, id' : 'risk DESC, requested_ms, id'
    const sql = `SELECT record, ${STATE_NOW} FROM approvals WHERE ${where} ORDER BY ${order} LIMIT :limit`
    const rows = this.#database
      .prepare<[Readonly<Record<string, Cell>>], [string, ApprovalState]>(sql)
      .raw()
      .all({ ...cells, now: query.now, limit: query.limit })
    return rows.map(([record, state]) => ({ ...approvalOf(record), state }))
  }
}

function conditionsOf({ ids, callIds, states, overdueSince }: ApprovalQuery): {
  readonly where: string
  readonly cells: Readonly<Record<string, Cell>>
} {
  const conditions: string[] = []
  const cells: Record<string, Cell> = {}
  for (const [name, column, values] of [
    ['ids', 'id', ids],
    ['callIds', 'call_id', callIds],
    ['states', STATE_NOW, states],
  ] as const) {
    if (values === undefined) continue
    conditions.push(`${column} IN (SELECT value FROM json_each(:${name}))`)
    cells[name] = JSON.stringify(values.map(storableText))
  }
  if (states !== undefined) {
    // Says nothing new, but by an index: what was decided long ago is not read, and what waits is read in its order.
    const stored = storedAs(states)
    conditions.push(stored.length === 1 ? 'state = :stored' : 'state IN (SELECT value FROM json_each(:stored))')
    cells.stored = stored.length === 1 ? (stored[0] ?? null) : JSON.stringify(stored)
  }
  if (overdueSince !== undefined) {
    conditions.push(`${IS_OPEN} AND deadline_ms < :overdueSince`)
    cells.overdueSince = overdueSince
  }
  return { where: conditions.length === 0 ? '1' : conditions.join(' AND '), cells }
}

/** What reads as expired may be stored as open. */
const storedAs = (states: readonly ApprovalState[]): readonly ApprovalState[] =>
  states.includes('expired') ? [...new Set([...states, ...OPEN_STATES])] : [...new Set(states)]

const cellsOf = ({ digest, tool, agentId, principalId, sessionId }: ApprovalSubject): Subject => [
  digest,
  storableText(tool),
  storableText(agentId),
  principalId === undefined ? null : storableText(principalId),
  sessionId === undefined ? null : storableText(sessionId),
]

/** What was undefined is not in the text, and reads as undefined. */
const approvalOf = (record: string): Approval =>
  Object.freeze({ ...(fromJsonText(record) as PlainObject) }) as unknown as Approval
