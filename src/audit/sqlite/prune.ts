import type BetterSqlite3 from 'better-sqlite3'
import { type AuditEntry, BLANK_ENTRY } from '../../domain/audit-event.ts'
import type { Appender } from './appender.ts'
import { rowOf } from './row.ts'
import { whileDeletable } from './schema.ts'
import { COUNT_UP_TO, DELETE_UP_TO, FIND_FIRST, FIND_FIRST_SINCE, FIND_LINK } from './statements.ts'

/** Events in one step: few enough that writers do not wait long. */
const STEP_EVENTS = 5_000

/** Plain data, so that it can cross to another thread. */
export interface PruneStep {
  /** As in `AuditEntry.time`. Events of this time or later stay, and all after them. */
  readonly before: string
  /** No event after this one is taken. */
  readonly upTo: number
  /** What the `pruned` event is called, when it is, and why. */
  readonly about: Pick<AuditEntry, 'id' | 'time' | 'note'>
}

export interface StepResult {
  readonly events: number
  /** Of the first event that is left. */
  readonly firstSeq: number | undefined
}

/** What a `pruned` event holds as its parameters. */
export interface PrunedRange {
  readonly before: string
  /** First and last event that were taken out, and how many there were. */
  readonly from: number
  readonly upTo: number
  readonly events: number
  /** The link of the last of them, which the first event that is left follows; null when it had none. */
  readonly digest: string | null
}

/** Takes out the oldest events and tells of it at the end of the chain, inside a writing transaction. */
export function pruneStep(database: BetterSqlite3.Database, appender: Appender, step: PruneStep): StepResult {
  const range = rangeOf(database, step)
  if (range === undefined) return { events: 0, firstSeq: firstSeqOf(database) }
  appender.add(rowOf({ ...BLANK_ENTRY, ...step.about, event: 'pruned', params: { ...range } }))
  // What is deleted is overwritten: it was pruned to be gone.
  database.pragma('secure_delete = ON')
  whileDeletable(database, () => database.prepare(DELETE_UP_TO).run(range.upTo))
  return { events: range.events, firstSeq: firstSeqOf(database) }
}

/** The events to take; undefined when there are none. */
function rangeOf(database: BetterSqlite3.Database, { before, upTo }: PruneStep): PrunedRange | undefined {
  const from = firstSeqOf(database)
  if (from === undefined) return undefined
  const end = Math.min(from + STEP_EVENTS - 1, upTo)
  const kept = numberFrom(database, FIND_FIRST_SINCE, [before, end])
  const last = kept === undefined ? end : kept - 1
  const events = numberFrom(database, COUNT_UP_TO, [last]) ?? 0
  if (events === 0) return undefined
  const link = database.prepare<number[], Uint8Array | null>(FIND_LINK).pluck().get(last)
  return { before, from, upTo: last, events, digest: link ? Buffer.from(link).toString('hex') : null }
}

const firstSeqOf = (database: BetterSqlite3.Database): number | undefined => numberFrom(database, FIND_FIRST, [])

const numberFrom = (
  database: BetterSqlite3.Database,
  sql: string,
  cells: readonly (string | number)[],
): number | undefined =>
  database
    .prepare<unknown[], number | null>(sql)
    .pluck()
    .get(...cells) ?? undefined
