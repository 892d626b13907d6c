import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { leaves } from '../../src/approval/leaves.ts'
import type { Plain } from '../../src/domain/plain.ts'

const lines = (value: Plain): readonly string[] => leaves(value).map(({ path, text }) => `${path} = ${text}`)

const anyPlain = (): fc.Arbitrary<Plain> =>
  fc.letrec<{ value: Plain }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Plain>(null, true, false, -0),
      fc.double({ noNaN: true }),
      fc.bigInt(),
      fc.string({ unit: 'binary' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 6 }), tie('value'), { maxKeys: 4 }),
    ),
  })).value

const countLeaves = (value: Plain): number => {
  const inner = typeof value === 'object' && value !== null ? Object.values(value) : []
  return inner.length === 0 ? 1 : inner.reduce((sum: number, item) => sum + countLeaves(item), 0)
}

describe('leaves', () => {
  test.each`
    value                                      | shown                                                 | because
    ${{ amount: 5000 }}                        | ${['amount = 5000']}                                  | ${'a number is itself'}
    ${{ amount: '5000' }}                      | ${['amount = "5000"']}                                | ${'a text is told from a number'}
    ${{ amount: 5000n }}                       | ${['amount = 5000n']}                                 | ${'and so is a bigint'}
    ${{ zero: -0 }}                            | ${['zero = -0']}                                      | ${'the sign of zero shows'}
    ${{ a: null, b: true }}                    | ${['a = null', 'b = true']}                           | ${'words stand for themselves'}
    ${{ a: 'null' }}                           | ${['a = "null"']}                                     | ${'but not in quotes'}
    ${{ a: {}, b: [] }}                        | ${['a = {}', 'b = []']}                               | ${'what is empty is not left out'}
    ${{ order: { items: [{ price: 1 }, 2] } }} | ${['order.items[0].price = 1', 'order.items[1] = 2']} | ${'a path leads to each value'}
    ${{ 'a.b': 1, a: { b: 2 } }}               | ${['["a.b"] = 1', 'a.b = 2']}                         | ${'a dot in a key is no step'}
    ${{ 'x = 1': 2 }}                          | ${['["x = 1"] = 2']}                                  | ${'a key can not pass for a value'}
    ${{ a: { '': 1, 'b c': 2 } }}              | ${['a[""] = 1', 'a["b c"] = 2']}                      | ${'odd keys are quoted'}
    ${{ аmount: 1 }}                           | ${['["аmount"] = 1']}                                 | ${'so are letters that only look Latin'}
    ${{ 'a\u202eb': '\u001b[2J' }}             | ${['["a\\u{202e}b"] = "\\u{1b}[2J"']}                 | ${'keys are escaped as values are'}
    ${{ note: 'a", amount = "1' }}             | ${['note = "a\\", amount = \\"1"']}                   | ${'a quote in a text does not end it'}
    ${{ path: 'C:\\' }}                        | ${['path = "C:\\u{5c}"']}                             | ${'nor does a backslash hide its end'}
    ${{ path: 'C:\\users' }}                   | ${['path = "C:\\users"']}                             | ${'other backslashes stay'}
    ${'text'}                                  | ${[' = "text"']}                                      | ${'a value by itself has no path'}
  `('$shown: $because', ({ value, shown }) => {
    expect(lines(value)).toEqual(shown)
  })

  it('[P20] shows every value once', () => {
    fc.assert(
      fc.property(anyPlain(), (value) => {
        expect(leaves(value)).toHaveLength(countLeaves(value))
      }),
    )
  })

  it('[P20] never shows two different values alike', () => {
    const described = (value: Plain): string =>
      JSON.stringify(value, (_, inner) => {
        if (typeof inner === 'bigint') return { bigint: String(inner) }
        if (typeof inner === 'number' && !Number.isFinite(inner)) return { number: String(inner) }
        return Object.is(inner, -0) ? { zero: 'negative' } : inner
      })
    // Small texts out of few characters, so that near misses are common.
    const tricky = fc.array(fc.constantFrom('"', '\\', 'u', '{', ']', '.', '[', 'a', '\n'), { maxLength: 5 })
    const text = tricky.map((parts) => parts.join(''))
    const nested = fc.dictionary(text, fc.oneof(text, fc.dictionary(text, text, { minKeys: 1, maxKeys: 2 })), {
      maxKeys: 2,
    })
    fc.assert(
      fc.property(nested, nested, (one, other) => {
        if (lines(one).join('\n') === lines(other).join('\n')) expect(described(one)).toBe(described(other))
      }),
      { numRuns: 3000 },
    )
  })

  it('[P20] each is one line of visible characters', () => {
    fc.assert(
      fc.property(anyPlain(), (value) => {
        for (const line of lines(value)) expect(line).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u)
      }),
    )
  })
})
