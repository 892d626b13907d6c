import { DECISION_EVENTS } from '../../domain/audit-event.ts'
import type { EventFilter } from '../filter.ts'
import { type Cell, COLUMNS } from './row.ts'
import { storableText } from './text.ts'

const SELECTED = ['seq', ...COLUMNS].join(', ')

export const INSERT_EVENT: string = `INSERT INTO events (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`

/** The decisions on a call, seldom more than one. Not sorted: with `ORDER BY`, SQLite takes ten times as long to find that there are none. */
export const FIND_DECISIONS: string = `SELECT ${SELECTED} FROM events
  WHERE call_id = ? AND event IN (${DECISION_EVENTS.map((event) => `'${event}'`).join(', ')})`

export interface Select {
  readonly sql: string
  readonly cells: readonly Cell[]
}

type Condition = readonly [sql: string, cell: Cell | undefined]

/** The query for a filter. Its text depends only on which conditions there are, so that few statements serve all filters. */
export function selectEvents(filter: EventFilter): Select {
  const given = conditionsOf(filter).filter(
    (condition): condition is readonly [string, Cell] => condition[1] !== undefined,
  )
  const where = given.length === 0 ? '' : ` WHERE ${given.map(([sql]) => sql).join(' AND ')}`
  const direction = filter.order === 'newest-first' ? 'DESC' : 'ASC'
  return {
    sql: `SELECT ${SELECTED} FROM events${where} ORDER BY seq ${direction} LIMIT ?`,
    cells: [...given.map(([, cell]) => cell), filter.limit],
  }
}

const conditionsOf = (filter: EventFilter): readonly Condition[] => [
  ['call_id = ?', storable(filter.callId)],
  ['id = ?', filter.id],
  ['tool = ?', storable(filter.tool)],
  ['agent = ?', storable(filter.agentId)],
  ['event IN (SELECT value FROM json_each(?))', filter.events && JSON.stringify(filter.events)],
  ['time >= ?', filter.since],
  ['time < ?', filter.until],
  ['risk >= ?', filter.minRisk],
  ['seq < ?', filter.before],
  ['seq > ?', filter.after],
]

const storable = (text: string | undefined): string | undefined => (text === undefined ? undefined : storableText(text))
