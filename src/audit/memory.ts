import { ACTIVITY_EVENTS, type Activity, type SeqRange } from '../domain/activity.ts'
import type { AnomalyFilter, AnomalySave, AnomalySaved, AnomalyState, AnomalyWanted } from '../domain/anomaly.ts'
import type { Approval } from '../domain/approval.ts'
import { type AuditEntry, type AuditEvent, BLANK_ENTRY, DECISION_EVENTS } from '../domain/audit-event.ts'
import type { BaselineSave, BaselineState } from '../domain/baseline.ts'
import type { Reason } from '../domain/decision.ts'
import type { Params, PlainObject } from '../domain/plain.ts'
import type { CallId, EpochMs } from '../domain/units.ts'
import type { Reservation, Reserved } from '../domain/window.ts'
import { SentinelAuditUnavailableError } from '../errors.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { randomIds } from '../support/ids.ts'
import { frozenPlain } from '../support/json.ts'
import { messageOf } from '../support/messages.ts'
import type { ApprovalQuery } from './approval-query.ts'
import { LATEST_OF_EVENTS, takeStep } from './approval-step.ts'
import type { BaselineSaved } from './baseline-save.ts'
import { type EventFilter, eventFilter, matches } from './filter.ts'
import { KeptAnomalies } from './kept-anomalies.ts'
import { KeptApprovals } from './kept-approvals.ts'
import { KeptBaselines } from './kept-baselines.ts'
import { KeptWindows } from './kept-windows.ts'
import { pruneTime } from './moment.ts'
import type { Appended, AppendTerms, AuditQuery, AuditStore, ListedAnomalies, Pruned, PruneRequest } from './store.ts'
import { Bell, follow, TAIL_PAGE_EVENTS } from './tail.ts'
import type { Verification } from './verification.ts'

const EVENTS_MAX = 1_000_000

export interface MemoryStoreOptions {
  /** Events kept, at least 1; default 1,000,000. Beyond it the oldest are dropped, and a call id that only they knew is unknown again. */
  readonly capacity?: number | undefined
  /** For the time of `pruned` events. Default: the system's. */
  readonly clock?: Clock | undefined
}

/** A store that is gone when the process ends: for tests, for replays, and where nothing may be written to disk. */
export function createMemoryStore(options: MemoryStoreOptions = {}): AuditStore {
  const capacity = options.capacity ?? EVENTS_MAX
  if (!Number.isSafeInteger(capacity) || capacity < 1)
    throw new RangeError(`capacity must be a whole number of events from 1, found ${capacity}`)
  return new MemoryStore(capacity, options.clock ?? systemClock)
}

class MemoryStore implements AuditStore {
  readonly isShared = false
  readonly #capacity: number
  readonly #clock: Clock
  /** A ring: the event with sequence number n is at (n - 1) % capacity. */
  readonly #events: AuditEvent[] = []
  /** The first decision on each call among `#events`. */
  readonly #decided = new Map<string, AuditEvent>()
  readonly #bell = new Bell()
  readonly #baselines = new KeptBaselines()
  readonly #windows = new KeptWindows()
  readonly #approvals = new KeptApprovals((callId) => this.#latestSince(callId))
  readonly #anomalies = new KeptAnomalies()
  #lastSeq = 0
  #prunedUpTo = 0

  constructor(capacity: number, clock: Clock) {
    this.#capacity = capacity
    this.#clock = clock
  }

  async open(): Promise<void> {
    this.#mustBeOpen()
  }

  async append(entries: readonly AuditEntry[], { claim, approval: step }: AppendTerms = {}): Promise<Appended> {
    this.#mustBeOpen()
    const decided = claim === undefined ? undefined : this.#decided.get(claim)
    if (decided !== undefined) return { status: 'call-known', decided }
    // All are copied before the first is kept: a bad one leaves nothing behind.
    const events = frozenEvents(entries, this.#lastSeq)
    const taken = step && takeStep(step, this.#approvals)
    if (taken !== undefined && !taken.store) return { status: 'approval-stands', approval: taken.outcome }
    if (taken?.uncounted !== undefined) this.#windows.forget(taken.uncounted)
    for (const event of events) this.#keep(event)
    this.#bell.ring()
    return { status: 'stored', lastSeq: this.#lastSeq, ...(taken && { approval: taken.outcome }) }
  }

  async query(query?: AuditQuery): Promise<readonly AuditEvent[]> {
    const filter = eventFilter(query)
    this.#mustBeOpen()
    return this.#select(filter)
  }

  tail(options: { readonly after?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<AuditEvent> {
    const start = options.after ?? this.#lastSeq
    return follow({
      read: (after) => this.query({ after, order: 'oldest-first', limit: TAIL_PAGE_EVENTS }),
      start: this.open().then(() => start),
      bell: this.#bell,
      poll: undefined,
      signal: options.signal,
    })
  }

  async saveBaselines(state: BaselineSave): Promise<BaselineSaved> {
    this.#mustBeOpen()
    return this.#baselines.save(state)
  }

  async loadBaselines(): Promise<BaselineState | undefined> {
    this.#mustBeOpen()
    return this.#baselines.load()
  }

  async reserve(reservation: Reservation): Promise<Reserved> {
    this.#mustBeOpen()
    const { callId, subject } = reservation
    const waiting = subject === undefined ? [] : this.#approvals.openOf(subject)
    const waitingLike = waiting.map((approval) => approval.callId)
    return this.#windows.reserve(reservation, { decided: this.#decided.get(callId), waitingLike })
  }

  async release(callId: CallId): Promise<void> {
    this.#mustBeOpen()
    this.#windows.release(callId)
  }

  async approvals(query: ApprovalQuery): Promise<readonly Approval[]> {
    this.#mustBeOpen()
    return this.#approvals.query(query)
  }

  async activity({ after, upTo }: SeqRange): Promise<readonly Activity[]> {
    this.#mustBeOpen()
    const activities: Activity[] = []
    for (let seq = Math.max(this.#firstSeq, after + 1); seq <= Math.min(this.#lastSeq, upTo); seq++) {
      const { time, event, agentId, principalId, enforced } = this.#at(seq) ?? {}
      if (time !== undefined && agentId !== undefined && isActivity(event) && enforced !== undefined)
        activities.push({ seq, time, event, agentId, principalId, enforced })
    }
    return activities
  }

  async loadAnomalies(wanted: AnomalyWanted): Promise<AnomalyState> {
    this.#mustBeOpen()
    return this.#anomalies.load(wanted)
  }

  async saveAnomalies(save: AnomalySave): Promise<AnomalySaved> {
    this.#mustBeOpen()
    return this.#anomalies.save(save)
  }

  async listAnomalies(filter: AnomalyFilter): Promise<ListedAnomalies> {
    this.#mustBeOpen()
    return this.#anomalies.list(filter)
  }

  async verify(): Promise<Verification> {
    this.#mustBeOpen()
    const [firstSeq, lastSeq] = this.#lastSeq === 0 ? [] : [this.#firstSeq, this.#lastSeq]
    const because = 'the log is kept in memory, where nothing shows a change'
    return {
      status: 'not-verifiable',
      because,
      events: this.#lastSeq - this.#firstSeq + 1,
      firstSeq,
      lastSeq,
      heads: [],
    }
  }

  async prune({ before, note }: PruneRequest): Promise<Pruned> {
    const time = pruneTime(before)
    this.#mustBeOpen()
    const from = this.#firstSeq
    let upTo = from - 1
    while (upTo < this.#lastSeq && (this.#at(upTo + 1)?.time ?? time) < time) upTo++
    const events = upTo - from + 1
    if (events === 0) return { events, firstSeq: this.#lastSeq === 0 ? undefined : from }
    for (let seq = from; seq <= upTo; seq++) this.#drop(seq)
    this.#prunedUpTo = upTo
    await this.append([this.#prunedEntry({ before: time, from, upTo, events }, note)])
    return { events, firstSeq: this.#firstSeq }
  }

  async close(): Promise<void> {
    this.#bell.silence()
  }

  #mustBeOpen(): void {
    if (this.#bell.silenced)
      throw new SentinelAuditUnavailableError('The audit store in memory is closed; make a new one.')
  }

  /** Of the events that are there; one more than the last when there are none. */
  get #firstSeq(): number {
    return Math.max(this.#lastSeq - this.#capacity, this.#prunedUpTo) + 1
  }

  #at(seq: number): AuditEvent | undefined {
    return this.#events[this.#placeOf(seq)]
  }

  #latestSince(callId: CallId): EpochMs | undefined {
    const asked = this.#decided.get(callId)?.seq ?? this.#lastSeq
    const times: number[] = []
    for (let seq = this.#lastSeq; seq >= Math.max(asked, this.#firstSeq) && times.length < LATEST_OF_EVENTS; seq--)
      times.push(Date.parse(this.#at(seq)?.time ?? ''))
    return times.length === 0 ? undefined : (Math.max(...times) as EpochMs)
  }

  #prunedEntry(params: Params, note: string | undefined): AuditEntry {
    const time = new Date(this.#clock.now()).toISOString()
    return { ...BLANK_ENTRY, id: randomIds.auditId(), time, event: 'pruned', params, note }
  }

  /** Forgets the decision that an event is; its place in the ring is free. */
  #drop(seq: number): void {
    const dropped = this.#at(seq)
    if (dropped?.callId !== undefined && this.#decided.get(dropped.callId) === dropped)
      this.#decided.delete(dropped.callId)
    delete this.#events[this.#placeOf(seq)]
  }

  #keep(event: AuditEvent): void {
    this.#drop(event.seq)
    this.#events[this.#placeOf(event.seq)] = event
    this.#lastSeq = event.seq
    this.#windows.show(event)
    if (event.callId !== undefined && isDecision(event) && !this.#decided.has(event.callId))
      this.#decided.set(event.callId, event)
  }

  #select(filter: EventFilter): readonly AuditEvent[] {
    const first = Math.max(this.#firstSeq, (filter.after ?? 0) + 1)
    const last = Math.min(this.#lastSeq, (filter.before ?? Number.POSITIVE_INFINITY) - 1)
    const step = filter.order === 'newest-first' ? -1 : 1
    const found: AuditEvent[] = []
    for (let seq = step < 0 ? last : first; seq >= first && seq <= last && found.length < filter.limit; seq += step) {
      const event = this.#at(seq)
      if (event !== undefined && matches(event, filter)) found.push(event)
    }
    return found
  }

  #placeOf(seq: number): number {
    return (seq - 1) % this.#capacity
  }
}

const DECISIONS: ReadonlySet<string> = new Set(DECISION_EVENTS)
const ACTIVITIES: ReadonlySet<unknown> = new Set(ACTIVITY_EVENTS)
const isActivity = (event: unknown): event is Activity['event'] => ACTIVITIES.has(event)
const isDecision = (event: AuditEvent): boolean => DECISIONS.has(event.event)

const frozenList = <Item extends object>(items: readonly Item[]): readonly Item[] =>
  Object.freeze(items.map((item) => Object.freeze({ ...item })))

const withFrozenParams = (reason: Reason): Reason =>
  reason.source === 'rule' ? { ...reason, params: Object.freeze([...reason.params]) } : reason

function frozenEvents(entries: readonly AuditEntry[], lastSeq: number): readonly AuditEvent[] {
  try {
    return entries.map((entry, index) => frozenEvent(entry, lastSeq + index + 1))
  } catch (error) {
    throw new SentinelAuditUnavailableError(`The audit store in memory can not hold an event: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

const frozenEvent = (entry: AuditEntry, seq: number): AuditEvent =>
  Object.freeze({
    ...entry,
    seq,
    // Parameters that are frozen come from a snapshot, which is frozen all the way down.
    params:
      entry.params === undefined || Object.isFrozen(entry.params)
        ? entry.params
        : (frozenPlain(entry.params) as Params),
    details: entry.details === undefined ? undefined : (frozenPlain(entry.details) as PlainObject),
    redactedPaths: Object.freeze([...entry.redactedPaths]),
    ruleIds: Object.freeze([...entry.ruleIds]),
    signals: frozenList(entry.signals),
    reasons: frozenList(entry.reasons.map(withFrozenParams)),
  })
