import type BetterSqlite3 from 'better-sqlite3'
import type { ApprovalSubject } from '../../domain/approval.ts'
import type { AuditEventName } from '../../domain/audit-event.ts'
import type { Durability } from '../../domain/settings.ts'
import type { CallId, EpochMs } from '../../domain/units.ts'
import type { Reservation, Reserved, WindowEntry, WindowQuestion, WindowUsage } from '../../domain/window.ts'
import { thisProcess } from '../../support/process-name.ts'
import { areTooMuch, isReleasable, type Standing, type SteadyHead, standingAfter, steadyTime } from '../windows.ts'
import { withoutSync } from './synchronous.ts'
import { storableText } from './text.ts'
import { type AmountCells, amountCells, WindowAmounts } from './window-amounts.ts'

/** Old rows dropped with one reservation: more than it adds, so that they never pile up. */
const EXPIRED_ROWS_MAX = 1_000
/** Calls looked up in the log with one reservation, because their time to be let through is over. */
const LAPSED_CALLS_MAX = 100

/**
 * `due_ms` is when a row needs a look: at the end of the call's hold, for one that waits for a human at `waits_ms`, and after that at
 * `until_ms`, when the longest window has passed it. All times are those that windows go by, in milliseconds. `owner` names the
 * process that decides. For the amount see `amountCells`.
 */
export const WINDOW_TABLES = `
  CREATE TABLE window_clock (id INTEGER PRIMARY KEY CHECK (id = 1), steady_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE window_calls (
    counter TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    call_id TEXT NOT NULL,
    amount TEXT,
    units INTEGER,
    until_ms INTEGER NOT NULL,
    waits_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (counter, at_ms, call_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX window_calls_by_call ON window_calls (call_id);
  CREATE INDEX window_calls_by_due ON window_calls (due_ms);
`

const ROW = 'counter, at_ms, call_id, amount, units, until_ms, waits_ms, due_ms, owner'
type Ms = number | bigint
type WindowRow = [
  counter: string,
  atMs: Ms,
  callId: string,
  ...AmountCells,
  until: Ms,
  waits: Ms,
  due: Ms,
  owner: string,
]

interface Held {
  readonly callId: string
  readonly owner: string
}

interface Counted extends Pick<Reservation, 'holdMs' | 'waitMs'> {
  readonly callId: string
  readonly steadyMs: number
}

type Others = [counter: string, sinceMs: number]
const OTHERS = 'FROM window_calls WHERE counter = ? AND at_ms > ?'

interface ShownEvent {
  readonly event: AuditEventName
  readonly enforced: number
}

/** Calls that rules count over time, in a table beside the events. What became of a call is for the log to say. */
export class WindowTables {
  readonly #selectHead: BetterSqlite3.Statement<[], SteadyHead>
  readonly #replaceHead: BetterSqlite3.Statement<[number, EpochMs]>
  readonly #dropExpired: BetterSqlite3.Statement<[number, number, number]>
  readonly #selectLapsed: BetterSqlite3.Statement<[number, number], string>
  readonly #selectHeld: BetterSqlite3.Statement<[], string>
  readonly #selectUndecided: BetterSqlite3.Statement<[], Held>
  readonly #extend: BetterSqlite3.Statement<[string, number]>
  readonly #selectEvents: BetterSqlite3.Statement<[string], ShownEvent>
  readonly #keep: BetterSqlite3.Statement<[string]>
  readonly #drop: BetterSqlite3.Statement<[string]>
  readonly #insert: BetterSqlite3.Statement<WindowRow>
  readonly #selectRows: BetterSqlite3.Statement<[string], WindowRow>
  readonly #findOther: BetterSqlite3.Statement<[...Others, number], number>
  readonly #amountsOfOthers: WindowAmounts<Others>
  readonly #inOneStep: BetterSqlite3.Transaction<(work: () => unknown) => unknown>
  readonly #database: BetterSqlite3.Database
  readonly #durability: Durability
  readonly #owner = thisProcess()
  readonly #waitingLike: (subject: ApprovalSubject) => readonly CallId[]

  /** @param waitingLike the calls that wait for approval of the same. */
  constructor(
    database: BetterSqlite3.Database,
    durability: Durability,
    waitingLike: (subject: ApprovalSubject) => readonly CallId[],
  ) {
    this.#waitingLike = waitingLike
    this.#selectHead = database.prepare('SELECT steady_ms AS steadyMs, wall_ms AS wallMs FROM window_clock')
    this.#replaceHead = database.prepare(
      'INSERT OR REPLACE INTO window_clock (id, steady_ms, wall_ms) VALUES (1, ?, ?)',
    )
    this.#dropExpired = database.prepare(
      `DELETE FROM window_calls WHERE (counter, at_ms, call_id) IN
         (SELECT counter, at_ms, call_id FROM window_calls WHERE due_ms <= ? AND until_ms <= ? LIMIT ?)`,
    )
    this.#selectLapsed = database
      .prepare<[number, number], string>('SELECT DISTINCT call_id FROM window_calls WHERE due_ms <= ? LIMIT ?')
      .pluck()
    this.#selectHeld = database
      .prepare<[], string>('SELECT DISTINCT call_id FROM window_calls WHERE due_ms < until_ms')
      .pluck()
    this.#selectUndecided = database.prepare(
      'SELECT DISTINCT call_id AS callId, owner FROM window_calls WHERE due_ms < min(until_ms, waits_ms)',
    )
    this.#extend = database.prepare(
      'UPDATE window_calls SET due_ms = min(until_ms, waits_ms) WHERE call_id = ? AND waits_ms > ?',
    )
    this.#selectEvents = database.prepare('SELECT event, enforced FROM events WHERE call_id = ?')
    this.#keep = database.prepare('UPDATE window_calls SET due_ms = until_ms WHERE call_id = ?')
    this.#drop = database.prepare('DELETE FROM window_calls WHERE call_id = ?')
    this.#insert = database.prepare(`INSERT INTO window_calls (${ROW}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#selectRows = database
      .prepare<[string], WindowRow>(`SELECT ${ROW} FROM window_calls WHERE call_id = ?`)
      .raw()
      // Sums of money may be more than a number holds exactly.
      .safeIntegers()
    this.#findOther = database.prepare<[...Others, number], number>(`SELECT 1 ${OTHERS} LIMIT 1 OFFSET ?`).pluck()
    this.#amountsOfOthers = new WindowAmounts(database, OTHERS)
    this.#inOneStep = database.transaction((work) => work())
    this.#database = database
    this.#durability = durability
  }

  /** Counts and reserves in one step for all processes; each sees what the ones before it reserved. */
  reserve(reservations: readonly Reservation[]): readonly Reserved[] {
    return this.#writing(() => reservations.map((reservation) => this.#reserve(reservation)))
  }

  /** Takes back what calls reserved, unless the log shows that they were let through, or wait to be. */
  release(callIds: readonly string[]): readonly boolean[] {
    return this.#writing(() => callIds.map((callId) => this.#release(storableText(callId))))
  }

  /** Takes out the calls that were to be decided by a process that ended. */
  releaseEnded(hasEnded: (process: string) => boolean): void {
    const held = Map.groupBy(this.#selectUndecided.all(), ({ owner }) => owner)
    const left = [...held].filter(([owner]) => hasEnded(owner)).flatMap(([, calls]) => calls)
    // What was decided since, or waits for a human, is not releasable.
    if (left.length > 0) this.release(left.map(({ callId }) => callId))
  }

  /** Takes a call out, whatever the log shows. Within a transaction. */
  forget(callId: CallId): void {
    this.#drop.run(storableText(callId))
  }

  /** Takes note of which calls were let through, or wait, before the events that show it are pruned. Within a transaction. */
  settleShown(): void {
    for (const callId of this.#selectHeld.all()) {
      const standing = this.#standing(callId)
      if (standing === 'let-through') this.#keep.run(callId)
      else if (standing === 'waiting') this.#extend.run(callId, 0)
    }
  }

  /**
   * One transaction, which need not outlive a power loss by itself: no tool runs before the decision that follows is synced, and that
   * takes the reservation along. One that was released and is there again counts until its hold is over.
   */
  #writing<Result>(work: () => Result): Result {
    return withoutSync(this.#database, this.#durability, () => this.#inOneStep.immediate(work)) as Result
  }

  #reserve(reservation: Reservation): Reserved {
    const { entries, questions, now, holdMs, waitMs } = reservation
    const callId = storableText(reservation.callId)
    const steadyMs = steadyTime(reservation, this.#selectHead.get())
    this.#replaceHead.run(steadyMs, now)
    this.#settle(steadyMs)
    // A call that the log knows as let through, or as waiting, has been counted in its time.
    const isNew = reservation.counting === 'anew' ? this.#forget(callId) : this.#release(callId)
    const usage = this.#without(this.#inPlaceOf(reservation), () => this.#answers(questions, steadyMs))
    for (const entry of isNew ? entries : []) this.#add(entry, { callId, steadyMs, holdMs, waitMs })
    return { usage, steadyMs }
  }

  #inPlaceOf({ subject, callId }: Reservation): readonly string[] {
    if (subject === undefined) return []
    return this.#waitingLike(subject)
      .filter((other) => other !== callId)
      .map(storableText)
  }

  /** Answers as if these calls were not counted. They are there again when this returns, and nobody else sees it: it is one transaction. */
  #without<Result>(callIds: readonly string[], answer: () => Result): Result {
    const rows = callIds.flatMap((callId) => this.#selectRows.all(callId))
    for (const callId of callIds) this.#drop.run(callId)
    const answered = answer()
    for (const row of rows) this.#insert.run(...row)
    return answered
  }

  #forget(callId: string): boolean {
    this.#drop.run(callId)
    return true
  }

  /** Drops what no window reaches any more, and calls that were not let through in time. */
  #settle(steadyMs: number): void {
    this.#dropExpired.run(steadyMs, steadyMs, EXPIRED_ROWS_MAX)
    for (const callId of this.#selectLapsed.all(steadyMs, LAPSED_CALLS_MAX)) {
      const standing = this.#standing(callId)
      if (standing === 'let-through') this.#keep.run(callId)
      else if (standing !== 'waiting' || this.#extend.run(callId, steadyMs).changes === 0) this.#drop.run(callId)
    }
  }

  /** Whether it could be released. */
  #release(callId: string): boolean {
    const releasable = isReleasable(this.#standing(callId))
    if (releasable) this.#drop.run(callId)
    return releasable
  }

  #standing(callId: string): Standing {
    const events = this.#selectEvents.all(callId).map(({ event, enforced }) => ({ event, enforced: enforced === 1 }))
    return events.reduce(standingAfter, 'undecided')
  }

  #add({ counter, amount, keepMs }: WindowEntry, { callId, steadyMs, holdMs, waitMs }: Counted): void {
    const untilMs = steadyMs + keepMs
    const heldMs = steadyMs + holdMs
    const times = [untilMs, heldMs + waitMs, Math.min(untilMs, heldMs)] as const
    this.#insert.run(storableText(counter), steadyMs, callId, ...amountCells(amount), ...times, this.#owner)
  }

  #answers(questions: readonly WindowQuestion[], steadyMs: number): WindowUsage {
    return new Map(questions.map((question) => [question.key, this.#answer(question, steadyMs)]))
  }

  #answer(question: WindowQuestion, steadyMs: number): boolean | 'unknown' {
    const others: Others = [storableText(question.counter), steadyMs - question.windowMs]
    if (question.of === 'amounts') return areTooMuch(this.#amountsOfOthers.of(...others), question)
    return question.atLeast <= 0 || this.#findOther.get(...others, question.atLeast - 1) !== undefined
  }
}
