import type { AuditStore } from './audit/store.ts'
import type { AuditEntry, AuditEvent } from './domain/audit-event.ts'
import type { AlarmCounts, MovedParameter, StateRow } from './domain/baseline.ts'
import type { Detector } from './domain/detector.ts'
import type { Observers } from './observers.ts'
import { foldEvent } from './risk/fold.ts'
import { AlarmTally } from './risk/health.ts'
import { fromBytes, toBytes } from './support/archive.ts'
import type { Clock } from './support/clock.ts'
import { messageOf } from './support/messages.ts'

const DAY_MS = 86_400_000
const PAGE_EVENTS = 1_000
/** The state is stored whenever so many events were folded in, and at closing. */
const SAVE_EVERY_EVENTS = 2_000
/** How long this process may not have looked for what others wrote, when a call comes. */
const REFRESH_MS = 1_000
/** Raised whenever the tally of the same events would be another. */
const TALLY_VERSION = 2
const TALLY_KEY = 'h'

export interface LearnerPorts {
  readonly store: Pick<AuditStore, 'query' | 'loadBaselines' | 'saveBaselines'>
  readonly observers: Observers
  readonly clock: Clock
  readonly makeDetector: () => Detector
  /** How far back a state is built when there is none to go on from. */
  readonly lookbackDays: number
  /** The last word on what an event of this process teaches. */
  readonly review: (entry: AuditEntry) => AuditEntry['lesson']
  /** Writes that a level nobody answered for is to be re-based. */
  readonly announce: (moved: MovedParameter) => void
  /** Writes that the state was built from the log, from a time on. */
  readonly noteRebuilt: (since: string) => Promise<void>
}

/** An event, and what it teaches. */
interface Told {
  readonly event: AuditEntry
  readonly seq: number
  readonly lesson: AuditEntry['lesson']
}

/** A detector and the tally beside it, as they stand after some event. */
class Learned {
  readonly detector: Detector
  readonly tally = new AlarmTally()
  seq = 0

  constructor(detector: Detector) {
    this.detector = detector
  }

  /** Names everything that a stored state depends on. */
  get make(): string {
    return `${this.detector.make}; tally ${TALLY_VERSION}`
  }

  fold(event: AuditEntry, seq: number, lesson: AuditEntry['lesson']): void {
    this.seq = seq
    foldEvent(this.detector, event, lesson)
    this.tally.count(event)
  }

  take(which: 'changed' | 'all'): readonly StateRow[] {
    return [...this.detector.takeState(which), { key: TALLY_KEY, bytes: toBytes(this.tally) }]
  }

  restore(rows: readonly StateRow[], seq: number): void {
    const tally = rows.find(({ key }) => key === TALLY_KEY)
    if (tally?.bytes !== undefined) fromBytes(this.tally, tally.bytes)
    this.detector.restoreState(rows.filter((row) => row !== tally))
    this.seq = seq
  }
}

/**
 * Keeps the scorer in step with the log. What it knows is the fold over the stored events in the order of their sequence numbers,
 * whoever wrote them: what this process stores is folded in at once, what others stored is read before, and processes that have read
 * the same number know the same. A stored state saves reading the log from the beginning.
 */
export class Learner {
  readonly #ports: LearnerPorts
  #learned: Learned
  /** The newest sequence number that is known to exist. */
  #newest = 0
  #catchingUp: Promise<void> | undefined
  #lookedAtMs = Number.NEGATIVE_INFINITY
  /** What the stored state is the state of; undefined: nothing of ours is stored. */
  #savedSeq: number | undefined
  #saving: Promise<void> | undefined

  constructor(ports: LearnerPorts) {
    this.#ports = ports
    this.#learned = new Learned(ports.makeDetector())
  }

  get detector(): Detector {
    return this.#learned.detector
  }

  get seq(): number {
    return this.#learned.seq
  }

  alarms(tool?: string): AlarmCounts | undefined {
    const { tally } = this.#learned
    return tool === undefined ? tally.total : tally.ofTool(tool)
  }

  /**
   * Goes on from the stored state, or builds one from the log; then catches up. For a store that is open.
   * @throws whatever the store throws.
   */
  async start(): Promise<void> {
    const { store } = this.#ports
    const [newest] = await store.query({ limit: 1 })
    this.#newest = newest?.seq ?? 0
    if (!(await this.#restored(this.#newest))) {
      const since = this.lookback
      const [older] = await store.query({ until: since, limit: 1, order: 'oldest-first' })
      if (older !== undefined) await this.#buildFrom(since)
    }
    await this.catchUp()
  }

  /** The time from which on a state is built that has nothing to go on from; ISO 8601, UTC. */
  get lookback(): string {
    const { clock, lookbackDays } = this.#ports
    return new Date(clock.now() - lookbackDays * DAY_MS).toISOString()
  }

  /** Takes in what others wrote, if it was not looked for within the last second. A failing log is told, and what is known stays. */
  async refresh(): Promise<void> {
    if (this.#ports.clock.monotonicMs() - this.#lookedAtMs < REFRESH_MS) return
    try {
      await this.catchUp()
    } catch (error) {
      this.#ports.observers.fault('risk', `What other processes recorded could not be read: ${messageOf(error)}`)
    }
  }

  /** This process stored these entries, the last one under this sequence number. */
  stored(entries: readonly AuditEntry[], lastSeq: number): void {
    this.#newest = Math.max(this.#newest, lastSeq)
    const first = lastSeq - entries.length + 1
    const isNext = this.#catchingUp === undefined && first === this.#learned.seq + 1
    if (!isNext || entries.some(isRebuilt)) {
      // Another process was faster: its events come first. What can not be read now is read with the next call.
      void this.catchUp().catch(() => undefined)
      return
    }
    for (const [index, entry] of entries.entries())
      this.#fold(this.#learned, { event: entry, seq: first + index, lesson: this.#ports.review(entry) })
    this.#settle()
  }

  /**
   * Reads and folds in every event that is not yet, in order.
   * @throws whatever the store throws.
   */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#readOn().finally(() => {
      this.#catchingUp = undefined
    })
    return this.#catchingUp
  }

  /** Stores what was learned since it was last stored. Never throws: a state that is not stored is built from the log again. */
  async close(): Promise<void> {
    await this.#saving
    await this.#save()
  }

  /**
   * A state that is not the fold over the whole log must be the same in every process, so the log says from where it is built; whoever
   * reads that builds it.
   */
  async #buildFrom(since: string): Promise<void> {
    const before = this.#learned
    before.seq = this.#newest
    await this.#ports.noteRebuilt(since)
    await this.catchUp()
    // The log could not be written: then this process goes on alone.
    if (this.#learned === before) this.#learned = await this.#built(since, this.#newest)
  }

  async #readOn(): Promise<void> {
    const { store, clock } = this.#ports
    for (;;) {
      this.#lookedAtMs = clock.monotonicMs()
      const page = await store.query({ after: this.#learned.seq, order: 'oldest-first', limit: PAGE_EVENTS })
      for (const event of page) await this.#take(event)
      if (page.length < PAGE_EVENTS && this.#learned.seq >= this.#newest) break
      // What was announced is not there: the log was cut.
      if (page.length === 0) this.#newest = this.#learned.seq
    }
    this.#settle()
  }

  async #take(event: AuditEvent): Promise<void> {
    this.#newest = Math.max(this.#newest, event.seq)
    if (!isRebuilt(event)) return this.#fold(this.#learned, { event, seq: event.seq, lesson: event.lesson })
    this.#learned = await this.#built(String(event.details?.since), event.seq)
    this.#savedSeq = undefined
  }

  #fold(learned: Learned, { event, seq, lesson }: Told): void {
    try {
      learned.fold(event, seq, lesson)
    } catch (error) {
      const { observers } = this.#ports
      observers.fault('risk', `The scorer could not learn an event: ${messageOf(error)}`, event.callId)
    }
  }

  /** After events were folded in: says what is overdue, and stores the state when it is time. */
  #settle(): void {
    for (const moved of this.detector.takeOverdue()) this.#ports.announce(moved)
    if (this.#saving !== undefined || this.seq - (this.#savedSeq ?? 0) < SAVE_EVERY_EVENTS) return
    this.#saving = this.#save().finally(() => {
      this.#saving = undefined
    })
  }

  /** The fold over the events from a time on, up to a sequence number. */
  async #built(since: string, upTo: number): Promise<Learned> {
    const learned = new Learned(this.#ports.makeDetector())
    const before = upTo + 1
    for (;;) {
      const page = await this.#ports.store.query({
        ...{ since, before, after: learned.seq },
        ...{ order: 'oldest-first', limit: PAGE_EVENTS },
      })
      for (const event of page) this.#fold(learned, { event, seq: event.seq, lesson: event.lesson })
      if (page.length < PAGE_EVENTS) break
    }
    learned.seq = upTo
    learned.detector.takeOverdue()
    return learned
  }

  async #restored(newest: number): Promise<boolean> {
    const { store, observers, makeDetector } = this.#ports
    const state = await store.loadBaselines()
    if (state === undefined || state.make !== this.#learned.make || state.seq > newest) return false
    const learned = new Learned(makeDetector())
    try {
      learned.restore(state.rows, state.seq)
    } catch (error) {
      observers.fault('risk', `The stored baselines can not be used and are built anew: ${messageOf(error)}`)
      return false
    }
    this.#learned = learned
    this.#savedSeq = state.seq
    return true
  }

  async #save(): Promise<void> {
    const { store, observers } = this.#ports
    const learned = this.#learned
    const { seq, make } = learned
    if (seq === this.#savedSeq) return
    try {
      const since = this.#savedSeq
      const rows = learned.take(since === undefined ? 'all' : 'changed')
      const saved = await store.saveBaselines({ make, seq, since, rows })
      // What is stored is not what this is a change of: the next time everything is stored.
      this.#savedSeq = learned === this.#learned && saved !== 'other-base' ? seq : undefined
    } catch (error) {
      // What was taken as changed is not stored: the next time everything is.
      this.#savedSeq = undefined
      observers.fault('audit', `The baselines could not be stored: ${messageOf(error)}`)
    }
  }
}

const isRebuilt = ({ event, details }: AuditEntry): boolean =>
  event === 'baseline_changed' && details?.change === 'rebuilt'
