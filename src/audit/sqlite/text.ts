/** What UTF-8 or SQLite does not give back as it was, and what would read as our escape of it. */
const UNSTORABLE = /\0|\p{Surrogate}|\\(?=u[0-9a-f]{4})/u
const UNSTORABLE_ALL: RegExp = new RegExp(UNSTORABLE, 'gu')
const ESCAPED = /\\u([0-9a-f]{4})/g

const escapeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Text as it can be stored: NUL and half surrogate pairs, which would be cut off or become U+FFFD, as `\u0000`, in lower-case hex. A
 * backslash that reads as such an escape becomes `\u005c`, so two different texts are never stored alike.
 */
export const storableText = (text: string): string =>
  UNSTORABLE.test(text) ? text.replace(UNSTORABLE_ALL, escapeOf) : text

/** Undoes `storableText`. */
export const originalText = (stored: string): string =>
  stored.includes('\\u')
    ? stored.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : stored
