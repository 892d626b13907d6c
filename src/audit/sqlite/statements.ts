import { DECISION_EVENTS } from '../../domain/audit-event.ts'
import type { EventFilter } from '../filter.ts'
import { type Cell, COLUMNS } from './row.ts'
import { storableText } from './text.ts'

const SELECTED = ['seq', ...COLUMNS].join(', ')
/** What the chain adds to the cells of a row. */
const SEALED = [...COLUMNS, 'format', 'chain']

/** Takes `seq`, the cells of a row, and how it is sealed. */
export const INSERT_EVENT: string = `INSERT INTO events (seq, ${SEALED.join(', ')}) VALUES (?, ${SEALED.map(() => '?').join(', ')})`

/** Where the next event goes: the last number that was given out, and how the last event that is there is sealed. */
export const FIND_TIP = `SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'events'), chain, format
  FROM (SELECT 1) LEFT JOIN (SELECT chain, format FROM events ORDER BY seq DESC LIMIT 1)`

/** As `SELECT_SEALED`, the last two events, the last one first. */
export const SELECT_LAST_SEALED: string = `SELECT seq, ${SEALED.join(', ')} FROM events ORDER BY seq DESC LIMIT 2`

/** The first and the last event that are there, and the link of the last. */
export const FIND_ENDS = `SELECT (SELECT min(seq) FROM events), seq, chain FROM events ORDER BY seq DESC LIMIT 1`

export const FIND_LINK = 'SELECT chain FROM events WHERE seq = ?'

/** Whole rows with their seals, in the order of the chain: after one, up to another, so many. */
export const SELECT_SEALED_PAGE: string = `SELECT seq, ${SEALED.join(', ')} FROM events
  WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`
/** The last row up to a number. */
export const SELECT_SEALED_BEFORE: string = `SELECT seq, ${SEALED.join(', ')} FROM events
  WHERE seq <= ? ORDER BY seq DESC LIMIT 1`

/** The last number that was given out: it rises with every event that anybody adds. */
export const LAST_NUMBER = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"

export const FIND_FIRST = 'SELECT min(seq) FROM events'
/** The first event of a time or later, among those up to a number. */
export const FIND_FIRST_SINCE = 'SELECT seq FROM events WHERE time >= ? AND seq <= ? ORDER BY seq LIMIT 1'
export const COUNT_UP_TO = 'SELECT count(*) FROM events WHERE seq <= ?'
export const DELETE_UP_TO = 'DELETE FROM events WHERE seq <= ?'

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
