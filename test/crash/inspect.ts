import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import type { Verification } from '../../src/audit/verification.ts'
import { type AuditEvent, type AuditEventName, DECISION_EVENTS } from '../../src/domain/audit-event.ts'
import { orphanedCalls } from '../../src/orphans.ts'

/** What became of a log. */
export interface Inspected {
  readonly events: number
  /** Calls whose tool started without a decision in the log, or without the approval it needed. */
  readonly unrecorded: readonly string[]
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
    const { events, gaps, decided, approved } = await read(store)
    const unrecorded = [...started].filter((call) => !decided.has(call) || (needsApproval(call) && !approved.has(call)))
    const orphans = (await orphanedCalls(store)).length
    return { events, gaps, unrecorded, orphans, verification: await store.verify() }
  } finally {
    await store.close()
  }
}

const needsApproval = (call: string): boolean => Number(call.split('-').at(-1)) % 2 === 1

const PAGE_EVENTS = 10_000

async function read(store: AuditStore) {
  const decided = new Set<unknown>()
  const approved = new Set<unknown>()
  let [events, gaps, after] = [0, 0, 0]
  for (let page: readonly AuditEvent[] | undefined; page === undefined || page.length === PAGE_EVENTS; ) {
    page = await store.query({ after, order: 'oldest-first', limit: PAGE_EVENTS })
    for (const { seq, event, params } of page) {
      if (seq !== after + 1) gaps++
      after = seq
      if (isDecision(event)) decided.add(params?.call)
      if (event === 'approval_granted') approved.add(params?.call)
    }
    events += page.length
  }
  return { events, gaps, decided, approved }
}

const isDecision = (event: AuditEventName): boolean => (DECISION_EVENTS as readonly string[]).includes(event)
