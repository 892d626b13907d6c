import type { KeyObject } from 'node:crypto'
import type BetterSqlite3 from 'better-sqlite3'
import { Chain } from '../chain.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { FIND_ENDS, SELECT_SEALED_BEFORE, SELECT_SEALED_PAGE } from './statements.ts'
import { ChainWalk, type SealedRow, type Section } from './walk.ts'

/** Some milliseconds of work. */
const PAGE_ROWS = 500

/** The first and the last sequence number in a log. */
export interface Ends {
  readonly first: number
  readonly last: number
}

/** A part of a log, by sequence numbers. */
export interface Range {
  /** The last number before it; 0 at the beginning. */
  readonly after: number
  readonly upTo: number
}

/** So many parts of about one size, in order. */
export function rangesOf({ first, last }: Ends, parts: number): readonly Range[] {
  const borders = Array.from(
    { length: parts + 1 },
    (_, part) => first - 1 + Math.floor(((last - first + 1) * part) / parts),
  )
  return borders.slice(1).map((upTo, part) => ({ after: borders[part] ?? 0, upTo }))
}

/** What the events are held against. Plain data, so that it can cross to another thread. */
export interface Measure {
  readonly key: KeyObject | undefined
  readonly heads: readonly Checkpoint[]
}

/** Undefined when the log is empty. */
export function endsOf(database: BetterSqlite3.Database): Ends | undefined {
  const [first, last] = database.prepare<[], [number, number]>(FIND_ENDS).raw().get() ?? []
  return first === undefined || last === undefined ? undefined : { first, last }
}

/**
 * Follows a part of the chain, from the link that is stored of the event before it. Yields after each page how many events were seen
 * with it.
 */
export function* walkSection(
  database: BetterSqlite3.Database,
  { after, upTo }: Range,
  { key, heads }: Measure,
): Generator<number, Section> {
  const page = database.prepare<[number, number, number], SealedRow>(SELECT_SEALED_PAGE).raw()
  const before = database.prepare<[number], SealedRow>(SELECT_SEALED_BEFORE).raw().get(after)
  const walk = new ChainWalk(new Chain(key), heads, before)
  for (let rows = page.all(after, upTo, PAGE_ROWS); rows.length > 0; ) {
    if (!rows.every((row) => walk.take(row))) break
    yield rows.length
    rows = page.all(Number(rows.at(-1)?.[0]), upTo, PAGE_ROWS)
  }
  return walk.section
}
