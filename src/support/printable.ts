/** More marks than this on one letter are decoration that can cover the rows above and below. */
const MARKS_ON_A_LETTER_MAX = 8

/**
 * What does not show as itself, in order: anything but the plain space that is a control, format, private, unassigned or surrogate
 * character, a space or a line break, or that Unicode says to draw as nothing (variation selectors, fillers, tags), and the blank
 * Braille cell; marks with no letter to sit on; marks beyond the bound; and a backslash that would read as one of our own escapes.
 */
const UNSAFE = new RegExp(
  [
    String.raw`(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]\p{M}*`,
    String.raw`^\p{M}+`,
    String.raw`(?<=\p{M}{${MARKS_ON_A_LETTER_MAX}})\p{M}+`,
    String.raw`\\(?=u\{)`,
  ].join('|'),
  'gu',
)

const escapeOf = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`

/**
 * Text as one line that is safe on a terminal and in a log: what is invisible, moves the cursor, reorders or breaks the line becomes
 * `\u{202e}`, in lower-case hex; letters, digits, signs, CJK and emoji stay. An emoji joined from several shows as its parts.
 *
 * A backslash stays as it is (`C:\users`) unless `u{` follows, when it becomes `\u{5c}`. So every `\u{…}` in the result is an escape,
 * and two different texts never look the same. Takes time linear in the length.
 */
export function printable(text: string): string {
  // Nearly always it is one alone, and a list of one costs three times as much.
  return text.replace(UNSAFE, (found) => (found.length === 1 ? escapeOf(found) : Array.from(found, escapeOf).join('')))
}
