import { describe, expect, it, test } from 'vitest'
import { redactorWith, shownBy } from './redactors.ts'

const redactor = redactorWith({ names: ['customer_note'], patterns: ['EMP-[0-9]{4}'] })
const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('secrets that are written otherwise', () => {
  test.each`
    text                                                                  | shown
    ${'https://x.example/?next=https%3A%2F%2Fy%2F%3Ftoken%3Dabc%26a%3Db'} | ${'https://x.example/?next=https%3A%2F%2Fy%2F%3Ftoken%3D[redacted]%26a%3Db'}
    ${'user%5Bname%5D=bob&user%5Bpassword%5D=hunter2'}                    | ${'user%5Bname%5D=bob&user%5Bpassword%5D=[redacted]'}
    ${'body=%7B%22password%22%3A%22hunter2%22%2C%22n%22%3A1%7D'}          | ${'body=%7B%22password%22%3A%22[redacted]%22%2C%22n%22%3A1%7D'}
    ${'https://x.example/?pass%77ord=hunter2'}                            | ${'https://x.example/?pass%77ord=[redacted]'}
    ${'%22AKIAIOSFODNN7EXAMPLE%22'}                                       | ${'%22[redacted]%22'}
    ${'see {\\u0022pass\\u0077ord\\u0022:\\u0022hunter2\\u0022}'}         | ${'see {\\u0022pass\\u0077ord\\u0022:\\u0022[redacted]\\u0022}'}
    ${'password：hunter2'}                                                | ${'password：[redacted]'}
    ${'ｐａｓｓｗｏｒｄ＝hunter2'}                                        | ${'ｐａｓｓｗｏｒｄ＝[redacted]'}
    ${'password:\u00a0hunter2'}                                           | ${'password:\u00a0[redacted]'}
    ${'pass\u200bword=hunter2'}                                           | ${'pass\u200bword=[redacted]'}
    ${'AKIA\u200bIOSFODNN7EXAMPLE.'}                                      | ${'[redacted].'}
    ${'pay 4111\u00a01111\u00a01111\u00a01111 now'}                       | ${'pay [redacted] now'}
    ${'4111–1111–1111–1111'}                                              | ${'[redacted]'}
    ${'４１１１１１１１１１１１１１１１'}                                 | ${'[redacted]'}
    ${'customer%5Fnote%3Dabc'}                                            | ${'customer%5Fnote%3D[redacted]'}
    ${'EMP%2D1234'}                                                       | ${'[redacted]'}
  `('[P14] $text', ({ text, shown }) => {
    expect(redactor.redactText(text)).toBe(shown)
  })

  it.each([
    'https://x.example/?q=a%20b%3Dc&next=https%3A%2F%2Fy%2F%3Fpage%3D2',
    '100%25 of it, 50%2',
    'a\u00a0b – c，d：e（ｆ）',
    'C:\\u0041',
  ])('%s holds none', (text) => {
    expect(redactor.redactText(text)).toBe(text)
  })
})

describe('secrets in base64', () => {
  test.each`
    text                                                                | because
    ${base64('password=hunter2\nport=1')}                               | ${'text'}
    ${base64('{"user":"bob","password":"hunter2"}')}                    | ${'JSON'}
    ${base64('customer_note: abcdef')}                                  | ${'a declared name'}
    ${base64(`token=abc\n${'#'.repeat(90)}`).replace(/.{76}/g, '$&\n')} | ${'in lines'}
  `('[P14] $because: $text', ({ text }) => {
    expect(shownBy(redactor, { text })).toEqual({ text: '[redacted]' })
    expect(shownBy(redactor, { body: JSON.stringify({ text, n: 1 }) })).toEqual({ body: '{"text":"[redacted]","n":1}' })
  })

  it.each([
    base64('the author is Bob, and the keyboard is his'),
    base64('password=hunter2').slice(0, -1),
    Buffer.from('password=hunter2\0').toString('base64'),
    'passwordpasswordpasswordpassword',
  ])('%s holds none, or is none', (text) => {
    expect(shownBy(redactor, { text })).toEqual({ text })
  })
})

describe('[P6] a mebibyte of', () => {
  test.each(['%22', '%3D', 'password%3D', '\\u0022', '\u200b', 'ａ', 'a\u00a0', 'YWFh', 'cGFzc3dvcmQ9'])(
    '%j ends',
    (unit) => {
      expect(redactor.redact({ text: unit.repeat(2 ** 20 / unit.length) }).params).toBeDefined()
    },
  )
})
