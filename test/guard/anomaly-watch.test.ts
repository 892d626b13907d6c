import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it, test, vi } from 'vitest'
import { type Anomalies, createAnomalies } from '../../src/anomalies.ts'
import { AnomalyWatch } from '../../src/anomaly-watch.ts'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { type AuditEntry, type AuditEventName, BLANK_ENTRY } from '../../src/domain/audit-event.ts'
import type { NonEmpty } from '../../src/domain/decision.ts'
import type { AuditId } from '../../src/domain/units.ts'
import { openAnomalies } from '../../src/open-anomalies.ts'
import { sqlitePlace } from '../audit/sqlite/place.ts'
import { FaultyStore } from '../fault/faulty-store.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { testGuard } from '../support/guards.ts'
import { forwarding } from '../support/stores.ts'

const HOUR_MS = 3_600_000
const LOOKING = join(import.meta.dirname, 'looking-process.ts')
const START = Date.parse('2026-01-05T09:00:00.000Z')
const END = '2026-01-20T09:00:00.000Z'

let made = 0
const entryAt = (at: number, event: AuditEventName, about: Partial<AuditEntry> = {}): AuditEntry => ({
  ...BLANK_ENTRY,
  ...{ id: `event-${++made}` as AuditId, time: new Date(at).toISOString(), event, tool: 'work', agentId: 'a' },
  ...about,
})

/** The anomalies of a log, looked for with a clock that stands at the end of it. */
function looking(store: AuditStore, timeZone: string | 'as before' = 'UTC'): Anomalies {
  const clock = new FakeClock(END)
  return createAnomalies({
    ...{ store, clock },
    watch: new AnomalyWatch({
      ...{ store, clock, timeZone: timeZone === 'as before' ? undefined : timeZone, lookbackDays: 30 },
    }),
    settled: async () => undefined,
    record: async (event, about) => void (await store.append([entryAt(clock.now(), event, about)])),
  })
}

const append = (store: AuditStore, entries: readonly AuditEntry[]): Promise<unknown> =>
  entries.length === 0 ? Promise.resolve() : store.append(entries as unknown as NonEmpty<AuditEntry>)

/** Calls of two agents, in bursts and out of them, at day and at night; some fail, some are odd. */
const anyLog = (): fc.Arbitrary<readonly AuditEntry[]> =>
  fc
    .array(
      fc.record({
        agentId: fc.constantFrom('a', 'b'),
        principalId: fc.constantFrom(undefined, 'p', 'q'),
        event: fc.constantFrom<AuditEventName>('allow', 'failed', 'executed', 'block', 'anomaly_detected'),
        calls: fc.integer({ min: 1, max: 30 }),
        everyMs: fc.constantFrom(0, 1_000, 60_000),
        afterMs: fc.constantFrom(0, 60_000, HOUR_MS, 30 * HOUR_MS),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((bursts) => {
      let at = START
      return bursts.flatMap(({ agentId, principalId, event, calls, everyMs, afterMs }) => {
        at += afterMs
        return Array.from({ length: calls }, (_, call) =>
          entryAt(at + call * everyMs, event, { agentId, principalId, level: 'MEDIUM' }),
        )
      })
    })

const everything = async (anomalies: Anomalies) => (await anomalies.list({ limit: 1_000 })).anomalies

describe('a look through the log', () => {
  it('finds the same, however often somebody looked meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog(), fc.array(fc.nat({ max: 300 }), { maxLength: 5 }), async (log, looks) => {
        const [once, often] = [createMemoryStore(), createMemoryStore()]
        await append(once, log)
        let from = 0
        for (const upTo of [...looks, log.length].toSorted((a, b) => a - b)) {
          await append(often, log.slice(from, upTo))
          from = Math.max(from, upTo)
          await looking(often).detect()
        }
        expect(await everything(looking(often))).toEqual(await everything(looking(once)))
      }),
      { numRuns: 60 },
    )
  })

  it('finds the same when many look at once, through several connections', async () => {
    const place = sqlitePlace()
    const stores = [place.open(), place.open({ writer: 'thread' }), place.open({ writer: 'thread' })]
    const [first] = stores as [AuditStore]
    const burst = (from: number) =>
      Array.from({ length: 60 }, (_, call) => entryAt(START + from + call * 1_000, 'allow'))
    const alone = createMemoryStore()
    for (let round = 0; round < 4; round++) {
      const entries = burst(round * HOUR_MS)
      await append(first, entries)
      await append(alone, entries)
      await Promise.all(stores.flatMap((store) => [looking(store).detect(), looking(store).detect()]))
    }
    const expected = await everything(looking(alone))
    for (const store of stores) expect(await everything(looking(store))).toEqual(expected)
    await Promise.all(stores.map((store) => store.close()))
    place.remove()
  })

  it('finds the same when processes look while another one writes', async () => {
    const place = sqlitePlace()
    const store = place.open()
    await store.open()
    const lookers = Array.from({ length: 3 }, () => promisify(execFile)(process.execPath, [LOOKING, place.path]))
    const alone = createMemoryStore()
    const from = Date.now() - 10 * HOUR_MS
    for (let burst = 0; burst < 40; burst++) {
      const entries = Array.from({ length: 60 }, (_, call) =>
        entryAt(from + burst * 60_000 + call, call % 3 === 0 ? 'block' : 'allow', { agentId: `agent ${burst % 4}` }),
      )
      await append(store, entries)
      await append(alone, entries)
    }
    for (const { stdout, stderr } of await Promise.all(lookers))
      expect({ stdout, stderr }).toEqual({ stdout: 'done', stderr: '' })
    const expected = await everything(openAnomalies({ store: alone }))
    expect(expected.length).toBeGreaterThan(4)
    expect(await everything(openAnomalies({ store }))).toEqual(expected)
    await store.close()
    place.remove()
  })

  it('[P17] of several who answer at once, the first one did', async () => {
    const place = sqlitePlace()
    const stores = Array.from({ length: 3 }, () => place.open())
    const [first] = stores as [AuditStore]
    await append(
      first,
      Array.from({ length: 51 }, (_, call) => entryAt(START + call, 'allow')),
    )
    const { anomalies } = await looking(first).detect()
    const id = anomalies[0]?.id ?? ''
    const answers = await Promise.all(
      stores.map((store, index) => looking(store).acknowledge(id, { by: `person ${index}` })),
    )
    expect(new Set(answers.map(({ by }) => by)).size).toBe(1)
    await Promise.all(stores.map((store) => store.close()))
    place.remove()
  })

  it('says so when it is overtaken again and again', async () => {
    const store = createMemoryStore()
    await append(store, [entryAt(START, 'allow')])
    const overtaken: AuditStore = { ...forwarding(store), saveAnomalies: async () => 'moved' }
    await expect(looking(overtaken).detect()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
  })

  it('reads a long log in pieces, and stores no more than it must', async () => {
    const store = createMemoryStore()
    const ranges: number[] = []
    const saves: number[] = []
    const watched: AuditStore = {
      ...forwarding(store),
      activity: (range) => {
        ranges.push(range.upTo - range.after)
        return store.activity(range)
      },
      saveAnomalies: (save) => {
        saves.push(save.head.seq)
        return store.saveAnomalies(save)
      },
    }
    for (let page = 0; page < 25; page++)
      await append(
        store,
        Array.from({ length: 2_000 }, (_, call) => entryAt(START + page * HOUR_MS + call, 'executed')),
      )
    await looking(watched).detect()
    expect(ranges).toEqual(new Array(5).fill(10_000))
    expect(saves).toEqual([50_000])
    await looking(watched).detect()
    expect([ranges.length, saves.length]).toEqual([5, 1])
  })

  it('[P24] holds no more agents in memory than it must', async () => {
    const store = createMemoryStore()
    const held: number[] = []
    const watched: AuditStore = {
      ...forwarding(store),
      saveAnomalies: (save) => {
        held.push(save.agents.length)
        return store.saveAnomalies(save)
      },
    }
    const agents = Array.from({ length: 45_000 }, (_, index) =>
      entryAt(START + index, 'allow', { agentId: `a${index}` }),
    )
    await append(store, agents)
    expect(await looking(watched).detect()).toMatchObject({ total: 0 })
    expect(held).toEqual([10_000, 10_000, 10_000, 10_000, 5_000])
  })
})

describe('a guard', () => {
  it('looks by itself now and then, so that nobody waits for a long log to be read', async () => {
    const store = createMemoryStore()
    let looks = 0
    const watched: AuditStore = {
      ...forwarding(store),
      saveAnomalies: (save) => {
        looks += 1
        return store.saveAnomalies(save)
      },
    }
    const { sentinel } = testGuard({ store: watched, anomalyDetection: false })
    const work = sentinel.wrap('work', async () => 'done')
    for (let page = 0; page < 9; page++)
      await append(
        store,
        Array.from({ length: 2_200 }, (_, call) => entryAt(START + call, 'executed')),
      )
    await work()
    await settle()
    expect(looks).toBe(0)
    await append(
      store,
      Array.from({ length: 500 }, (_, call) => entryAt(START + call, 'executed')),
    )
    await work()
    await vi.waitFor(() => expect(looks).toBe(1))
    await work()
    await settle()
    expect(looks).toBe(1)
  })

  it('goes on when a look by itself fails', async () => {
    const store = createMemoryStore()
    const failing: AuditStore = { ...forwarding(store), loadAnomalies: async () => Promise.reject(new Error('gone')) }
    const { sentinel } = testGuard({ store: failing, anomalyDetection: false })
    for (let page = 0; page < 10; page++)
      await append(
        store,
        Array.from({ length: 2_200 }, (_, call) => entryAt(START + call, 'executed')),
      )
    expect(await sentinel.wrap('work', async () => 'done')()).toBe('done')
    await settle()
    await expect(sentinel.anomalies.detect()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
  })
})

describe('another time zone', () => {
  const night = Array.from({ length: 12 }, (_, call) => entryAt(START + 14 * HOUR_MS + call * 1_000, 'allow'))

  it('makes the histories again, and leaves what was found and answered', async () => {
    const store = createMemoryStore()
    await append(store, night)
    const [inUtc] = (await looking(store, 'UTC').detect()).anomalies
    expect(inUtc).toMatchObject({ type: 'off_hours_activity' })
    await looking(store, 'UTC').acknowledge(inUtc?.id ?? '', { by: 'ada' })
    expect(await looking(store, 'Asia/Tokyo').detect()).toMatchObject({ total: 0 })
    expect(await looking(store, 'Asia/Tokyo').list()).toMatchObject({ total: 1, anomalies: [{ by: 'ada' }] })
    await append(store, [entryAt(START + 15 * HOUR_MS, 'allow')])
    expect(await looking(store, 'Asia/Tokyo').detect()).toMatchObject({ total: 0 })
  })

  it('is that of whoever looked before, for who names none', async () => {
    const store = createMemoryStore()
    await append(store, [entryAt(START, 'allow')])
    await looking(store, 'Asia/Tokyo').detect()
    await append(store, night)
    expect(await looking(store, 'as before').detect()).toMatchObject({ total: 0 })
    expect((await store.loadAnomalies({ agents: [], conditions: [], ids: [] })).head?.make).toContain('Asia/Tokyo')
  })
})

describe('a log that fails', () => {
  test.each(['before', 'after'] as const)(
    'at any operation, %s it is done, is told, and the next look finds everything',
    async (fault) => {
      const log = Array.from({ length: 55 }, (_, call) => entryAt(START + call, call % 2 === 0 ? 'allow' : 'block'))
      const whole = createMemoryStore()
      await append(whole, log)
      const expected = await everything(looking(whole))
      for (let failing = 1; ; failing++) {
        const store = new FaultyStore(() => false, fault)
        await append(store.inner, log)
        store.failing = (_, number) => number === failing
        const outcome = await looking(store)
          .detect()
          .then(
            () => 'done',
            () => 'failed',
          )
        expect(await everything(looking(store.inner))).toEqual(expected)
        if (outcome === 'done') {
          expect(failing).toBeGreaterThan(4)
          break
        }
      }
    },
  )

  test('an answer is recorded, or it is not given', async () => {
    for (const operation of ['append', 'saveAnomalies', 'loadAnomalies'] as const) {
      const store = new FaultyStore()
      await append(
        store,
        Array.from({ length: 51 }, (_, call) => entryAt(START + call, 'allow')),
      )
      const id = (await looking(store).detect()).anomalies[0]?.id ?? ''
      store.failing = (each) => each === operation
      await expect(looking(store).acknowledge(id, { by: 'ada' })).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
      store.failing = () => false
      const recorded = await store.query({ event: 'anomaly_acknowledged' })
      const [anomaly] = await everything(looking(store))
      expect(anomaly?.status).toBe(recorded.length === 0 ? 'open' : 'acknowledged')
    }
  })
})
