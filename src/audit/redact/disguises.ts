import { isUtf8 } from 'node:buffer'

/** A text as it is read, and where in the text each character of that stands. */
export interface Reading {
  readonly text: string
  placeOf(read: number): number
}

/** Percent-encoded, as in addresses, or escaped, as in JSON. */
const ESCAPED = /%[2-7][\da-f]|\\u00[2-7][\da-f]/iy
const ESCAPES = /%[2-7]|\\u00/
/** Spaces that do not break, dashes in place of hyphens, characters that nobody sees, and letters and signs as wide as Chinese ones. */
const OTHERWISE =
  /[\u00a0\u00ad\u2007\u2009\u200b-\u200f\u2010-\u2015\u202f\u2060\u2212\u3000\ufeff\uff0d-\uff1a\uff1d\uff20-\uff5a]/

const UNSEEN = -1
const PLAIN: ReadonlyMap<number, number> = new Map([
  ...codesOf('\u00a0\u2007\u2009\u202f\u3000').map((code) => [code, codeOf(' ')] as const),
  ...codesOf('\u2010\u2011\u2012\u2013\u2014\u2015\u2212').map((code) => [code, codeOf('-')] as const),
  ...codesOf('\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff').map((code) => [code, UNSEEN] as const),
  ...codesOf('-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz').map(
    (code) => [code + (codeOf('！') - codeOf('!')), code] as const,
  ),
])
const PERCENT = codeOf('%')
const BACKSLASH = codeOf('\\')
const ASCII_END = 0x80
const HEX = 16
const HEX_CHARACTERS = 2
const BYTES_PER_CODE = 2

/** A text with all that is written otherwise in plain characters; undefined when nothing is. */
export function readingOf(text: string): Reading | undefined {
  if (!ESCAPES.test(text) && !OTHERWISE.test(text)) return undefined
  const codes = new Uint16Array(text.length)
  const places = new Uint32Array(text.length)
  let length = 0
  for (let place = 0; place < text.length; ) {
    const code = text.charCodeAt(place)
    const escaped = code === PERCENT || code === BACKSLASH ? escapedAt(text, place) : undefined
    const plain = escaped === undefined ? plainCode(code) : Number.parseInt(escaped.slice(-HEX_CHARACTERS), HEX)
    if (plain !== UNSEEN) {
      codes[length] = plain
      places[length++] = place
    }
    place += escaped?.length ?? 1
  }
  return {
    text: Buffer.from(codes.buffer, 0, length * BYTES_PER_CODE).toString('utf16le'),
    placeOf: (read) => (read < length ? (places[read] ?? 0) : text.length),
  }
}

function escapedAt(text: string, place: number): string | undefined {
  ESCAPED.lastIndex = place
  return ESCAPED.exec(text)?.[0]
}

const plainCode = (code: number): number => (code < ASCII_END ? code : (PLAIN.get(code) ?? code))

function codeOf(character: string): number {
  return character.charCodeAt(0)
}

function codesOf(characters: string): readonly number[] {
  return Array.from(characters, codeOf)
}

/** Its first character is that of a text: half of what else looks like it, such as names and digests, is not. */
const BASE64 = /^[A-Za-f][\w+/\r\n-]{18,}={0,2}\s{0,2}$/
const LINE_END = /[\r\n]/
const CHARACTERS_PER_GROUP = 4
const CONTROL = /(?![\t\r\n])\p{Cc}/u

/** What a text is that is base64 throughout, as bytes are written; undefined when that is no text. */
export function textInBase64(text: string): string | undefined {
  if (text.length % CHARACTERS_PER_GROUP !== 0 && !LINE_END.test(text)) return undefined
  if (!BASE64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  if (!isUtf8(bytes)) return undefined
  const inner = bytes.toString('utf8')
  return CONTROL.test(inner) ? undefined : inner
}
