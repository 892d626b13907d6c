import type { Span } from './spans.ts'

/** Whether a name in a text says that a secret follows. `inQuery`: it stands in the query of an address. */
export type NamesSecret = (name: string, where: { readonly inQuery: boolean }) => boolean

const NAME = String.raw`([A-Za-z_][\w.-]{0,63})`

/** A name and what stands between it and its value: `token=`, `"pin": `, `\"pin\":`, `Cookie: `, `<password>`. */
const NAMED = new RegExp(
  String.raw`(?<![\w.-])-{0,2}${NAME}(\\{0,4}["']\s{0,8}[:=]\s{0,8}|[ \t]{0,4}[:=][ \t]{0,8}|>)`,
  'g',
)
/** A command line option: `--password `. */
const OPTION = new RegExp(String.raw`(?<![\w.-])--?${NAME}([ \t]{1,4})`, 'g')

/** Each is tried where a value begins. A missing end quote means that the text was cut: the value goes on to its end. */
const DOUBLE_QUOTED = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)/y
const SINGLE_QUOTED = /'([^'\\]*(?:\\[\s\S][^'\\]*)*)/y
const ESCAPED_QUOTED = /\\+["']([^"'\\]*(?:\\+[^"'\\][^"'\\]*)*)/y
const TO_TAG = /([^<]+)/y
const TO_LINE_END = /((?!\/\/)[^\s{[][^\r\n]*)/y
const TO_LINE_END_OR_QUOTE = /((?!\/\/)[^\s{["'][^\r\n"']*)/y
const WORD =
  /((?!\/\/)(?:(?:basic|bearer|digest|negotiate|token|apikey)[ \t]{1,4})?[^\s=&;,"'<>{}[\]][^\s&;,"'<>{}[\]]*)/iy

const QUOTED = [DOUBLE_QUOTED, SINGLE_QUOTED, ESCAPED_QUOTED] as const

const MAY_ASSIGN = /[:=>]|(?:^|\s)-/
const LINE_START = /(?:^|[\r\n]|\\[nr])[ \t-]{0,16}$/
const BEFORE_MAX = 20
const NOT_SECRET = /^(?:null|nil|none|undefined|true|false)$/i
const ENGLISH = /^[a-z]+[.!?]?$/

/** The values that a text gives to secret names. Values that are objects or lists are left. */
export function assignedIn(text: string, namesSecret: NamesSecret): readonly Span[] {
  if (!MAY_ASSIGN.test(text)) return []
  return [
    ...valuesIn(text, { heads: NAMED, namesSecret, valueAt: valueOfNamed }),
    ...valuesIn(text, { heads: OPTION, namesSecret, valueAt: valueOfOption }),
  ]
}

/** A name and its separator, found in a text. */
interface Head {
  readonly text: string
  readonly start: number
  /** Where the value begins. */
  readonly end: number
  readonly separator: string
}

interface Search {
  readonly heads: RegExp
  readonly namesSecret: NamesSecret
  readonly valueAt: (head: Head) => Span | undefined
}

/** What follows a name that is not secret is searched in turn: `url=https://example.com/?token=abc`. */
function valuesIn(text: string, { heads, namesSecret, valueAt }: Search): readonly Span[] {
  const values: Span[] = []
  let searched = 0
  for (const found of text.matchAll(heads)) {
    const [whole, name = '', separator = ''] = found
    const start = found.index
    if (start < searched || !namesSecret(name, { inQuery: /[?&#]/.test(text[start - 1] ?? '') })) continue
    const value = valueAt({ text, start, end: start + whole.length, separator })
    if (value === undefined || NOT_SECRET.test(text.slice(value.start, value.end))) continue
    values.push(value)
    searched = value.end
  }
  return values
}

function valueOfNamed(head: Head): Span | undefined {
  const { text, start, end, separator } = head
  if (separator === '>') return text[start - 1] === '<' ? spanOf(TO_TAG, head) : undefined
  const quoted = quotedAt(head)
  if (quoted !== undefined) return quoted
  if (separator.includes('=') || /["']/.test(separator)) return spanOf(WORD, head)
  const before = text.slice(Math.max(0, start - BEFORE_MAX), start)
  if (LINE_START.test(before)) return spanOf(TO_LINE_END, head)
  if (/["']$/.test(before)) return spanOf(TO_LINE_END_OR_QUOTE, head)
  const word = spanOf(WORD, head)
  // In a sentence, `password: required` tells no secret.
  return word === undefined || ENGLISH.test(text.slice(end, word.end)) ? undefined : word
}

const valueOfOption = (head: Head): Span | undefined => quotedAt(head) ?? spanOf(WORD, head)

function quotedAt(head: Head): Span | undefined {
  for (const pattern of QUOTED) {
    const span = spanOf(pattern, head)
    if (span !== undefined) return span
  }
  return undefined
}

/** The captured part of a pattern that is tried at the head's end; undefined when it does not match or captures nothing. */
function spanOf(pattern: RegExp, { text, end }: Head): Span | undefined {
  pattern.lastIndex = end
  const [whole, captured] = pattern.exec(text) ?? []
  if (whole === undefined || captured === undefined || captured === '') return undefined
  const valueEnd = end + whole.length
  return { start: valueEnd - captured.length, end: valueEnd }
}
