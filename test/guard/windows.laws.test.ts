import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSentinelError } from '../../src/errors.ts'
import { testGuard } from '../support/guards.ts'

const MINUTE_MS = 60_000
const CALLS_MAX = 3
const CENTS_MAX = 1_000

/** At most three payments a minute, and at most 10.00; a payment that a human denies does not run. */
const RULES = {
  version: '1.0',
  rules: [
    {
      ...{ id: 'calls', function_pattern: 'pay', action: 'block' },
      conditions: [{ operator: 'calls_in_window', value: { window: '1m', max: CALLS_MAX, by: 'agent' } }],
    },
    {
      ...{ id: 'sum', function_pattern: 'pay', action: 'block' },
      conditions: [
        {
          ...{ param: 'amount', operator: 'sum_in_window' },
          value: { window: '1m', max: CENTS_MAX / 100, by: 'agent' },
        },
      ],
    },
    {
      ...{ id: 'ask', function_pattern: 'pay', action: 'require_approval' },
      conditions: [{ param: 'ask', operator: 'eq', value: true }],
    },
  ],
}

type Step =
  | { readonly do: 'pay'; readonly cents: number; readonly asAmount: 'number' | 'text' }
  | { readonly do: 'be denied'; readonly cents: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'set the clock'; readonly to: Date }

const anyCents = (): fc.Arbitrary<number> => fc.oneof(fc.constantFrom(0, 1, 333, 334, 1_000), fc.nat({ max: 1_100 }))

const anyStep = (): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        ...{ do: fc.constant('pay' as const), cents: anyCents() },
        asAmount: fc.constantFrom('number' as const, 'text' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('be denied' as const), cents: anyCents() }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 19_999, 20_000, MINUTE_MS) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('set the clock' as const),
        to: fc.date({ min: new Date('2001-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
      }),
    },
  )

/** The meaning of the two limits, by a time that only waiting moves. */
class Model {
  #nowMs = 0
  readonly #ran: { readonly at: number; readonly cents: number }[] = []

  take(step: Step): string | undefined {
    if (step.do === 'wait') this.#nowMs += step.ms
    if (step.do === 'be denied') return this.#fits(step.cents) ? 'APPROVAL_DENIED' : 'BLOCKED'
    if (step.do !== 'pay') return undefined
    if (!this.#fits(step.cents)) return 'BLOCKED'
    this.#ran.push({ at: this.#nowMs, cents: step.cents })
    return 'ran'
  }

  #fits(cents: number): boolean {
    const lately = this.#ran.filter(({ at }) => at > this.#nowMs - MINUTE_MS)
    return lately.length < CALLS_MAX && lately.reduce((sum, call) => sum + call.cents, cents) <= CENTS_MAX
  }
}

it('[P21] [P23] limits mean the same whatever is called, refused, waited for, and whatever the clock is set to', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep(), { maxLength: 30 }), async (steps) => {
      const { sentinel, clock } = testGuard({ rules: RULES, anomalyDetection: false, approval: () => false })
      const pay = sentinel.wrap('pay', async (_: object) => 'ran')
      const call = (params: object): Promise<string> =>
        pay(params).catch((error: unknown) => (isSentinelError(error) ? error.code : String(error)))
      const take = async (step: Step): Promise<string | undefined> => {
        if (step.do === 'wait') await clock.advance(step.ms)
        if (step.do === 'set the clock') clock.setWall(step.to.toISOString())
        if (step.do === 'be denied') return call({ amount: step.cents / 100, ask: true })
        if (step.do !== 'pay') return undefined
        return call({ amount: step.asAmount === 'text' ? (step.cents / 100).toFixed(2) : step.cents / 100 })
      }
      const model = new Model()
      for (const step of steps) expect(await take(step)).toBe(model.take(step))
    }),
    { numRuns: 150 },
  )
})
