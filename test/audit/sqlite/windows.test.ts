import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { AuditStore } from '../../../src/audit/store.ts'
import type { EpochMs } from '../../../src/domain/units.ts'
import type { Reservation } from '../../../src/domain/window.ts'
import { callId, entry } from '../entries.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

const RESERVING = join(import.meta.dirname, 'reserving-process.ts')

let place: SqlitePlace
beforeEach(() => {
  place = sqlitePlace()
})
afterEach(() => place.remove())

const reservation = (id: string, others: Partial<Reservation> = {}): Reservation => ({
  callId: callId(id),
  entries: [{ counter: 'c', amount: '1', keepMs: 1_000 }],
  questions: [{ key: 'k', counter: 'c', windowMs: 1_000, of: 'calls', atLeast: 1 }],
  holdMs: 300,
  waitMs: 400,
  now: place.clock.now(),
  steadyMs: undefined,
  ...others,
})

const sees = async (store: AuditStore, id: string): Promise<unknown> =>
  (await store.reserve(reservation(id, { entries: [] }))).usage.get('k')

it('[P21] a call that one connection counts is seen by every other, and after a restart', async () => {
  const [one, other] = [place.open(), place.open()]
  await one.reserve(reservation('a'))
  expect(await sees(other, 'b')).toBe(true)
  await one.append([entry({ callId: callId('a') })])
  await Promise.all([one.close(), other.close()])
  const later = place.open()
  expect(await sees(later, 'b')).toBe(true)
  await later.close()
})

describe('[P21] a start, after the process that counted a call was killed', () => {
  const killed = async (id: string, event = ''): Promise<void> => {
    const counting = spawn(process.execPath, [RESERVING, place.path, id, event], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(counting.stdout, 'data')
    const beside = place.open()
    await beside.open()
    expect(await sees(beside, 'asker')).toBe(true)
    await beside.close()
    const closed = once(counting, 'close')
    counting.kill('SIGKILL')
    await closed
  }

  test.each`
    event                   | counts   | because
    ${''}                   | ${false} | ${'nobody decides it any more'}
    ${'allow'}              | ${true}  | ${'its tool may have run'}
    ${'approval_requested'} | ${true}  | ${'a human may still answer'}
  `('with "$event" in the log it counts: $counts, $because', async ({ event, counts }) => {
    await killed('a', event)
    const store = place.open()
    await store.open()
    expect(await sees(store, 'asker')).toBe(counts)
    await store.close()
  })
})

it('[P24] what no window reaches any more is dropped as calls come in', async () => {
  const store = place.open()
  const start = place.clock.now()
  for (let call = 0; call < 500; call++) {
    const now = (start + 10 * call) as EpochMs
    await store.reserve(reservation(`call-${call}`, { now, steadyMs: now }))
    await store.append([entry({ callId: callId(`call-${call}`) })])
  }
  await store.close()
  const database = place.connect()
  expect(database.prepare('SELECT count(*) FROM window_calls').pluck().get()).toBe(100)
  database.close()
})

test.each`
  sql                                                                      | plan
  ${'SELECT sum(units) FROM window_calls WHERE counter = ? AND at_ms > ?'} | ${'SEARCH window_calls USING PRIMARY KEY (counter=? AND at_ms>?)'}
  ${'SELECT 1 FROM window_calls WHERE call_id = ?'}                        | ${'SEARCH window_calls USING COVERING INDEX window_calls_by_call (call_id=?)'}
  ${'SELECT call_id FROM window_calls WHERE due_ms <= ?'}                  | ${'SEARCH window_calls USING COVERING INDEX window_calls_by_due (due_ms<?)'}
`('$sql reads no more than it must, without a sort', async ({ sql, plan }) => {
  const store = place.open()
  await store.open()
  await store.close()
  const database = place.connect()
  const steps = database.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql.replaceAll('?', '0')}`).all()
  expect(steps.map(({ detail }) => detail)).toEqual([plan])
  database.close()
})
