import fc from 'fast-check'
import { afterEach, describe, expect, it, test } from 'vitest'
import type { Plain } from '../../src/domain/plain.ts'
import { fromJsonText, frozenPlain, readJsonText, toJsonText } from '../../src/support/json.ts'
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

  test.each`
    before                       | text                                        | keys
    ${'{"h":[],"\\\\":0}'}       | ${'{"h":1,"\\"":2}'}                        | ${['h', '"']}
    ${'{"a":1,"\\\\u":1}'}       | ${'{"a":1,"\\u000eȰ":1}'}                   | ${['a', '\u000eȰ']}
    ${'{"b":1,"pass\\\\u00":1}'} | ${'{"b":1,"pass\\u0077ord" : {"\\n":[]}}'}  | ${['b', 'password']}
    ${'{"c":1,"\\\\":1}'}        | ${'[{"c":1,"\\n":"\\"x\\": y","\\t":1}]'}   | ${['c', '\n', '\t']}
    ${'{"\\\\u005f_pro":1}'}     | ${'{"\\u005f_proto__":1,"a":"\\\\","b":1}'} | ${['__proto__', 'a', 'b']}
    ${'{"d":1}'}                 | ${'{"\\u0064":1,"e":2,"d":3,"\\u0031":4}'}  | ${['1', 'd', 'e']}
  `('reads the keys of $text, whatever was read before', ({ before, text, keys }) => {
    // What V8 remembers of one object it takes for the next (nodejs/node#63785).
    JSON.parse(before)
    for (const plain of [fromJsonText(text), readJsonText(text)])
      expect(Object.keys((Array.isArray(plain) ? plain[0] : plain) as object)).toEqual(keys)
  })

  it('reads a text of millions of escapes', () => {
    const plain = { 'a\n': '\n"\\\\'.repeat(1_000_000) }
    expect(fromJsonText(toJsonText(plain))).toEqual(plain)
  })

  it('takes the last of two values of a key, however each is written', () => {
    expect(fromJsonText('{"\\u0064":1,"d":2}')).toEqual({ d: 2 })
    expect(fromJsonText('{"d":1,"\\u0064":2,"\\u0064":3}')).toEqual({ d: 3 })
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

  it.each(['', '{', '{"a":}', 'undefined', '1n', '{"\\x":1}', '{"\\u00":1}', '{"a\\":1}'])('%j is no JSON', (text) => {
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
