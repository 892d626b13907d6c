import type { Activity } from '../domain/activity.ts'
import type { AnomalyWanted, KeptAnomaly } from '../domain/anomaly.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { StateRow } from '../domain/baseline.ts'
import type { EpochMs } from '../domain/units.ts'
import { fromBytes, toBytes } from '../support/archive.ts'
import type { HourOf } from '../support/hours.ts'
import { Lru } from '../support/lru.ts'
import { AgentHistory } from './agent.ts'
import { EventTimes } from './event-time.ts'
import { agentFinding } from './finding.ts'
import { answered, found } from './lifecycle.ts'
import { type Step, stepOfEvent, stepOfFinding } from './steps.ts'

/** Raised whenever the histories of the same events would be others. */
export const LOOK_VERSION = 1
/** More than are ever handed in between two savings; where all histories are made again, those seen last stay. */
const HISTORIES_MAX = 30_000

export interface LookOptions {
  readonly hourOf: HourOf
  /** No event counts as later than this, however its clock was set. */
  readonly now: EpochMs
  /** What was found in events up to this one is known already: they only make the histories again. */
  readonly judgedUpTo: number
  /** Older events make the histories, and are no news. */
  readonly judgedSince: EpochMs
}

/**
 * Looks through the log once, in the order of sequence numbers: a fold of events into the histories of agents and into anomalies. It
 * is handed what was stored of those that it meets, and what it made of them is to be stored.
 */
export class Look {
  readonly #options: LookOptions
  readonly #times = new EventTimes()
  readonly #agents = new Lru<string, AgentHistory>(HISTORIES_MAX)
  readonly #touchedAgents = new Set<string>()
  readonly #byId = new Map<string, KeptAnomaly>()
  /** Id of the newest anomaly of each condition that was asked for; undefined where there is none. */
  readonly #newest = new Map<string, string | undefined>()
  readonly #touched = new Set<string>()

  constructor(options: LookOptions) {
    this.#options = options
  }

  /** How many agents and anomalies it holds. */
  get size(): number {
    return this.#agents.size + this.#byId.size
  }

  /** Agents of these events whose history is to be handed in. */
  agentsWanted(activities: readonly Activity[]): readonly string[] {
    const ids = new Set(activities.map(({ agentId }) => agentId))
    return [...ids].filter((id) => this.#agents.peek(id) === undefined)
  }

  /** Takes in what was stored of agents that were wanted. A history that can not be read begins anew. */
  takeAgents(wanted: readonly string[], rows: readonly StateRow[]): void {
    const stored = new Map(rows.map(({ key, bytes }) => [key, bytes]))
    for (const id of wanted) this.#agents.set(id, this.#restored(stored.get(id)))
  }

  /** Reads events of one range; answers with what they do to anomalies, in order. Needs the agents' histories. */
  read(activities: readonly Activity[], events: readonly AuditEvent[]): readonly Step[] {
    const { judgedUpTo, judgedSince } = this.#options
    const steps: (readonly [seq: number, step: Step])[] = []
    for (const activity of activities) {
      const at = Math.min(this.#times.read(activity.time), this.#options.now)
      if (Number.isNaN(at)) continue
      const facts = this.#historyOf(activity.agentId).take(activity, at)
      if (activity.seq <= judgedUpTo || at < judgedSince) continue
      for (const each of facts) steps.push([activity.seq, stepOfFinding(agentFinding(each, activity))])
    }
    for (const event of events) {
      const step = event.seq <= judgedUpTo ? undefined : stepOfEvent(event)
      const isNews = step?.kind === 'answered' || Date.parse(event.time) >= judgedSince
      if (step !== undefined && isNews) steps.push([event.seq, step])
    }
    return steps.sort(([one], [other]) => one - other).map(([, step]) => step)
  }

  /** Anomalies that these steps are about and that are to be handed in. */
  anomaliesWanted(steps: readonly Step[]): Pick<AnomalyWanted, 'conditions' | 'ids'> {
    const conditions = new Set(steps.map(({ condition }) => condition).filter((each) => each !== undefined))
    const ids = new Set(steps.filter((step) => step.kind === 'answered').map(({ id }) => id))
    return {
      conditions: [...conditions].filter((each) => !this.#newest.has(each)),
      ids: [...ids].filter((id) => !this.#byId.has(id)),
    }
  }

  /** Takes in what was stored of anomalies that were wanted. */
  takeAnomalies({ conditions }: Pick<AnomalyWanted, 'conditions'>, stored: readonly KeptAnomaly[]): void {
    for (const kept of stored) if (!this.#byId.has(kept.anomaly.id)) this.#byId.set(kept.anomaly.id, kept)
    for (const condition of conditions) {
      const own = stored.filter((kept) => kept.condition === condition)
      const newest = own.reduce<KeptAnomaly | undefined>(
        (one, other) => (one === undefined || other.firstSeq > one.firstSeq ? other : one),
        undefined,
      )
      this.#newest.set(condition, newest?.anomaly.id)
    }
  }

  apply(steps: readonly Step[]): void {
    for (const step of steps) {
      const before = this.#before(step)
      if (step.kind === 'found') this.#put(found(before, step.finding))
      else if (before !== undefined) this.#put(answered(before, step.answer))
    }
  }

  /** What changed since the last time. */
  takeChanges(): { readonly agents: readonly StateRow[]; readonly anomalies: readonly KeptAnomaly[] } {
    const agents = [...this.#agents]
      .filter(([key]) => this.#touchedAgents.has(key))
      .map(([key, history]) => ({ key, bytes: toBytes(history) }))
    const anomalies = [...this.#touched].map((id) => this.#byId.get(id)).filter((kept) => kept !== undefined)
    this.#touchedAgents.clear()
    this.#touched.clear()
    return { agents, anomalies }
  }

  #before(step: Step): KeptAnomaly | undefined {
    const { condition } = step
    const named = step.kind === 'answered' ? this.#byId.get(step.id) : undefined
    const newest = condition === undefined ? undefined : this.#newest.get(condition)
    return named ?? (newest === undefined ? undefined : this.#byId.get(newest))
  }

  #put(kept: KeptAnomaly | undefined): void {
    if (kept === undefined) return
    const { id } = kept.anomaly
    if (!this.#byId.has(id)) this.#newest.set(kept.condition, id)
    this.#byId.set(id, kept)
    this.#touched.add(id)
  }

  #historyOf(agentId: string): AgentHistory {
    this.#touchedAgents.add(agentId)
    return this.#agents.getOrMake(agentId, () => new AgentHistory(this.#options.hourOf))
  }

  #restored(bytes: Uint8Array | undefined): AgentHistory {
    const { hourOf } = this.#options
    if (bytes === undefined) return new AgentHistory(hourOf)
    try {
      return fromBytes(new AgentHistory(hourOf), bytes)
    } catch {
      return new AgentHistory(hourOf)
    }
  }
}
