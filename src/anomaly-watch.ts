import { LOOK_VERSION, Look } from './anomalies/look.ts'
import { TELLING_EVENTS } from './anomalies/steps.ts'
import type { AuditStore } from './audit/store.ts'
import type { Activity } from './domain/activity.ts'
import type { AnomalyHead, AnomalyState, AnomalyWanted } from './domain/anomaly.ts'
import type { AuditEvent } from './domain/audit-event.ts'
import type { EpochMs } from './domain/units.ts'
import { SentinelAuditUnavailableError } from './errors.ts'
import type { Clock } from './support/clock.ts'
import { hourReader } from './support/hours.ts'

const DAY_MS = 86_400_000
/** Events that are read at once: so many stop nothing else for long. */
const RANGE_EVENTS = 10_000
/** Of these, the ones that are read whole. */
const PAGE_EVENTS = 1_000
/** What a look holds in memory before it is stored, in agents and anomalies. */
const HELD_MAX = 5_000
/** A guard looks whenever so many events are new, so that whoever asks does not wait for a long log to be read. */
const LOOK_EVERY_EVENTS = 20_000
/** Looks that others were faster than, before it is given up. */
const TRIES_MAX = 20

export interface WatchPorts {
  readonly store: AuditStore
  readonly clock: Clock
  /** For the hours of the day; undefined: as whoever looked before, or UTC. */
  readonly timeZone: string | undefined
  /** Older events are learned from, and are no news. */
  readonly lookbackDays: number
}

/** Someone else looked through the log meanwhile: what was made of the old state is of no use. */
class Moved extends Error {}

/** A look under way. */
interface Run {
  readonly make: string
  /** What is stored; moves on with each save. */
  head: AnomalyHead | undefined
  /** Whether the next save leaves no history but its own. */
  which: 'changed' | 'all'
  look: Look
}

interface Read {
  readonly seq: number
  readonly activities: readonly Activity[]
  readonly events: readonly AuditEvent[]
}

/**
 * Looks through what was added to the log, and stores what it found. Anomalies are a fold over the log: it does not matter who looks,
 * how often, or how many processes at once. A look is stored only if no other one was stored since it began.
 */
export class AnomalyWatch {
  readonly #ports: WatchPorts
  #looking: Promise<void> | undefined
  #lookedUpTo = 0

  constructor(ports: WatchPorts) {
    this.#ports = ports
  }

  /**
   * Looks through every event that was stored before the call.
   * @throws whatever the store throws.
   */
  async catchUp(): Promise<void> {
    // A look that is under way may have passed the end of the log already.
    await this.#looking?.catch(() => undefined)
    this.#looking ??= this.#lookUntilDone().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /**
   * Takes note that the log reaches as far as this event; looks when it is time. A look that fails is for the next one to find out:
   * nobody waits for this one.
   */
  noted(seq: number): void {
    if (seq - this.#lookedUpTo < LOOK_EVERY_EVENTS || this.#looking !== undefined) return
    this.#lookedUpTo = seq
    void this.catchUp().catch(() => undefined)
  }

  async #lookUntilDone(): Promise<void> {
    const { store } = this.#ports
    const [newest] = await store.query({ limit: 1 })
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { head } = await store.loadAnomalies(NOTHING)
      const target = Math.max(newest?.seq ?? 0, head?.seq ?? 0)
      this.#lookedUpTo = target
      try {
        return await this.#look(head, target)
      } catch (error) {
        if (!(error instanceof Moved)) throw error
      }
    }
    throw new SentinelAuditUnavailableError(
      `${TRIES_MAX} looks through the audit log for anomalies were each overtaken by another process; try again.`,
    )
  }

  async #look(head: AnomalyHead | undefined, target: number): Promise<void> {
    const timeZone = this.#ports.timeZone ?? head?.make.split(' ')[1] ?? 'UTC'
    const make = `${LOOK_VERSION} ${timeZone}`
    // Histories of another make are made again from the beginning of the log; what was found stays.
    const isRemade = head !== undefined && head.make !== make
    const begun = head?.seq ?? 0
    const newLook = (): Look => this.#newLook(timeZone, begun)
    const run: Run = { make, head, which: isRemade ? 'all' : 'changed', look: newLook() }
    for await (const read of this.#ranges(isRemade ? 0 : begun, target)) {
      await this.#take(run, read)
      const isFull = run.look.size > HELD_MAX
      if (read.seq < target && (!isFull || read.seq <= begun)) continue
      await this.#save(run, read.seq)
      if (isFull) run.look = newLook()
    }
  }

  #newLook(timeZone: string, judgedUpTo: number): Look {
    const now = this.#ports.clock.now()
    const judgedSince = (now - this.#ports.lookbackDays * DAY_MS) as EpochMs
    return new Look({ hourOf: hourReader(timeZone), now, judgedUpTo, judgedSince })
  }

  /** The next range is read while one is worked on. */
  async *#ranges(begun: number, target: number): AsyncGenerator<Read> {
    const readFrom = (after: number): Promise<Read> | undefined =>
      after < target ? this.#read(after, Math.min(target, after + RANGE_EVENTS)) : undefined
    let next = readFrom(begun)
    while (next !== undefined) {
      const read = await next
      next = readFrom(read.seq)
      // Who leaves early must not leave a rejection behind.
      next?.catch(() => undefined)
      yield read
    }
  }

  async #read(after: number, upTo: number): Promise<Read> {
    const activities = await this.#ports.store.activity({ after, upTo })
    const events: AuditEvent[] = []
    for (;;) {
      const from = events.at(-1)?.seq ?? after
      const about = { event: TELLING_EVENTS, after: from, before: upTo + 1, limit: PAGE_EVENTS }
      const page = await this.#ports.store.query({ ...about, order: 'oldest-first' })
      events.push(...page)
      if (page.length < PAGE_EVENTS) return { seq: upTo, activities, events }
    }
  }

  async #take(run: Run, { activities, events }: Read): Promise<void> {
    const { look } = run
    const agents = look.agentsWanted(activities)
    if (agents.length > 0) look.takeAgents(agents, await this.#histories(run, agents))
    const steps = look.read(activities, events)
    const wanted = look.anomaliesWanted(steps)
    if (wanted.conditions.length + wanted.ids.length > 0)
      look.takeAnomalies(wanted, (await this.#load(run, { ...NOTHING, ...wanted })).anomalies)
    look.apply(steps)
  }

  /** Where histories are made again, what is stored of them is of no use. */
  async #histories(run: Run, agents: readonly string[]): Promise<AnomalyState['agents']> {
    if (run.which === 'all') return []
    return (await this.#load(run, { ...NOTHING, agents })).agents
  }

  async #load(run: Run, wanted: AnomalyWanted): Promise<AnomalyState> {
    const state = await this.#ports.store.loadAnomalies(wanted)
    if (state.head?.seq !== run.head?.seq || state.head?.make !== run.head?.make) throw new Moved()
    return state
  }

  async #save(run: Run, seq: number): Promise<void> {
    const head = { make: run.make, seq }
    const { look, head: from, which } = run
    const saved = await this.#ports.store.saveAnomalies({ from, head, which, ...look.takeChanges() })
    if (saved === 'moved') throw new Moved()
    run.head = head
    run.which = 'changed'
  }
}

const NOTHING: AnomalyWanted = { agents: [], conditions: [], ids: [] }
