import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditStore } from '../../../src/audit/store.ts'
import type { ApprovalId, Digest } from '../../../src/domain/units.ts'
import { DAY_MS } from '../../approval/requests.ts'
import { Approving } from '../../contract/approving.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

const DAYS_KEPT = 90

let place: SqlitePlace
let store: AuditStore
/** What was prepared, which SQLite can say how it would run. */
let prepared: string[]
beforeEach(() => {
  place = sqlitePlace()
  prepared = []
  class Watched extends BetterSqlite3 {
    override prepare(sql: string): never {
      prepared.push(sql)
      return super.prepare(sql) as never
    }
  }
  store = place.open({}, Watched as unknown as typeof BetterSqlite3)
})
afterEach(async () => {
  await store.close()
  place.remove()
})

const approving = (): Approving => new Approving(store, place.clock)
const digestOf = (index: number): Digest => index.toString(16).padStart(64, '0') as Digest

/** How SQLite goes about a statement, a line for each step. */
function planOf(sql: string): string {
  const database = place.connect()
  const steps = database
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\?|:[a-zA-Z]+/g, 'NULL')}`)
    .all()
  database.close()
  return steps.map(({ detail }) => detail).join('\n')
}

describe('what is looked for among approvals', () => {
  it('is found by an index, each statement that a call or a person waits for', async () => {
    const all = approving()
    await all.opened()
    await all.find({ states: ['pending'] })
    await all.find({ states: ['pending', 'approved'] })
    await all.find({ ids: ['a'], states: ['approved', 'denied', 'expired'] })
    await all.find({ callIds: ['a'] })
    await all.find({ overdueSince: all.at(1) })
    const about = prepared.filter((sql) => /\b(FROM|INTO) approval/.test(sql))
    expect(about.length).toBeGreaterThanOrEqual(11)
    for (const sql of about) expect(planOf(sql), sql).not.toMatch(/SCAN approval/)
  })

  it('is counted from an index alone', async () => {
    await store.open()
    const sql = prepared.find((text) => text.includes('count(*)') && text.includes('deadline_ms > ?')) ?? ''
    expect(planOf(sql)).toBe('SEARCH approvals USING COVERING INDEX approvals_open (deadline_ms>?)')
  })

  it('is what waits, in its order, without a sort of it all', async () => {
    await approving().find({ states: ['pending'] })
    const sql = prepared.find((text) => text.includes('state = :stored')) ?? ''
    expect(planOf(sql)).toMatch(/SEARCH approvals USING INDEX approvals_by_state \(state=\?\)/)
    expect(planOf(sql)).not.toMatch(/TEMP B-TREE FOR ORDER BY/)
  })
})

/** Stores so many more like one that is there, as other processes may have. */
function multiply(id: string, times: number): void {
  const database = place.connect()
  database
    .prepare(
      `WITH RECURSIVE copies(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM copies WHERE number < ?)
       INSERT INTO approvals SELECT id || number, state, 'other' || number, tool, agent, principal, session, call_id, risk,
         requested_ms, deadline_ms, decided_ms, record FROM approvals, copies WHERE id = ?`,
    )
    .run(times, id)
  database.close()
}

it('[P24] with 10,000 that wait and more that are over, a list has what it is asked for, and no more are taken', async () => {
  const all = approving()
  multiply((await all.inState('denied', { digest: digestOf(1) })).id, 20_000)
  multiply((await all.opened({ digest: digestOf(2) })).id, 9_998)
  expect(await all.ask({ digest: digestOf(3) })).toMatchObject({ status: 'open' })
  expect(await all.ask({ digest: digestOf(4) })).toEqual({ status: 'full', open: 10_000 })
  expect(await all.find({ states: ['pending'], limit: 10_000 })).toHaveLength(10_000)
  expect(await all.find({ states: ['pending'] })).toHaveLength(100)
})

it('[P24] what was asked 90 days before its deadline passed is dropped as others are asked, some at a time', async () => {
  const all = approving()
  const ids: ApprovalId[] = []
  for (let index = 0; index < 150; index++)
    ids.push(
      (await all.inState(index % 2 === 0 ? 'denied' : 'pending', { digest: digestOf(index), timeoutMs: 1_000 })).id,
    )
  const left = async (): Promise<number> => (await all.find({ ids, limit: 1_000 })).length
  const lastDay = DAYS_KEPT * DAY_MS + 1_000
  await all.opened({ tool: 'one', requestedAt: all.at(lastDay) })
  expect(await left()).toBe(150)
  await all.opened({ tool: 'two', requestedAt: all.at(lastDay + 1) })
  expect(await left()).toBe(50)
  await all.opened({ tool: 'three', requestedAt: all.at(lastDay + 1) })
  expect(await left()).toBe(0)
})

it('[P24] a message is remembered for a week', async () => {
  const all = approving()
  const take = async (atMs: number) =>
    (await all.change(await all.opened({ tool: `${atMs}`, timeoutMs: 30 * DAY_MS }), { messageId: 'm', at: atMs }))
      .status
  expect(await take(1)).toBe('changed')
  expect(await take(7 * DAY_MS + 1)).toBe('conflict')
  expect(await take(7 * DAY_MS + 2)).toBe('changed')
})
