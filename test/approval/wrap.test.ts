import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { clip, wrap } from '../../src/approval/wrap.ts'

const columns = 20
const wrapped = (text: string): readonly string[] => wrap(text, { columns, first: '  ', rest: '  | ' })

/** Twice the width for all but ASCII: what the widest terminal could make of it. */
const widest = (text: string): number => Array.from(text).reduce((sum, each) => sum + (each < '\u0080' ? 1 : 2), 0)

describe('wrap', () => {
  test.each`
    text                         | rows                                     | because
    ${'short'}                   | ${['  short']}                           | ${'one row is enough'}
    ${''}                        | ${['  ']}                                | ${'nothing is an empty row'}
    ${'a'.repeat(20)}            | ${[`  ${'a'.repeat(16)}`, '  | aaaa']}   | ${'a long word is broken'}
    ${'one two three four five'} | ${['  one two three ', '  | four five']} | ${'words are kept whole'}
    ${'ab cdefghijklmnopqrs'}    | ${['  ab cdefghijklmno', '  | pqrs']}    | ${'but not for half a row'}
    ${'東'.repeat(9)}            | ${[`  ${'東'.repeat(8)}`, '  | 東']}     | ${'wide characters take two columns'}
  `('$rows: $because', ({ text, rows }) => {
    expect(wrapped(text)).toEqual(rows)
  })

  it('[P20] leaves nothing out and adds nothing but margins', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const rows = wrapped(text)
        expect(rows.map((row, index) => row.slice(index === 0 ? 2 : 4)).join('')).toBe(text)
      }),
    )
  })

  it('[P20] never lets the terminal break a row, where text of a call would begin at the left edge', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        for (const row of wrapped(text)) expect(widest(row)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

describe('clip', () => {
  it('leaves what fits alone', () => {
    expect(clip('amount = 5000', 13)).toBe('amount = 5000')
  })

  it('[P20] says how many characters it does not show', () => {
    const shown = clip('a'.repeat(1_000), 60)
    const [, head, hidden] = /^(a*) \(\+(\d+) characters, shown below\)$/.exec(shown) ?? []
    expect((head?.length ?? 0) + Number(hidden)).toBe(1_000)
  })

  it('stays within its width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 40, max: 120 }), (text, cells) => {
        expect(widest(clip(text, cells))).toBeLessThanOrEqual(cells)
      }),
    )
  })
})
