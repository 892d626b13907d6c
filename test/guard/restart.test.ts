import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { tempDir, testGuard } from '../support/guards.ts'

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
/** A store that outlives the guard that closes it. */
const kept = (store: AuditStore): AuditStore => ({
  open: () => store.open(),
  append: (...args) => store.append(...args),
  query: (...args) => store.query(...args),
  tail: (...args) => store.tail(...args),
  verify: (...args) => store.verify(...args),
  prune: (...args) => store.prune(...args),
  close: async () => undefined,
})

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
        const before = testGuard({ store: kept(store), rules: RULES, approval: approval as never }, { clock })
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
        const after = testGuard({ store: kept(store), rules: RULES }, { clock })
        expect(await Promise.all(calls.map((call) => after.sentinel.check(call)))).toEqual(live)
        await after.sentinel.close()
      }),
      { numRuns: 30 },
    )
  })

  it('look back thirty days and no further', async () => {
    const path = `${tempDir()}/audit.db`
    const clock = new FakeClock()
    const open = () => testGuard({ store: createSqliteStore({ path, durability: 'normal', clock }) }, { clock })
    const first = open()
    const pay = first.sentinel.wrap('pay', async (_: object) => 'paid')
    for (const amount of [50, 60, 70, 80, 90]) await pay({ amount })
    await first.sentinel.close()
    await clock.advance(29 * 86_400_000)
    const second = open()
    expect(await second.sentinel.check({ tool: 'pay', params: { amount: 5_000 } })).toMatchObject({
      risk: 10,
      samples: 5,
    })
    await second.sentinel.close()
    await clock.advance(2 * 86_400_000)
    expect(await open().sentinel.check({ tool: 'pay', params: { amount: 5_000 } })).toMatchObject({
      risk: 0,
      samples: 0,
    })
  })
})
