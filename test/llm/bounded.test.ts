import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import type { Plain } from '../../src/domain/plain.ts'
import { bounded } from '../../src/llm/bounded.ts'
import { fromJsonText, frozenPlain, toJsonText } from '../../src/support/json.ts'

const anyPlain = fc
  .anything({
    maxDepth: 12,
    withBigInt: true,
    withNullPrototype: true,
    values: [
      fc.string({ maxLength: 3_000, unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ],
  })
  .map((value) => frozenPlain(value as Plain))

it('whatever the data, the text is JSON and its length is bounded', () =>
  fc.assert(
    fc.property(anyPlain, fc.integer({ min: 0, max: 5_000 }), (data, charsMax) => {
      const text = toJsonText(bounded(data, charsMax))
      expect(() => fromJsonText(text)).not.toThrow()
      // One character can become six when it is escaped; what says that something is missing comes on top.
      expect(text.length).toBeLessThan(6 * charsMax + 4_000)
    }),
  ))

it('data within the bound is shown as it is', () => {
  const data = { amount: 5, to: ['bob', null, true], nested: { deep: 'text' }, big: 12345678901234567890n }
  expect(bounded(data, 1_000)).toEqual(data)
})

test.each`
  data                                    | shown
  ${'x'.repeat(30)}                       | ${`${'x'.repeat(15)}… (10 characters cut) …${'x'.repeat(5)}`}
  ${Array.from({ length: 60 }, () => '')} | ${[...Array.from({ length: 20 }, () => ''), ...Array.from({ length: 30 }, () => '… (cut)'), '… (10 items cut)']}
  ${{ a: 'x'.repeat(19), b: 1, c: 2 }}    | ${{ a: 'x'.repeat(19), '…': '2 parameters cut' }}
`('of more than 20 characters it says what is missing: $shown', ({ data, shown }) => {
  expect(bounded(data, 20)).toEqual(shown)
})

it('a nest is cut at its eighth level', () => {
  const nest = (levels: number): Plain => (levels === 0 ? 'bottom' : [nest(levels - 1)])
  expect(JSON.stringify(bounded(nest(7), 1_000))).toContain('bottom')
  expect(JSON.stringify(bounded(nest(9), 1_000))).toBe('[[[[[[[["… (cut)"]]]]]]]]')
})
