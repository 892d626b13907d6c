import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Params, Plain } from '../../../src/domain/plain.ts'
import { isRedacted } from '../../../src/domain/redacted.ts'
import { toJsonText } from '../../../src/support/json.ts'
import { keyOf, redactorWith } from './redactors.ts'

const redactor = redactorWith()
const ALL_MARKS = /\[redacted[^\]]*\]/g

/** Every mark in what is left of parameters, in order. */
const marksIn = (params: Params, by = redactor): readonly string[] =>
  toJsonText(by.redact(params).params).match(ALL_MARKS) ?? []
const markOf = (secret: Plain, by = redactor): unknown => by.redact({ password: secret }).params.password

const CLOUD_KEY = `AK${'IA'}IOSFODNN7EXAMPLE`

describe('a mark', () => {
  it('[P14] is a keyed digest of 64 bits, and nothing of the secret', () => {
    expect(markOf('hunter2')).toMatch(/^\[redacted:[0-9a-f]{16}\]$/)
    expect(markOf('hunter2')).toBe(markOf('hunter2'))
    expect(markOf('hunter2')).not.toBe(markOf('hunter2', redactorWith({ key: () => keyOf('o') })))
  })

  test.each<{ one: Params; other: Params; because: string }>([
    { one: { password: 'a' }, other: { deep: [{ token: 'a' }] }, because: 'it is the same secret at another place' },
    { one: { password: 'a' }, other: { text: 'with password=a; go' }, because: 'it stands inside a text' },
    { one: { password: 'a' }, other: { body: '{"password":"a","n":1}' }, because: 'it stands in JSON text' },
    { one: { password: 'a' }, other: { args: ['--token', 'a'] }, because: 'an option names it' },
    { one: { text: 'my pin: 1234, ok' }, other: { pin: '1234' }, because: 'digits in a text are text' },
    { one: { key: CLOUD_KEY }, other: { text: `password="${CLOUD_KEY}"` }, because: 'two signs of one secret' },
    { one: { password: { a: 1, b: [2] } }, other: { password: { b: [2], a: 1 } }, because: 'keys have no order' },
    { one: { pin: 5 }, other: { pin: 5n }, because: 'the log knows one kind of whole number' },
  ])('is the same in $one and $other: $because', ({ one, other }) => {
    const [mark, ...more] = marksIn(one)
    expect(more).toEqual([])
    expect(marksIn(other)).toEqual([mark])
  })

  test.each<{ one: Plain; other: Plain; because: string }>([
    { one: 'a', other: 'b', because: 'the secret is another' },
    { one: 'a', other: 'A', because: 'passwords have a case' },
    { one: '1234', other: 1234, because: 'text is no number' },
    { one: '["a"]', other: ['a'], because: 'text is no list' },
    { one: ['a', 'b'], other: ['b', 'a'], because: 'lists have an order' },
    { one: ['a,b'], other: ['a', 'b'], because: 'one text is not two' },
    { one: '\ud800', other: '\ud801', because: 'half a character is told from another half' },
  ])('differs for $one and $other: $because', ({ one, other }) => {
    expect(markOf(one)).not.toBe(markOf(other))
  })

  it('is equal exactly when the secrets are', () => {
    const anyText = fc.oneof(fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }), fc.constantFrom('a', 'b'))
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        expect(markOf(one) === markOf(other)).toBe(one === other)
      }),
    )
  })

  it('is one where two secrets overlap, and the whole of both', () => {
    const overlapping = redactorWith({ patterns: ['ab', 'bc'] })
    expect(marksIn({ text: 'xabcx' }, overlapping)).toEqual([markOf('abc', overlapping)])
    expect(marksIn({ text: 'xabbcx' }, overlapping)).toEqual([markOf('ab', overlapping), markOf('bc', overlapping)])
  })

  it('is not looked into by patterns that match its digits', () => {
    const digits = redactorWith({ patterns: ['[0-9]+', 'redacted'] })
    expect(digits.redact({ pin: 'x', memo: 'token=zzz 7' }).params).toEqual({
      pin: expect.stringMatching(/^\[redacted:[0-9a-f]{16}\]$/),
      memo: expect.stringMatching(/^token=\[redacted:[0-9a-f]{16}\] \[redacted:[0-9a-f]{16}\]$/),
    })
  })

  it('without a key is plain: hiding comes before telling apart', () => {
    expect(marksIn({ password: 'a', text: 'token=b' }, redactorWith({ key: () => undefined }))).toEqual([
      '[redacted]',
      '[redacted]',
    ])
  })

  it('[P6] is plain beyond 10,000 in one call, and the next call has its own', () => {
    const marks = marksIn({ text: 'pin=1 '.repeat(10_002) })
    expect(marks.map((mark) => mark === '[redacted]').indexOf(true)).toBe(10_000)
    expect(marks).toHaveLength(10_002)
    expect(isRedacted(String(markOf('a')))).toBe(true)
  })

  it('in a message or a name is plain', () => {
    expect(redactor.redactText('token=abc')).toBe('token=[redacted]')
    expect(redactor.redactText(`it was ${markOf('abc')}`)).toBe('it was [redacted]')
    expect(Object.keys(redactor.redact({ [CLOUD_KEY]: 1, [String(markOf('abc'))]: 2 }).params)).toEqual([
      '[redacted]',
      '[redacted] (2)',
    ])
  })
})

describe('a caller who writes a mark', () => {
  const stolen = String(markOf('hunter2'))

  test.each<{ params: Params; where: string }>([
    { params: { note: stolen }, where: 'as a value' },
    { params: { note: `see ${stolen}${stolen}` }, where: 'in a text' },
    { params: { body: JSON.stringify({ note: stolen }) }, where: 'in JSON text' },
    { params: { password: stolen }, where: 'as a secret' },
    { params: { [stolen]: 1 }, where: 'as a name' },
    { params: { list: [[stolen]] }, where: 'in a list' },
  ])('[P14] passes for nobody: $where', ({ params }) => {
    const { params: shown, paths } = redactor.redact(params)
    expect(toJsonText(shown)).not.toContain(stolen)
    expect(paths).toHaveLength(1)
  })

  it('[P14] never gets it through, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const text = `${before}${stolen}${after}`
        expect(toJsonText(redactor.redact({ text }).params)).not.toContain(stolen)
      }),
    )
  })
})
