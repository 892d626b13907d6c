import { setImmediate } from 'node:timers/promises'
import type { Activity, SeqRange } from '../../domain/activity.ts'
import type { AnomalyFilter, AnomalySave, AnomalySaved, AnomalyState, AnomalyWanted } from '../../domain/anomaly.ts'
import type { Approval } from '../../domain/approval.ts'
import type { AuditEntry, AuditEvent } from '../../domain/audit-event.ts'
import type { BaselineSave, BaselineState } from '../../domain/baseline.ts'
import type { CallId } from '../../domain/units.ts'
import type { Reservation, Reserved } from '../../domain/window.ts'
import { SentinelAuditUnavailableError } from '../../errors.ts'
import { messageOf } from '../../support/messages.ts'
import type { ApprovalQuery } from '../approval-query.ts'
import type { BaselineSaved } from '../baseline-save.ts'
import { type EventFilter, eventFilter, pageAfter } from '../filter.ts'
import { pruneTime } from '../moment.ts'
import type { Appended, AppendTerms, AuditQuery, AuditStore, ListedAnomalies, Pruned, PruneRequest } from '../store.ts'
import { Bell, follow, TAIL_PAGE_EVENTS } from '../tail.ts'
import type { Verification, VerifyOptions } from '../verification.ts'
import { activitiesOf, anomalyOf, anomalyRowOf } from './anomaly-row.ts'
import type { AppendedRows, Unit } from './database.ts'
import type { Executor } from './executor.ts'
import { auditUnavailable, isLocked, unavailable } from './failure.ts'
import { GroupCommit } from './group-commit.ts'
import type { Published } from './head.ts'
import { HeadPublisher } from './head-publisher.ts'
import type { Input, Output, WorkName } from './keeper.ts'
import type { Driver } from './open.ts'
import { eventOf, isRow, type Row, rowOf, type StoredRow } from './row.ts'
import type { StoreSettings } from './settings.ts'
import { verifyLog } from './verify.ts'

/** How long a call waits for a lock that another program holds, before it is refused. */
const LOCK_WAIT_MAX_MS = 5_000
/** After it, nothing is tried any more: a process that was stopped meanwhile may hold what others take for given up. */
const LATE_MAX_MS = 55_000
/** How much of it SQLite may spend standing still, with its whole thread. */
const LOCK_STANDSTILL_MS = 250
/** Between the later tries of a lock; the last one repeats. */
const LOCK_RETRY_MS = [5, 10, 20] as const
const LOCK_RETRY_MAX_MS = 25
/** Appends that wait for their turn while the log is locked, and so many reservations and releases. */
const WAITING_WRITES_MAX = 10_000
/** Events that are read and taken apart before the event loop gets its turn: some milliseconds. */
const QUERY_PAGE_EVENTS = 1_000
/** How often a reader that follows looks for what other processes stored. */
const TAIL_POLL_MS = 250

/** The audit log in a SQLite file: what the calls wait for, and how long. What touches the disk is the executor's. */
export class SqliteStore implements AuditStore {
  readonly #settings: StoreSettings
  readonly #executor: Executor
  readonly #driver: () => Promise<Driver>
  readonly #bell = new Bell()
  readonly #appends: GroupCommit<Unit, AppendedRows>
  readonly #reservations: GroupCommit<Reservation, Reserved>
  readonly #releases: GroupCommit<CallId, boolean>
  readonly #heads: HeadPublisher | undefined
  #toldDoubt: string | undefined
  #closing: Promise<void> | undefined

  constructor(settings: StoreSettings, executor: Executor, driver: () => Promise<Driver>) {
    this.#settings = settings
    this.#executor = executor
    this.#driver = driver
    const { by } = executor
    this.#appends = new GroupCommit((units, deadlineMs) => this.#attempt('commit', units, deadlineMs), by)
    this.#reservations = new GroupCommit((calls, deadlineMs) => this.#attempt('reserve', calls, deadlineMs), by)
    this.#releases = new GroupCommit((callIds, deadlineMs) => this.#attempt('release', callIds, deadlineMs), by)
    const { clock, onCheckpoint, onTrouble } = settings
    if (!settings.readOnly)
      this.#heads = new HeadPublisher({ clock, onCheckpoint, onTrouble, publish: () => this.#publish() })
  }

  async open(): Promise<void> {
    this.#mustTakeCalls()
    const doubt = await this.#attempt('open', undefined)
    if (doubt !== undefined && doubt !== this.#toldDoubt) this.#settings.onTrouble?.(doubt)
    this.#toldDoubt = doubt
    this.#heads?.committed()
  }

  async append(entries: readonly AuditEntry[], { claim, approval }: AppendTerms = {}): Promise<Appended> {
    this.#mustTakeCalls()
    const appended = await this.#share(this.#appends, { rows: this.#rows(entries), claim, approval })
    if (appended.status === 'call-known') return { status: 'call-known', decided: this.#event(appended.decided) }
    if (appended.status === 'approval-stands') return appended
    this.#heads?.committed()
    this.#bell.ring()
    return appended
  }

  async query(query?: AuditQuery): Promise<readonly AuditEvent[]> {
    const filter = eventFilter(query)
    this.#mustTakeCalls()
    const events: AuditEvent[] = []
    for (let page: EventFilter | undefined = filter; page !== undefined; ) {
      const rows: readonly StoredRow[] = await this.#attempt('query', {
        ...page,
        limit: Math.min(page.limit, QUERY_PAGE_EVENTS),
      })
      for (const row of rows) events.push(this.#event(row))
      page = rows.length < QUERY_PAGE_EVENTS ? undefined : pageAfter(filter, events)
      if (page !== undefined) await setImmediate()
    }
    return events
  }

  tail(options: { readonly after?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<AuditEvent> {
    const { after, signal } = options
    return follow({
      read: (seq) => this.query({ after: seq, order: 'oldest-first', limit: TAIL_PAGE_EVENTS }),
      start: after === undefined ? this.#newest() : this.open().then(() => after),
      bell: this.#bell,
      poll: { clock: this.#settings.clock, everyMs: TAIL_POLL_MS },
      signal,
    })
  }

  async verify(options: VerifyOptions = {}): Promise<Verification> {
    await this.open()
    const { path, headPath, key } = this.#settings
    try {
      return await verifyLog(await this.#driver(), { path, headPath, key: key() }, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      throw unavailable(`The audit log at ${this.#path}`, error)
    }
  }

  async saveBaselines(state: BaselineSave): Promise<BaselineSaved> {
    this.#mustTakeCalls()
    return this.#attempt('saveBaselines', state)
  }

  async loadBaselines(): Promise<BaselineState | undefined> {
    this.#mustTakeCalls()
    return this.#attempt('loadBaselines', undefined)
  }

  async reserve(reservation: Reservation): Promise<Reserved> {
    this.#mustTakeCalls()
    return this.#share(this.#reservations, reservation)
  }

  async release(callId: CallId): Promise<void> {
    this.#mustTakeCalls()
    await this.#share(this.#releases, callId)
  }

  async approvals(query: ApprovalQuery): Promise<readonly Approval[]> {
    this.#mustTakeCalls()
    return this.#attempt('approvals', query)
  }

  async activity(range: SeqRange): Promise<readonly Activity[]> {
    this.#mustTakeCalls()
    const text = await this.#attempt('activity', range)
    return this.#readable(() => activitiesOf(text), `Events ${range.after + 1} to ${range.upTo}`)
  }

  async loadAnomalies(wanted: AnomalyWanted): Promise<AnomalyState> {
    this.#mustTakeCalls()
    const state = await this.#attempt('loadAnomalies', wanted)
    return { ...state, anomalies: this.#readable(() => state.anomalies.map(anomalyOf), 'An anomaly') }
  }

  async saveAnomalies(save: AnomalySave): Promise<AnomalySaved> {
    this.#mustTakeCalls()
    return this.#attempt('saveAnomalies', { ...save, anomalies: save.anomalies.map(anomalyRowOf) })
  }

  async listAnomalies(filter: AnomalyFilter): Promise<ListedAnomalies> {
    this.#mustTakeCalls()
    const { anomalies, total } = await this.#attempt('listAnomalies', filter)
    return { anomalies: this.#readable(() => anomalies.map(anomalyOf), 'An anomaly'), total }
  }

  async prune({ before, note }: PruneRequest): Promise<Pruned> {
    const time = pruneTime(before)
    this.#mustTakeCalls()
    const upTo = await this.#newest()
    for (let events = 0; ; ) {
      const step = await this.#pruned({ before: time, upTo, note })
      events += step.events
      if (step.events === 0) return { events, firstSeq: step.firstSeq }
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  async #shutDown(): Promise<void> {
    this.#bell.silence()
    for (const group of [this.#reservations, this.#releases, this.#appends]) await group.empty()
    await this.#heads?.stop()
    await this.#executor.close()
  }

  #share<Unit, Stored extends object | boolean>(group: GroupCommit<Unit, Stored>, unit: Unit): Promise<Stored> {
    if (group.waiting >= WAITING_WRITES_MAX)
      throw auditUnavailable(
        `The audit log at ${this.#path} is behind and ${WAITING_WRITES_MAX} writes wait: it is locked, or more calls are made at once than it takes. A later call tries again.`,
      )
    return group.add(unit, this.#deadline())
  }

  get #path(): string {
    return this.#settings.path
  }

  async #newest(): Promise<number> {
    const [newest] = await this.query({ limit: 1 })
    return newest?.seq ?? 0
  }

  async #pruned(step: { before: string; upTo: number; note: string | undefined }): Promise<Output<'prune'>> {
    const { clock, ids } = this.#settings
    const about = { id: ids.auditId(), time: new Date(clock.now()).toISOString(), note: step.note }
    const result = await this.#attempt('prune', { before: step.before, upTo: step.upTo, about })
    if (result.events > 0) {
      this.#heads?.committed()
      this.#bell.ring()
    }
    return result
  }

  #publish(): Promise<Published | undefined> {
    const { clock, headPath } = this.#settings
    const input = { headPath, time: new Date(clock.now()).toISOString() }
    return this.#executor.perform({ name: 'publish', input, standstillMs: 0 })
  }

  #deadline(): number {
    return this.#settings.clock.monotonicMs() + LOCK_WAIT_MAX_MS
  }

  /**
   * Has the work done, and again while another program holds a lock. Only the first try stands still for the lock; the event loop is
   * free between the others.
   */
  async #attempt<Name extends WorkName>(
    name: Name,
    input: Input<Name>,
    deadlineMs = this.#deadline(),
  ): Promise<Output<Name>> {
    const { clock } = this.#settings
    let standstillMs = clock.monotonicMs() < deadlineMs ? LOCK_STANDSTILL_MS : 0
    for (let tries = 0; ; tries++) {
      if (clock.monotonicMs() > deadlineMs + LATE_MAX_MS) throw this.#tooLate()
      const retryMs = LOCK_RETRY_MS[tries] ?? LOCK_RETRY_MAX_MS
      try {
        return await this.#executor.perform({ name, input, standstillMs })
      } catch (error) {
        if (!isLocked(error) || clock.monotonicMs() + retryMs > deadlineMs)
          throw unavailable(`The audit log at ${this.#path}`, error)
        standstillMs = 0
        await new Promise<void>((resume) => clock.after(retryMs, resume))
      }
    }
  }

  #tooLate(): SentinelAuditUnavailableError {
    return auditUnavailable(
      `The audit log at ${this.#path} was not tried: the process, or its disk, stood still for too long. The next call tries again.`,
    )
  }

  #mustTakeCalls(): void {
    if (this.#bell.silenced)
      throw new SentinelAuditUnavailableError(`The audit log at ${this.#path} is closed; make a new store.`)
  }

  #rows(entries: readonly AuditEntry[]): readonly Row[] {
    try {
      const rows = entries.map(rowOf)
      if (!rows.every(isRow)) throw new TypeError('an entry lacks a field, or has one of the wrong type')
      return rows
    } catch (error) {
      throw unavailable(`The audit log at ${this.#path}`, error)
    }
  }

  #event(row: StoredRow): AuditEvent {
    return this.#readable(() => eventOf(row), `Event ${row[0]}`)
  }

  #readable<Read>(read: () => Read, what: string): Read {
    try {
      return read()
    } catch (error) {
      const place = `${what} of the audit log at ${this.#path}`
      throw auditUnavailable(
        `${place} can not be read: ${messageOf(error)}. It was changed by hand, or written by another version; read around it with \`before\` and \`after\`.`,
        error,
      )
    }
  }
}
