import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { strictness } from '../../src/domain/action.ts'
import { isSentinelError } from '../../src/errors.ts'
import { recorder, testGuard } from '../support/guards.ts'

const RULES = {
  version: '1.0',
  rules: [
    {
      id: 'cap',
      function_pattern: 'pay',
      conditions: [{ param: 'amount', operator: 'gt', value: 100 }],
      action: 'block',
    },
  ],
}

const proxied = new Proxy({ amount: 5000 }, { get: (target, key) => Reflect.get(target, key), has: () => false })
const cyclic: Record<string, unknown> = { amount: 5000 }
cyclic.self = cyclic
const shifting = (): object => {
  let reads = 0
  return {
    get amount() {
      return reads++ === 0 ? 5000 : 1
    },
  }
}

describe('[P3] a disguised amount does not slip past `amount gt 100`', () => {
  test.each<{ what: string; args: unknown[] }>([
    { what: 'plain', args: [{ amount: 5000 }] },
    { what: 'as text', args: [{ amount: '5000' }] },
    { what: 'as text with a comma', args: [{ amount: '5,000' }] },
    { what: 'as text with an exponent', args: [{ amount: '5e3' }] },
    { what: 'as text with space', args: [{ amount: ' 5000 ' }] },
    { what: 'as hexadecimal text', args: [{ amount: '0x1388' }] },
    { what: 'in other digits', args: [{ amount: '５０００' }] },
    { what: 'as a bigint', args: [{ amount: 5000n }] },
    { what: 'in a list', args: [{ amount: [5000] }] },
    { what: 'in a list in a list', args: [{ amount: [[5000]] }] },
    { what: 'in an object', args: [{ amount: { value: 5000 } }] },
    { what: 'in a Map', args: [{ amount: new Map([['value', 5000]]) }] },
    { what: 'in a Set', args: [{ amount: new Set([5000]) }] },
    { what: 'as a Date', args: [{ amount: new Date(5000) }] },
    { what: 'boxed', args: [{ amount: new Number(5000) }] },
    { what: 'as something with valueOf', args: [{ amount: { valueOf: () => 5000 } }] },
    { what: 'as something with toJSON', args: [{ amount: { toJSON: () => 5 } }] },
    { what: 'as true', args: [{ amount: true }] },
    { what: 'as null', args: [{ amount: null }] },
    { what: 'NaN', args: [{ amount: Number.NaN }] },
    { what: 'Infinity', args: [{ amount: Number.POSITIVE_INFINITY }] },
    { what: 'behind a getter that changes', args: [shifting()] },
    { what: 'behind a proxy', args: [proxied] },
    { what: 'in a cycle', args: [cyclic] },
    { what: 'as a function', args: [{ amount: () => 5000 }] },
    { what: 'beside a prototype key', args: [JSON.parse('{"__proto__": {"amount": 1}, "amount": 5000}')] },
    { what: 'in an object without a prototype', args: [Object.assign(Object.create(null), { amount: 5000 })] },
    { what: 'under a huge list', args: [{ junk: new Array(20_000).fill(0), amount: 5000 }] },
    { what: 'under a huge text', args: [{ junk: 'x'.repeat(2_000_000), amount: 5000 }] },
  ])('$what', async ({ args }) => {
    const { sentinel } = testGuard({ rules: RULES })
    const tool = recorder('paid')
    const pay = sentinel.wrap('pay', tool.run) as (...args: unknown[]) => Promise<string>
    const error = await pay(...args).then(
      () => 'it ran',
      (refusal: unknown) => refusal,
    )
    expect(isSentinelError(error)).toBe(true)
    expect(['BLOCKED', 'ARGUMENT_REFUSED']).toContain((error as { code: string }).code)
    expect(tool.calls).toEqual([])
  })
})

describe('the scorer is not fooled either', () => {
  test.each([
    ['text', '5000'],
    ['a bigint', 5000n],
    ['a list', [5000]],
    ['a Set', new Set([5000])],
  ])('5000 as %s', async (_what, amount) => {
    const { sentinel } = testGuard()
    const pay = sentinel.wrap('pay', async (_: { amount: unknown }) => 'paid')
    for (const usual of [50, 60, 70, 80, 90]) await pay({ amount: usual })
    await expect(pay({ amount })).rejects.toMatchObject({ risk: 10 })
  })
})

/** Anything at all that JavaScript can hold. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withNullPrototype: true,
  withBoxedValues: true,
  withObjectString: true,
})

describe('whatever the arguments are', () => {
  it('the guard decides or refuses with its own error, and the tool gets what was judged', async () => {
    const { sentinel } = testGuard({ rules: RULES })
    const tool = recorder('paid')
    const pay = sentinel.wrap('pay', tool.run) as (...args: unknown[]) => Promise<string>
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 3 }), async (args) => {
        const error = await pay(...args).then(
          () => undefined,
          (refusal: unknown) => refusal,
        )
        if (error !== undefined) expect(isSentinelError(error)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('an extra argument never makes a decision milder', async () => {
    const { sentinel } = testGuard({ rules: RULES })
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string(), async (value, key) => {
        fc.pre(key !== 'amount')
        const plain = await sentinel.check({ tool: 'pay', params: { amount: 500 } })
        const more = await sentinel.check({ tool: 'pay', params: { amount: 500, [key]: value } })
        expect(strictness(more.action)).toBeGreaterThanOrEqual(strictness(plain.action))
      }),
    )
  })
})
