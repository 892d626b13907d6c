import type { KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type BetterSqlite3 from 'better-sqlite3'
import { Chain } from '../chain.ts'
import type { Verification, VerifyOptions } from '../verification.ts'
import { readHead } from './head.ts'
import { type Driver, openForReading } from './open.ts'
import { endsOf, type Measure, walkSection } from './section.ts'
import { verified } from './sections.ts'
import { LAST_NUMBER } from './statements.ts'
import { threadsFor, walkInThreads } from './verify-threads.ts'
import type { Section } from './walk.ts'

export interface LogToVerify {
  /** Absolute. */
  readonly path: string
  readonly headPath: string
  readonly key: KeyObject | undefined
}

const STANDSTILL_MS = 250
const EMPTY = { first: 1, last: 0 }

/**
 * Looks at every event of a log that may be in use, over a connection of its own: a long one in several threads, a short one here, in
 * short pieces, so that the event loop is free between them.
 */
export async function verifyLog(Connection: Driver, log: LogToVerify, options: VerifyOptions): Promise<Verification> {
  // Before the log is opened: a head that is written meanwhile would be ahead of what is read.
  const heads = [readHead(log.headPath), ...(options.heads ?? [])].filter((head) => head !== undefined)
  const database = openForReading(Connection, { path: log.path, standstillMs: STANDSTILL_MS })
  try {
    // One state of the log, from the first row to the last: what is written or pruned meanwhile is not seen.
    database.exec('BEGIN')
    const lastNumber = database.prepare<[], number>(LAST_NUMBER).pluck().get() ?? 0
    const ends = endsOf(database) ?? EMPTY
    const measure = { key: log.key, heads }
    const sections =
      (await walkInThreads({ path: log.path, threads: threadsFor(ends), ...ends, ...measure }, options)) ??
      (await walkHere(database, measure, options))
    return verified(sections, { chain: new Chain(log.key), heads, lastNumber })
  } finally {
    database.close()
  }
}

async function walkHere(
  database: BetterSqlite3.Database,
  measure: Measure,
  { onProgress, signal }: VerifyOptions,
): Promise<readonly Section[]> {
  const { first, last } = endsOf(database) ?? EMPTY
  const of = last - first + 1
  const walking = walkSection(database, { after: first - 1, upTo: last }, measure)
  let events = 0
  for (let step = walking.next(); ; step = walking.next()) {
    if (step.done) {
      if (step.value.events !== events) onProgress?.({ events: step.value.events, of })
      return [step.value]
    }
    events += step.value
    onProgress?.({ events, of })
    await setImmediate()
    signal?.throwIfAborted()
  }
}
