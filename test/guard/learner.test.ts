import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import type { BaselineState } from '../../src/domain/baseline.ts'
import type { Sentinel } from '../../src/sentinel.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { recorder, type TestGuard, tempDir, testGuard } from '../support/guards.ts'
import { forwarding, surviving } from '../support/stores.ts'

const asText = (state: BaselineState | undefined): unknown =>
  state && {
    ...state,
    rows: state.rows.map(({ key, bytes }) => `${key} ${Buffer.from(bytes ?? []).toString('hex')}`).toSorted(),
  }

/** Two guards on one log, as two processes are. */
function twoGuards(clock: FakeClock): { readonly guards: readonly Sentinel[]; readonly path: string } {
  const path = `${tempDir()}/audit.db`
  const guards = [0, 1].map(() => {
    const store = createSqliteStore({ path, durability: 'normal', clock })
    return testGuard({ store, auditKey: 'k'.repeat(32) }, { clock }).sentinel
  })
  return { guards, path }
}

const anyAct = fc.record({
  guard: fc.constantFrom(0, 1),
  does: fc.constantFrom(
    'pay' as const,
    'pay' as const,
    'pay' as const,
    'mail' as const,
    'forget' as const,
    'rebuild' as const,
  ),
  amount: fc.constantFrom(50, 55, 60, 61, 70, 5_000),
  minutes: fc.integer({ min: 0, max: 90 }),
})

describe('several guards on one log', () => {
  it('that have read the same events know the same, whoever wrote them and in whatever order they looked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyAct, { maxLength: 25 }), async (acts) => {
        const clock = new FakeClock()
        const { guards, path } = twoGuards(clock)
        const tools = guards.map((sentinel) =>
          sentinel.wrapAll({ pay: async (_: object) => 'paid', mail: async (_: object) => 'sent' }),
        )
        for (const { guard, does, amount, minutes } of acts) {
          const [sentinel, tool] = [guards[guard], tools[guard]]
          if (does === 'pay') await tool?.pay({ amount, to: 'bob@example.com' }).catch(() => undefined)
          if (does === 'mail') await tool?.mail({ subject: `n ${amount}` }).catch(() => undefined)
          if (does === 'forget') await sentinel?.baselines.forget('pay', 'amount')
          if (does === 'rebuild') await sentinel?.baselines.rebuild()
          await clock.advance(minutes * 60_000)
        }
        await clock.advance(60_000)
        const [one, other] = await Promise.all(guards.map((sentinel) => sentinel.baselines.list()))
        expect(other).toEqual(one)
        const calls = [50, 900].map((amount) => ({ tool: 'pay', params: { amount, to: 'eve@evil.example' } }))
        const [ofOne, ofOther] = await Promise.all(
          guards.map((sentinel) => Promise.all(calls.map((call) => sentinel.check(call)))),
        )
        expect(ofOther).toEqual(ofOne)
        // Closing stores what each knows; the second finds that what the first stored is as new, and the same.
        await guards[0]?.close()
        const left = createSqliteStore({ path, readOnly: true, clock })
        const stored = await left.loadBaselines()
        await guards[1]?.close()
        expect(asText(await left.loadBaselines())).toEqual(asText(stored))
        await left.close()
      }),
      { numRuns: 15 },
    )
  })

  it('learn what another one recorded within a second, without a call of their own', async () => {
    const clock = new FakeClock()
    const { guards } = twoGuards(clock)
    const [one, other] = guards as [Sentinel, Sentinel]
    await other.ready()
    const pay = one.wrap('pay', async (_: object) => 'paid')
    for (const amount of [50, 60, 70, 80, 90]) await pay({ amount })
    await clock.advance(1_000)
    expect(await other.check({ tool: 'pay', params: { amount: 5_000 } })).toMatchObject({ action: 'block', samples: 5 })
  })
})

describe('the stored state', () => {
  const learned = async (guard: TestGuard): Promise<void> => {
    const pay = guard.sentinel.wrap('pay', recorder('paid').run)
    for (const amount of [50, 60, 70, 80, 90]) await pay({ amount })
  }
  const outlier = { tool: 'pay', params: { amount: 5_000 } }

  it('saves reading the log: a guard that starts reads what came after, and nothing before', async () => {
    const inner = createMemoryStore()
    const first = testGuard({ store: surviving(inner) })
    await learned(first)
    await first.sentinel.close()
    const asked: unknown[] = []
    const query: AuditStore['query'] = (given) => {
      asked.push(given?.after)
      return inner.query(given)
    }
    const store: AuditStore = { ...surviving(inner), query }
    const second = testGuard({ store })
    expect(await second.sentinel.check(outlier)).toMatchObject({ risk: 10, samples: 5 })
    expect(asked.slice(1).every((after) => Number(after) >= 9)).toBe(true)
  })

  test.each<{ state: Partial<BaselineState>; because: string }>([
    { state: { make: 'another method' }, because: 'it is of another method or other settings' },
    { state: { seq: 1_000 }, because: 'it is of a log that went on further: a backup was put back' },
    { state: { rows: [{ key: 's3:paydefault', bytes: new Uint8Array([1, 2]) }] }, because: 'it can not be read' },
  ])('is built anew from the log where $because', async ({ state }) => {
    const inner = createMemoryStore()
    const first = testGuard({ store: surviving(inner) })
    await learned(first)
    await first.sentinel.close()
    const stored = (await inner.loadBaselines()) as BaselineState
    const store = { ...forwarding(inner), loadBaselines: async () => ({ ...stored, ...state }) }
    const second = testGuard({ store })
    expect(await second.sentinel.check(outlier)).toMatchObject({ risk: 10, samples: 5 })
  })

  it('that can not be stored is a fault and no more', async () => {
    const store = {
      ...forwarding(createMemoryStore()),
      saveBaselines: async () => {
        throw new Error('disk full')
      },
    }
    const guard = testGuard({ store })
    const faults: string[] = []
    guard.sentinel.on('fault', ({ message }) => void faults.push(message))
    await learned(guard)
    await guard.sentinel.close()
    expect(faults).toEqual(['The baselines could not be stored: disk full'])
  })

  it('is stored again as a whole when what is there is no base for the changes', async () => {
    const inner = createMemoryStore()
    const saved: string[] = []
    const store: AuditStore = {
      ...surviving(inner),
      saveBaselines: async (state) => {
        const says = saved.length === 1 ? 'other-base' : await inner.saveBaselines(state)
        saved.push(`${state.since === undefined ? 'whole' : 'changes'} ${says}`)
        return says
      },
    }
    const guard = testGuard({ store })
    const pay = guard.sentinel.wrap('pay', recorder('paid').run)
    for (let call = 0; call < 3_500; call++) await pay({ amount: 50 + (call % 40) }).catch(() => undefined)
    await guard.sentinel.close()
    expect(saved.slice(0, 3)).toEqual(['whole saved', 'changes other-base', 'whole saved'])
    expect(new Set(saved.slice(3))).toEqual(new Set(['changes saved']))
    expect((await inner.loadBaselines())?.seq).toBe((await inner.query({ limit: 1 }))[0]?.seq)
  })
})
