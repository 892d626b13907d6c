import { resolve } from 'node:path'
import type { AuditEntry, AuditEvent } from '../../domain/audit-event.ts'
import type { BaselineSave, BaselineState } from '../../domain/baseline.ts'
import type { NonEmpty } from '../../domain/decision.ts'
import type { CallId } from '../../domain/units.ts'
import type { Reservation, Reserved } from '../../domain/window.ts'
import { SentinelAuditUnavailableError, SentinelConfigError } from '../../errors.ts'
import { type Clock, systemClock } from '../../support/clock.ts'
import { messageOf } from '../../support/messages.ts'
import { eventFilter } from '../filter.ts'
import type { Appended, AuditQuery, AuditStore } from '../store.ts'
import { Bell, follow, TAIL_PAGE_EVENTS } from '../tail.ts'
import { type DatabaseOptions, type Driver, type Durability, EventDatabase } from './database.ts'
import { auditUnavailable, isLocked, leavesConnection, unavailable } from './failure.ts'
import { Line } from './line.ts'
import { eventOf, type Row, rowOf, type StoredRow } from './row.ts'

export interface SqliteStoreOptions {
  /** The database file; a relative path is resolved now, so that a later `chdir` does not move the log. */
  readonly path: string
  /**
   * `full` (default): what is acknowledged survives power loss. `normal`: it survives a killed process, and power loss may take the
   * last moments.
   */
  readonly durability?: Durability | undefined
  /** Reads an existing log and makes or changes nothing; `append` is refused. Default false. */
  readonly readOnly?: boolean | undefined
  /** For waits. Default: the system's. */
  readonly clock?: Clock | undefined
}

/** How long a call waits for a lock that another program holds, before it is refused. */
const LOCK_WAIT_MAX_MS = 5_000
/** How much of it SQLite may spend standing still, with the whole process. */
const LOCK_STANDSTILL_MS = 250
/** Between the later tries of a lock; the last one repeats. */
const LOCK_RETRY_MS = [5, 10, 20] as const
const LOCK_RETRY_MAX_MS = 25
/** Appends that wait for their turn while the log is locked. */
const WAITING_APPENDS_MAX = 10_000
/** How often a reader that follows looks for what other processes stored. */
const TAIL_POLL_MS = 250

const loadDriver = async (): Promise<Driver> => (await import('better-sqlite3')).default

/**
 * The audit log in a SQLite file. Opens at the first use; makes the directory (0700) and the file (0600) when they are missing.
 * @param driver how to get at better-sqlite3; loaded when first used, so that importing this library loads no native code.
 * @throws SentinelConfigError when `path` is not usable as a path.
 */
export function createSqliteStore(options: SqliteStoreOptions, driver: () => Promise<Driver> = loadDriver): AuditStore {
  const path = resolve(options.path)
  if (options.path === '' || path !== path.trim() || path.includes('\0')) {
    const message = `expected the path of a file, without NUL and without space at its end, found ${JSON.stringify(options.path)}`
    throw new SentinelConfigError([{ path: 'auditLogPath', code: 'wrong_value', message }])
  }
  const { durability = 'full', readOnly = false, clock = systemClock } = options
  return new SqliteStore({ path, durability, readOnly, clock }, driver)
}

type Settings = DatabaseOptions & { readonly clock: Clock }

class SqliteStore implements AuditStore {
  readonly #options: Settings
  readonly #driver: () => Promise<Driver>
  readonly #bell = new Bell()
  readonly #appends = new Line()
  #database: EventDatabase | undefined
  #opening: Promise<EventDatabase> | undefined
  #closing: Promise<void> | undefined
  #closed = false

  constructor(options: Settings, driver: () => Promise<Driver>) {
    this.#options = options
    this.#driver = driver
  }

  async open(): Promise<void> {
    this.#mustTakeCalls()
    await this.#attempt(() => undefined, this.#deadline())
  }

  async append(entries: NonEmpty<AuditEntry>, claim?: CallId): Promise<Appended> {
    this.#mustTakeCalls()
    if (this.#appends.waiting >= WAITING_APPENDS_MAX)
      throw auditUnavailable(`The audit log at ${this.#options.path} is locked and ${WAITING_APPENDS_MAX} writes wait.`)
    const deadlineMs = this.#deadline()
    const rows = this.#rows(entries)
    const appended = await this.#appends.add(() =>
      this.#attempt((database) => database.append(rows, claim), deadlineMs),
    )
    if (appended.status === 'call-known') return { status: 'call-known', decided: this.#event(appended.decided) }
    this.#bell.ring()
    return appended
  }

  async query(query?: AuditQuery): Promise<readonly AuditEvent[]> {
    const filter = eventFilter(query)
    this.#mustTakeCalls()
    const rows = await this.#attempt((database) => database.query(filter), this.#deadline())
    return rows.map((row) => this.#event(row))
  }

  async saveBaselines(state: BaselineSave): Promise<'saved' | 'newer' | 'other-base'> {
    this.#mustTakeCalls()
    return this.#attempt((database) => database.baselines.save(state), this.#deadline())
  }

  async loadBaselines(): Promise<BaselineState | undefined> {
    this.#mustTakeCalls()
    return this.#attempt((database) => database.baselines.load(), this.#deadline())
  }

  async reserve(reservation: Reservation): Promise<Reserved> {
    this.#mustTakeCalls()
    return this.#attempt((database) => database.windows.reserve(reservation), this.#deadline())
  }

  async release(callId: CallId): Promise<void> {
    this.#mustTakeCalls()
    return this.#attempt((database) => database.windows.release(callId), this.#deadline())
  }

  tail(options: { readonly after?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<AuditEvent> {
    const { after, signal } = options
    return follow({
      read: (seq) => this.query({ after: seq, order: 'oldest-first', limit: TAIL_PAGE_EVENTS }),
      start: after === undefined ? this.#newest() : this.open().then(() => after),
      bell: this.#bell,
      poll: { clock: this.#options.clock, everyMs: TAIL_POLL_MS },
      signal,
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  async #shutDown(): Promise<void> {
    this.#bell.silence()
    await this.#appends.empty()
    this.#closed = true
    this.#disconnect()
  }

  async #newest(): Promise<number> {
    const [newest] = await this.query({ limit: 1 })
    return newest?.seq ?? 0
  }

  #deadline(): number {
    return this.#options.clock.monotonicMs() + LOCK_WAIT_MAX_MS
  }

  /**
   * Does the work, opening the file if need be, and again while another program holds a lock. Only the first try stands still for the
   * lock; the event loop is free between the others. A connection that broke is given up and the next call opens anew, so that service
   * resumes when the cause is gone.
   */
  async #attempt<Result>(work: (database: EventDatabase) => Result, deadlineMs: number): Promise<Result> {
    const { clock, path } = this.#options
    let standstillMs = clock.monotonicMs() < deadlineMs ? LOCK_STANDSTILL_MS : 0
    for (let tries = 0; ; tries++) {
      const retryMs = LOCK_RETRY_MS[tries] ?? LOCK_RETRY_MAX_MS
      try {
        const database = this.#database ?? (await this.#connected(standstillMs))
        database.standStill(standstillMs)
        return work(database)
      } catch (error) {
        if (!leavesConnection(error)) this.#disconnect()
        if (!isLocked(error) || clock.monotonicMs() + retryMs > deadlineMs)
          throw unavailable(`The audit log at ${path}`, error)
        standstillMs = 0
        await new Promise<void>((resume) => clock.after(retryMs, resume))
      }
    }
  }

  #connected(standstillMs: number): Promise<EventDatabase> {
    this.#opening ??= this.#connect(standstillMs).finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #connect(standstillMs: number): Promise<EventDatabase> {
    const Connection = await this.#driver()
    if (this.#closed) throw this.#closedError()
    this.#database = new EventDatabase(Connection, this.#options, standstillMs)
    return this.#database
  }

  #disconnect(): void {
    const database = this.#database
    this.#database = undefined
    try {
      database?.close()
    } catch {
      // It is given up either way, and what was acknowledged is stored.
    }
  }

  #mustTakeCalls(): void {
    if (this.#bell.silenced) throw this.#closedError()
  }

  #closedError(): SentinelAuditUnavailableError {
    return new SentinelAuditUnavailableError(`The audit log at ${this.#options.path} is closed; make a new store.`)
  }

  #rows(entries: NonEmpty<AuditEntry>): readonly Row[] {
    try {
      return entries.map(rowOf)
    } catch (error) {
      throw unavailable(`The audit log at ${this.#options.path}`, error)
    }
  }

  #event(row: StoredRow): AuditEvent {
    try {
      return eventOf(row)
    } catch (error) {
      const place = `Event ${row[0]} of the audit log at ${this.#options.path}`
      throw auditUnavailable(
        `${place} can not be read: ${messageOf(error)}. It was changed by hand, or written by another version; read around it with \`before\` and \`after\`.`,
        error,
      )
    }
  }
}
