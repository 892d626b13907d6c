import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { MAGNITUDE_MAX, numberOf } from '../../src/risk/numbers.ts'

test.each`
  value                          | number            | because
  ${5000}                        | ${5000}           | ${'a number'}
  ${5000n}                       | ${5000}           | ${'a bigint'}
  ${'5000'}                      | ${5000}           | ${'plain decimal text'}
  ${'-0.25'}                     | ${-0.25}          | ${'with sign and fraction'}
  ${'5,000'}                     | ${undefined}      | ${'nobody guesses at separators'}
  ${' 5'}                        | ${undefined}      | ${'nor at spaces'}
  ${'5e3'}                       | ${undefined}      | ${'nor at exponents'}
  ${''}                          | ${undefined}      | ${'a blank is no number'}
  ${true}                        | ${undefined}      | ${'true is not 1'}
  ${null}                        | ${undefined}      | ${'nothing is not 0'}
  ${-0}                          | ${0}              | ${'there is one zero'}
  ${Number.MIN_VALUE}            | ${0}              | ${'too small to square'}
  ${Number.MAX_VALUE}            | ${MAGNITUDE_MAX}  | ${'too large to square'}
  ${-1e308}                      | ${-MAGNITUDE_MAX} | ${'also below 0'}
  ${2n ** 53n + 1n}              | ${2 ** 53}        | ${'to the precision of a double'}
  ${10n ** 400n}                 | ${MAGNITUDE_MAX}  | ${'larger than any double'}
  ${'9'.repeat(400)}             | ${MAGNITUDE_MAX}  | ${'the same as text'}
  ${`-${'9'.repeat(400)}.5`}     | ${-MAGNITUDE_MAX} | ${'a fraction does not hide a size'}
  ${'9'.repeat(5_000)}           | ${MAGNITUDE_MAX}  | ${'nor does length'}
  ${`5000.${'0'.repeat(5_000)}`} | ${5000}           | ${'nor do zeros'}
`('$value -> $number: $because', ({ value, number }) => {
  expect(numberOf(value)).toBe(number)
})

it('gives only numbers that can be squared and added up', () => {
  const anything = fc.oneof(fc.double(), fc.bigInt(), fc.string(), fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE))
  fc.assert(
    fc.property(anything, (value) => {
      const number = numberOf(value) ?? 0
      expect(Number.isFinite(number * number * 1e27)).toBe(true)
    }),
  )
})
