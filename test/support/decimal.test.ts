import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { exceeds, sumOf } from '../../src/support/decimal.ts'

describe('sums of decimal numbers', () => {
  test.each`
    numbers                                 | sum                              | because
    ${[]}                                   | ${'0'}                           | ${'nothing is nothing'}
    ${['0.1', '0.2']}                       | ${'0.3'}                         | ${'nothing is rounded'}
    ${['5.10', '0.90']}                     | ${'6.00'}                        | ${'digits behind the point stay'}
    ${['0.05']}                             | ${'0.05'}                        | ${'zeros in front of them too'}
    ${['9007199254740993', '1']}            | ${'9007199254740994'}            | ${'whole numbers have no end'}
    ${['1e+21', '1']}                       | ${'1000000000000000000001'}      | ${'a large number prints so'}
    ${['5e-7', '1.5e-7']}                   | ${'0.00000065'}                  | ${'and a small one so'}
    ${['1.7976931348623157e+308', '1e-10']} | ${/^17976931348623157\d+\.0+1$/} | ${'from one end to the other'}
    ${['-0', '-0.00']}                      | ${'0.00'}                        | ${'there is one zero'}
  `('$numbers make $sum: $because', ({ numbers, sum }: { numbers: string[]; sum: string | RegExp }) => {
    expect(sumOf(numbers)).toMatch(sum instanceof RegExp ? sum : new RegExp(`^${sum}$`))
  })

  test.each`
    numbers                   | max        | exceeded
    ${['0.1', '0.2']}         | ${'0.3'}   | ${false}
    ${['0.1', '0.2', '1e-9']} | ${'0.3'}   | ${true}
    ${['100']}                | ${'100.0'} | ${false}
    ${['100.01']}             | ${'100'}   | ${true}
    ${[]}                     | ${'0'}     | ${false}
    ${['0']}                  | ${'0'}     | ${false}
  `('$numbers are more than $max: $exceeded', ({ numbers, max, exceeded }) => {
    expect(exceeds(numbers, max)).toBe(exceeded)
  })

  it('are those of cents', () => {
    const cents = fc.nat({ max: 10 ** 9 })
    const text = (amount: number): string => (amount / 100).toFixed(2)
    fc.assert(
      fc.property(fc.array(cents), cents, (amounts, max) => {
        const total = amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)
        expect(BigInt(sumOf(['0.00', ...amounts.map(text)]).replace('.', ''))).toBe(total)
        expect(exceeds(amounts.map(text), text(max))).toBe(total > BigInt(max))
      }),
    )
  })

  it('read no further than they need to', () => {
    function* endless(): Iterable<string> {
      for (;;) yield '1'
    }
    expect(exceeds(endless(), '100')).toBe(true)
  })
})
