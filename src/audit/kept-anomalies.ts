import type {
  AnomalyFilter,
  AnomalyHead,
  AnomalySave,
  AnomalySaved,
  AnomalyState,
  AnomalyWanted,
  KeptAnomaly,
} from '../domain/anomaly.ts'
import { Lru } from '../support/lru.ts'
import { isSameHead } from './anomaly-save.ts'
import type { ListedAnomalies } from './store.ts'

/** Agents of which something is remembered; of more, those that were not seen for the longest time are forgotten. */
const AGENTS_MAX = 10_000
/** Anomalies that are kept, and conditions whose newest one is known; of more, those that were not used for the longest time go. */
const ANOMALIES_MAX = 100_000

/** What was looked through, what is remembered of agents, and the anomalies, for a store in memory. */
export class KeptAnomalies {
  #head: AnomalyHead | undefined
  #agents = new Lru<string, Uint8Array>(AGENTS_MAX)
  readonly #byId = new Lru<string, KeptAnomaly>(ANOMALIES_MAX)
  readonly #newest = new Lru<string, KeptAnomaly>(ANOMALIES_MAX)

  load({ agents, conditions, ids }: AnomalyWanted): AnomalyState {
    const found = [...ids.map((id) => this.#byId.get(id)), ...conditions.map((each) => this.#newest.get(each))]
    return {
      head: this.#head,
      agents: agents.map((key) => ({ key, bytes: this.#agents.get(key) })).filter(({ bytes }) => bytes !== undefined),
      anomalies: [...new Set(found.filter((kept) => kept !== undefined))],
    }
  }

  save({ from, head, agents, which, anomalies }: AnomalySave): AnomalySaved {
    if (!isSameHead(this.#head, from)) return 'moved'
    if (which === 'all') this.#agents = new Lru(AGENTS_MAX)
    for (const { key, bytes } of agents) if (bytes !== undefined) this.#agents.set(key, bytes)
    for (const kept of anomalies) this.#keep(kept)
    this.#head = head
    return 'saved'
  }

  list(filter: AnomalyFilter): ListedAnomalies {
    const found = [...this.#byId]
      .map(([, kept]) => kept)
      .filter(({ anomaly }) => matches(anomaly, filter))
      .sort(latestFirst)
    return { anomalies: found.slice(0, filter.limit), total: found.length }
  }

  #keep(kept: KeptAnomaly): void {
    this.#byId.set(kept.anomaly.id, kept)
    const newest = this.#newest.get(kept.condition)
    if (newest === undefined || newest.firstSeq <= kept.firstSeq) this.#newest.set(kept.condition, kept)
  }
}

const matches = (anomaly: KeptAnomaly['anomaly'], { status, type, severity, agentId, since }: AnomalyFilter): boolean =>
  (status === undefined || anomaly.status === status) &&
  (type === undefined || anomaly.type === type) &&
  (severity === undefined || anomaly.severity === severity) &&
  (agentId === undefined || anomaly.agentId === agentId) &&
  (since === undefined || anomaly.lastSeenAt >= since)

function latestFirst(one: KeptAnomaly, other: KeptAnomaly): number {
  const [a, b] = [one.anomaly.lastSeenAt, other.anomaly.lastSeenAt]
  return a === b ? other.firstSeq - one.firstSeq : a < b ? 1 : -1
}
