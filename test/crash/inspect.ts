import BetterSqlite3 from 'better-sqlite3'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import type { Verification } from '../../src/audit/verification.ts'
import { type AuditEvent, type AuditEventName, DECISION_EVENTS } from '../../src/domain/audit-event.ts'
import type { CallId } from '../../src/domain/units.ts'
import { orphanedCalls } from '../../src/orphans.ts'

/** What became of a log. */
export interface Inspected {
  readonly events: number
  /** Calls whose tool started without a decision in the log, or without the approval it needed. */
  readonly unrecorded: readonly string[]
  /** Calls under a limit over time whose tool started, and that are not counted. */
  readonly uncounted: readonly string[]
  /** Sequence numbers that are not one after the other. */
  readonly gaps: number
  /** Calls that may have run and have no end, not even an unknown one. */
  readonly orphans: number
  readonly verification: Verification
}

/** Opens a log as a guard would and holds it against the calls whose tool started. */
export async function inspect(path: string, started: Iterable<string>): Promise<Inspected> {
  const store = createSqliteStore({ path, writer: 'inline' })
  try {
    const calls = [...started]
    const { events, gaps, decided, approved } = await read(store)
    const unrecorded = calls.filter((call) => !decided.has(call) || (needsApproval(call) && !approved.has(call)))
    const counted = countedIn(path)
    const uncounted = calls.filter((call) => isLimited(call) && !counted.has(decided.get(call)))
    const orphans = (await orphanedCalls(store)).length
    return { events, gaps, unrecorded, uncounted, orphans, verification: await store.verify() }
  } finally {
    await store.close()
  }
}

const kindOf = (call: string): number => Number(call.split('-').at(-1)) % 3
const needsApproval = (call: string): boolean => kindOf(call) === 1
export const isLimited = (call: string): boolean => kindOf(call) === 2

/** The ids of the calls that are counted. */
function countedIn(path: string): ReadonlySet<unknown> {
  const database = new BetterSqlite3(path, { readonly: true })
  const counted = new Set(database.prepare('SELECT call_id FROM window_calls').pluck().all())
  database.close()
  return counted
}

const PAGE_EVENTS = 10_000

async function read(store: AuditStore) {
  const decided = new Map<unknown, CallId | undefined>()
  const approved = new Set<unknown>()
  let [events, gaps, after] = [0, 0, 0]
  for (let page: readonly AuditEvent[] | undefined; page === undefined || page.length === PAGE_EVENTS; ) {
    page = await store.query({ after, order: 'oldest-first', limit: PAGE_EVENTS })
    for (const { seq, event, params, callId } of page) {
      if (seq !== after + 1) gaps++
      after = seq
      if (isDecision(event)) decided.set(params?.call, callId)
      if (event === 'approval_granted') approved.add(params?.call)
    }
    events += page.length
  }
  return { events, gaps, decided, approved }
}

const isDecision = (event: AuditEventName): boolean => (DECISION_EVENTS as readonly string[]).includes(event)
