import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type TestGuard, tempDir, testGuard } from '../support/guards.ts'
import { forwarding, surviving } from '../support/stores.ts'

const RULES = {
  version: '1.0',
  rules: [
    {
      id: 'ask',
      function_pattern: 'pay',
      conditions: [{ param: 'ask', operator: 'eq', value: true }],
      action: 'require_approval',
    },
    {
      id: 'no',
      function_pattern: 'pay',
      conditions: [{ param: 'block', operator: 'eq', value: true }],
      action: 'block',
    },
  ],
}
const step = fc.record({
  amount: fc.integer({ min: 0, max: 200 }),
  to: fc.constantFrom('ann@a.example', 'bob@b.example', 'cy@c.example', 'dan@d.example'),
  kind: fc.constantFrom('plain', 'ask', 'block', 'deny'),
  minutes: fc.integer({ min: 0, max: 300 }),
})

describe('baselines after a restart', () => {
  it('are those of the guard that was stopped: learning is a fold over the log', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = createMemoryStore()
        const clock = new FakeClock()
        const approval = ({ params }: { params: { readonly deny?: unknown } }) => params.deny !== true
        const before = testGuard({ store: surviving(store), rules: RULES, approval: approval as never }, { clock })
        const pay = before.sentinel.wrap('pay', async (_: object) => 'paid')
        for (const { amount, to, kind, minutes } of steps) {
          await pay({
            amount,
            to,
            ask: kind === 'ask' || kind === 'deny',
            block: kind === 'block',
            deny: kind === 'deny',
          }).catch(() => undefined)
          await clock.advance(minutes * 60_000)
        }
        const calls = [0, 50, 100, 5_000].flatMap((amount) =>
          ['ann@a.example', 'new@z.example'].map((to) => ({
            tool: 'pay',
            params: { amount, to, ask: false, block: false, deny: false },
          })),
        )
        const live = await Promise.all(calls.map((call) => before.sentinel.check(call)))
        await before.sentinel.close()
        const after = testGuard({ store: surviving(store), rules: RULES }, { clock })
        expect(await Promise.all(calls.map((call) => after.sentinel.check(call)))).toEqual(live)
        await after.sentinel.close()
      }),
      { numRuns: 30 },
    )
  })

  it('are kept, however old, and look back thirty days where they have to be built from the log', async () => {
    const path = `${tempDir()}/audit.db`
    const clock = new FakeClock()
    const opened = (loadBaselines?: AuditStore['loadBaselines']): TestGuard => {
      const store = forwarding(createSqliteStore({ path, durability: 'normal', clock }))
      return testGuard({ store: { ...store, ...(loadBaselines && { loadBaselines }) } }, { clock })
    }
    const outlier = { tool: 'pay', params: { amount: 5_000 } }
    const first = opened()
    const pay = first.sentinel.wrap('pay', async (_: object) => 'paid')
    for (const amount of [50, 60, 70, 80, 90]) await pay({ amount })
    await first.sentinel.close()
    await clock.advance(29 * 86_400_000)
    const second = opened(async () => undefined)
    expect(await second.sentinel.check(outlier)).toMatchObject({ risk: 10, samples: 5 })
    await second.sentinel.close()
    await clock.advance(2 * 86_400_000)
    const third = opened()
    expect(await third.sentinel.check(outlier)).toMatchObject({ risk: 10, samples: 5 })
    await third.sentinel.close()
    const fourth = opened(async () => undefined)
    expect(await fourth.sentinel.check(outlier)).toMatchObject({ risk: 0, samples: 0 })
    expect((await fourth.events()).at(-1)).toMatchObject({ event: 'baseline_changed', details: { change: 'rebuilt' } })
  })
})
