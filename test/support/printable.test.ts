import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { printable } from '../../src/support/printable.ts'

const fromCode = (...codes: readonly number[]): string => String.fromCodePoint(...codes)

/** Undoes `printable`: every `\u{…}` is an escape, everything else is itself. */
const unprinted = (shown: string): string =>
  shown.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))

/** Written out by code point, so that the law does not rest on the properties that the implementation uses. */
const NEVER_SHOWN: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xa0, 0xa0],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xe000, 0xf8ff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe007f],
  [0xe0100, 0xe01ef],
]

const isNeverShown = (code: number): boolean => NEVER_SHOWN.some(([first, last]) => code >= first && code <= last)

const joined = (part: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> =>
  fc.array(part, { maxLength }).map((parts) => parts.join(''))

const anyText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary' }),
    joined(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      30,
    ),
    // The neighbours that could make two texts look alike.
    joined(fc.constantFrom('\\', 'u', '{', '}', '2', '0', 'e', fromCode(0x202e), fromCode(0x301), '\n'), 12),
  )

describe('printable', () => {
  test.each`
    text                                   | shown                      | because
    ${'pay bob@example.com'}               | ${'pay bob@example.com'}   | ${'plain text stays'}
    ${'Zoë Łódź 東京 דוד'}                 | ${'Zoë Łódź 東京 דוד'}     | ${'letters of any script stay'}
    ${'ok 👍 🇪🇺'}                          | ${'ok 👍 🇪🇺'}              | ${'emoji stay'}
    ${fromCode(0x65, 0x301)}               | ${fromCode(0x65, 0x301)}   | ${'a mark on a letter stays'}
    ${'a\nb\tc\r'}                         | ${'a\\u{a}b\\u{9}c\\u{d}'} | ${'one line stays one line'}
    ${`${fromCode(0x1b)}[2J`}              | ${'\\u{1b}[2J'}            | ${'no ANSI sequence clears the screen'}
    ${`${fromCode(0x9b)}2J`}               | ${'\\u{9b}2J'}             | ${'nor does its one-character form'}
    ${`a${fromCode(0)}b${fromCode(0x7f)}`} | ${'a\\u{0}b\\u{7f}'}       | ${'NUL and DEL show'}
    ${`a${fromCode(0x202e)}b`}             | ${'a\\u{202e}b'}           | ${'text is never reordered'}
    ${`pay${fromCode(0x200b)}pal`}         | ${'pay\\u{200b}pal'}       | ${'zero-width characters show'}
    ${`a${fromCode(0xe0041)}`}             | ${'a\\u{e0041}'}           | ${'tags that spell hidden text show'}
    ${`a${fromCode(0xfe0f)}`}              | ${'a\\u{fe0f}'}            | ${'variation selectors can carry hidden text'}
    ${`a${fromCode(0x2028)}b`}             | ${'a\\u{2028}b'}           | ${'a line separator breaks no line'}
    ${`1${fromCode(0xa0)}000`}             | ${'1\\u{a0}000'}           | ${'only the plain space is a space'}
    ${`a${fromCode(0x2800)}`}              | ${'a\\u{2800}'}            | ${'the blank Braille cell is no space either'}
    ${`a${String.fromCharCode(0xd800)}b`}  | ${'a\\u{d800}b'}           | ${'half a character shows as that'}
    ${fromCode(0x338, 0x338)}              | ${'\\u{338}\\u{338}'}      | ${'a mark without a letter would change what stands before'}
    ${`\n${fromCode(0x338)}x`}             | ${'\\u{a}\\u{338}x'}       | ${'nor does a mark sit on an escape'}
    ${'C:\\users\\bob'}                    | ${'C:\\users\\bob'}        | ${'a backslash is itself'}
    ${'\\u{202e}'}                         | ${'\\u{5c}u{202e}'}        | ${'unless it would read as an escape'}
    ${`\\${fromCode(0x202e)}`}             | ${'\\\\u{202e}'}           | ${'a backslash before an escape is still itself'}
  `('$shown: $because', ({ text, shown }) => {
    expect(printable(text)).toBe(shown)
  })

  it('[P20] shows none of the characters that hide, move or reorder', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        for (const character of printable(text)) expect(isNeverShown(character.codePointAt(0) ?? -1)).toBe(false)
      }),
    )
  })

  it('[P20] escapes each of them wherever it stands', () => {
    for (const [first, last] of NEVER_SHOWN)
      for (let code = first; code <= last; code++)
        expect(printable(`a${fromCode(code)}b`)).toBe(`a\\u{${code.toString(16)}}b`)
  })

  it('[P20] never shows two different texts alike', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(unprinted(printable(text))).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('[P20] lets at most eight marks pile up on a letter', () => {
    const pile = `a${fromCode(0x301).repeat(50)}b`
    expect(printable(pile)).toBe(`a${fromCode(0x301).repeat(8)}${'\\u{301}'.repeat(42)}b`)
  })

  it('leaves printable ASCII alone but for a backslash before u{', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(printable(text)).toBe(text.replaceAll('\\u{', '\\u{5c}u{'))
      }),
    )
  })

  test.each`
    unit                      | what
    ${'a'}                    | ${'letters'}
    ${fromCode(0x301)}        | ${'marks'}
    ${'\\'}                   | ${'backslashes'}
    ${'\\u'}                  | ${'half-made escapes'}
    ${fromCode(0x200d)}       | ${'joiners'}
    ${`\n${fromCode(0x301)}`} | ${'line breaks with marks'}
  `('[P6] a mebibyte of $what comes back in whole', ({ unit }) => {
    const text = unit.repeat(Math.floor(2 ** 20 / unit.length))
    expect(unprinted(printable(text))).toBe(text)
  })
})
