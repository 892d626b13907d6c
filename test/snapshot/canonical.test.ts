import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import type { Plain } from '../../src/domain/plain.ts'
import { canonicalOf } from '../../src/snapshot/canonical.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\0', '\b', '\u001f', '"', '\\', '/', '\u007f', '\u2028', 'é', '\ue000', '😀') }),
)
/** Names that sort otherwise as numbers, by code points, or in a locale. */
const key = fc.oneof(
  text,
  fc.constantFrom('10', '9', '01', '-1', 'B', 'a', 'ä', 'z', '\ue000', '😀', '__proto__', 'toJSON'),
)
const plain = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    text,
    fc.array(tie('value')),
    fc.dictionary(key, tie('value'), { noNullPrototype: false, maxKeys: 40, size: 'medium' }),
  ),
})).value

it('[P2] is what the package that follows RFC 8785 makes of the same', () => {
  fc.assert(
    fc.property(plain, (value) => {
      expect(canonicalOf(value)).toBe(canonicalize(value))
    }),
    { numRuns: 1_000 },
  )
})

test.each([0, 1, 2, 15, 16, 17, 40])('sorts %i keys', (count) => {
  const keys = Array.from({ length: count }, (_, index) => `k${(index * 7) % count}`)
  const value = Object.fromEntries(keys.map((name, index) => [name, index]))
  expect(canonicalOf(value)).toBe(canonicalize(value))
})

test.each<[Plain, string]>([
  [-0, '0'],
  [1e21, '1e+21'],
  [5e-324, '5e-324'],
  [
    { '\u20ac': 1, '\r': 2, '\ufb33': 3, 1: 4, '\ud83d\ude00': 5, '\u0080': 6, ö: 7 },
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  ],
])('%o is %s, as in the RFC', (value, canonical) => {
  expect(canonicalOf(value)).toBe(canonical)
})
