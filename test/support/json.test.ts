import fc from 'fast-check'
import { afterEach, describe, expect, it, test } from 'vitest'
import type { Plain } from '../../src/domain/plain.ts'
import { fromJsonText, frozenPlain, toJsonText } from '../../src/support/json.ts'
import { anyPlain } from '../audit/entries.ts'

const isDeeplyFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen))

describe('plain data as JSON', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyPlain(), (plain) => {
        expect(fromJsonText(toJsonText(plain))).toEqual(plain)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is text that survives UTF-8, and that any reader of JSON understands', () => {
    fc.assert(
      fc.property(anyPlain(), (plain) => {
        const text = toJsonText(plain)
        expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text)
        expect(text).not.toContain('\0')
        expect(() => JSON.parse(text)).not.toThrow()
      }),
    )
  })

  test.each`
    plain                          | text
    ${5n}                          | ${'5'}
    ${2n ** 70n}                   | ${'1180591620717411303424'}
    ${[-(2n ** 64n)]}              | ${'[-18446744073709551616]'}
    ${{ a: 1n, b: 'x\ud800\0' }}   | ${'{"a":1,"b":"x\\ud800\\u0000"}'}
    ${{ toJSON: 1, rawJSON: '1' }} | ${'{"toJSON":1,"rawJSON":"1"}'}
    ${-0}                          | ${'0'}
  `('writes $text', ({ plain, text }) => {
    expect(toJsonText(plain)).toBe(text)
  })

  test.each`
    text                                | plain                              | because
    ${'9007199254740991'}               | ${9007199254740991}                | ${'the largest safe number'}
    ${'9007199254740993'}               | ${9007199254740993n}               | ${'no number has these digits'}
    ${'100000000000000000000'}          | ${100000000000000000000}           | ${'a number prints so'}
    ${'123456789012345678901234567890'} | ${123456789012345678901234567890n} | ${'no number has so many digits'}
    ${'-18446744073709551617'}          | ${-18446744073709551617n}          | ${'nor these'}
    ${'1180591620717411303424'}         | ${2n ** 70n}                       | ${'a number of this size prints with an exponent'}
    ${'1.1805916207174113e+21'}         | ${2 ** 70}                         | ${'like this'}
    ${'0.1234567890123456789'}          | ${0.12345678901234568}             | ${'fractions are numbers'}
    ${'"12345678901234567890"'}         | ${'12345678901234567890'}          | ${'text is text'}
    ${'{"12345678901234567890":1}'}     | ${{ '12345678901234567890': 1 }}   | ${'a key is a key'}
  `('reads $text: $because', ({ text, plain }) => {
    expect(fromJsonText(text)).toEqual(plain)
  })

  it('makes every object frozen and without a prototype, also under hostile names', () => {
    const plain = fromJsonText('{"__proto__":{"polluted":true},"list":[{"a":[]}],"n":12345678901234567890}')
    expect(isDeeplyFrozen(plain)).toBe(true)
    expect(Object.getPrototypeOf(plain)).toBeNull()
    expect(Object.keys(plain as object)).toEqual(['__proto__', 'list', 'n'])
    expect('polluted' in {}).toBe(false)
    expect('constructor' in (plain as object)).toBe(false)
  })

  it('leaves out fields that are undefined', () => {
    expect(
      toJsonText([
        { a: undefined, b: 1 },
        { c: 1n, d: undefined },
      ]),
    ).toBe('[{"b":1},{"c":1}]')
  })

  it.each(['', '{', '{"a":}', 'undefined', '1n'])('%j is no JSON', (text) => {
    expect(() => fromJsonText(text)).toThrow(SyntaxError)
  })
})

describe('in a program that gave bigint a toJSON', () => {
  const prototype = BigInt.prototype as { toJSON?: () => string }
  afterEach(() => {
    delete prototype.toJSON
  })

  it('is written the same', () => {
    fc.assert(
      fc.property(anyPlain(), (plain: Plain) => {
        delete prototype.toJSON
        const before = toJsonText(plain)
        prototype.toJSON = () => 'not a number'
        expect(toJsonText(plain)).toBe(before)
      }),
    )
    prototype.toJSON = () => 'not a number'
    expect(toJsonText([{ a: undefined, b: 1n }])).toBe('[{"b":1}]')
  })
})

describe('a frozen copy', () => {
  it('is equal, frozen, and shares no object with the original', () => {
    fc.assert(
      fc.property(anyPlain(), (plain) => {
        const copy = frozenPlain(plain)
        expect(copy).toEqual(plain)
        expect(isDeeplyFrozen(copy)).toBe(true)
        if (typeof plain === 'object' && plain !== null) expect(copy).not.toBe(plain)
      }),
    )
  })
})
