import type BetterSqlite3 from 'better-sqlite3'
import { ACTIVITY_EVENTS, type SeqRange } from '../../domain/activity.ts'
import type {
  AnomalyFilter,
  AnomalyHead,
  AnomalySave,
  AnomalySaved,
  AnomalyState,
  AnomalyWanted,
} from '../../domain/anomaly.ts'
import type { StateRow } from '../../domain/baseline.ts'
import { isSameHead } from '../anomaly-save.ts'
import type { Cell } from './row.ts'
import { originalText, storableText } from './text.ts'

/** Agents of which something is remembered; of more, those that were not seen for the longest time are forgotten. */
const AGENTS_MAX = 10_000

/** `data` is the anomaly as JSON; the other columns are what it is asked for by. */
export const ANOMALY_TABLES = `
  CREATE TABLE anomaly_head (id INTEGER PRIMARY KEY CHECK (id = 1), make TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;
  CREATE TABLE anomaly_agents (agent TEXT PRIMARY KEY, seq INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE INDEX anomaly_agents_by_seq ON anomaly_agents (seq);
  CREATE TABLE anomalies (
    id TEXT PRIMARY KEY,
    condition TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    status TEXT NOT NULL,
    type TEXT NOT NULL,
    severity TEXT NOT NULL,
    agent TEXT,
    last_seen TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX anomalies_by_condition ON anomalies (condition, first_seq);
  CREATE INDEX anomalies_by_time ON anomalies (last_seen);
  CREATE INDEX anomalies_by_status ON anomalies (status, last_seen);
`

const OF_RANGE = `seq > ? AND seq <= ? AND agent IS NOT NULL
  AND event IN (${ACTIVITY_EVENTS.map((event) => `'${event}'`).join(', ')})`

/** As one text: lists of lists of short texts take far longer on their way from SQLite, and from a thread. */
const SELECT_ACTIVITY = `SELECT json_group_array(json_array(seq, time, event, agent, principal, enforced))
  FROM events WHERE ${OF_RANGE}`

/** The cells of an anomaly, in the order of the columns. */
export type AnomalyRow = readonly Cell[]

/** As `AnomalyState`, each anomaly as JSON. */
export type StoredAnomalies = Omit<AnomalyState, 'anomalies'> & { readonly anomalies: readonly string[] }
export type AnomalyRows = Omit<AnomalySave, 'anomalies'> & { readonly anomalies: readonly AnomalyRow[] }
export interface FoundAnomalies {
  readonly anomalies: readonly string[]
  readonly total: number
}

interface StoredHistory {
  readonly key: string
  readonly bytes: Uint8Array
}

/** What was looked through, what is remembered of agents, and the anomalies, beside the events. */
export class AnomalyTables {
  readonly #selectActivity: BetterSqlite3.Statement<[number, number], string>
  readonly #selectHead: BetterSqlite3.Statement<[], AnomalyHead>
  readonly #replaceHead: BetterSqlite3.Statement<[string, number]>
  readonly #selectAgents: BetterSqlite3.Statement<[string], StoredHistory>
  readonly #replaceAgent: BetterSqlite3.Statement<[string, number, Uint8Array]>
  readonly #deleteAgents: BetterSqlite3.Statement<[]>
  readonly #forgetAgents: BetterSqlite3.Statement<[number]>
  readonly #selectAnomalies: BetterSqlite3.Statement<[string, string], string>
  readonly #replaceAnomaly: BetterSqlite3.Statement<Cell[]>
  readonly #database: BetterSqlite3.Database
  readonly #loadAll: BetterSqlite3.Transaction<(wanted: AnomalyWanted) => StoredAnomalies>
  readonly #saveAll: BetterSqlite3.Transaction<(save: AnomalyRows) => AnomalySaved>
  readonly #listAll: BetterSqlite3.Transaction<(filter: AnomalyFilter) => FoundAnomalies>

  constructor(database: BetterSqlite3.Database) {
    this.#database = database
    this.#selectActivity = database.prepare<[number, number], string>(SELECT_ACTIVITY).pluck()
    this.#selectHead = database.prepare('SELECT make, seq FROM anomaly_head')
    this.#replaceHead = database.prepare('INSERT OR REPLACE INTO anomaly_head (id, make, seq) VALUES (1, ?, ?)')
    this.#selectAgents = database.prepare(
      'SELECT agent AS key, bytes FROM anomaly_agents WHERE agent IN (SELECT value FROM json_each(?))',
    )
    this.#replaceAgent = database.prepare('INSERT OR REPLACE INTO anomaly_agents (agent, seq, bytes) VALUES (?, ?, ?)')
    this.#deleteAgents = database.prepare('DELETE FROM anomaly_agents')
    this.#forgetAgents = database.prepare(
      'DELETE FROM anomaly_agents WHERE agent IN (SELECT agent FROM anomaly_agents ORDER BY seq DESC LIMIT -1 OFFSET ?)',
    )
    this.#selectAnomalies = database
      .prepare<[string, string], string>(
        `SELECT data FROM anomalies WHERE id IN (SELECT value FROM json_each(?))
         UNION SELECT (SELECT data FROM anomalies WHERE condition = asked.value ORDER BY first_seq DESC LIMIT 1) AS newest
           FROM json_each(?) AS asked WHERE newest IS NOT NULL`,
      )
      .pluck()
    this.#replaceAnomaly = database.prepare(
      `INSERT OR REPLACE INTO anomalies (id, condition, first_seq, status, type, severity, agent, last_seen, data)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#loadAll = database.transaction((wanted) => this.#load(wanted))
    this.#saveAll = database.transaction((save) => this.#save(save))
    this.#listAll = database.transaction((filter) => this.#found(filter))
  }

  /** JSON: for each event its number, time, event, agent, principal, and 1 when it is enforced. */
  activity({ after, upTo }: SeqRange): string {
    return this.#selectActivity.get(after, upTo) ?? '[]'
  }

  load(wanted: AnomalyWanted): StoredAnomalies {
    return this.#loadAll(wanted)
  }

  save(save: AnomalyRows): AnomalySaved {
    return this.#saveAll.immediate(save)
  }

  list(filter: AnomalyFilter): FoundAnomalies {
    return this.#listAll(filter)
  }

  #load({ agents, conditions, ids }: AnomalyWanted): StoredAnomalies {
    return {
      head: this.#selectHead.get(),
      agents: agents.length === 0 ? [] : this.#histories(agents),
      anomalies:
        conditions.length + ids.length === 0
          ? []
          : this.#selectAnomalies.all(JSON.stringify(ids), JSON.stringify(conditions)),
    }
  }

  #histories(agents: readonly string[]): readonly StateRow[] {
    const rows = this.#selectAgents.all(JSON.stringify(agents.map(storableText)))
    return rows.map(({ key, bytes }) => ({ key: originalText(key), bytes }))
  }

  #save({ from, head, agents, which, anomalies }: AnomalyRows): AnomalySaved {
    if (!isSameHead(this.#selectHead.get(), from)) return 'moved'
    if (which === 'all') this.#deleteAgents.run()
    for (const { key, bytes } of agents)
      if (bytes !== undefined) this.#replaceAgent.run(storableText(key), head.seq, bytes)
    this.#forgetAgents.run(AGENTS_MAX)
    for (const row of anomalies) this.#replaceAnomaly.run(...row)
    this.#replaceHead.run(head.make, head.seq)
    return 'saved'
  }

  #found(filter: AnomalyFilter): FoundAnomalies {
    const { where, cells } = conditionsOf(filter)
    const list = `SELECT data FROM anomalies${where} ORDER BY last_seen DESC, first_seq DESC LIMIT ?`
    const count = `SELECT count(*) FROM anomalies${where}`
    return {
      anomalies: this.#database
        .prepare<Cell[], string>(list)
        .pluck()
        .all(...cells, filter.limit),
      total:
        this.#database
          .prepare<Cell[], number>(count)
          .pluck()
          .get(...cells) ?? 0,
    }
  }
}

function conditionsOf({ status, type, severity, agentId, since }: AnomalyFilter): {
  readonly where: string
  readonly cells: readonly string[]
} {
  const agent = agentId === undefined ? undefined : storableText(agentId)
  const all = { 'status = ?': status, 'type = ?': type, 'severity = ?': severity, 'agent = ?': agent }
  const given = Object.entries({ ...all, 'last_seen >= ?': since }).filter(
    (condition): condition is [string, string] => condition[1] !== undefined,
  )
  const where = given.length === 0 ? '' : ` WHERE ${given.map(([sql]) => sql).join(' AND ')}`
  return { where, cells: given.map(([, cell]) => cell) }
}
