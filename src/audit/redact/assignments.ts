import { endOfBrackets } from './brackets.ts'
import type { NamesSecret } from './names.ts'
import { isSaidOfSecrets } from './sentences.ts'
import type { Span } from './spans.ts'

/** To its end: where no separator follows, none follows a part of it. */
const NAME = String.raw`([A-Za-z_][\w.-]{0,63})(?![\w.-])`
const QUOTE = String.raw`\\{0,31}["'\x60]`
/** Wide, since many align their values in columns. */
const GAP = String.raw`[ \t]{0,64}`

/** A name and what stands between it and its value. */
const NAMED = headOf(NAME, [
  // "pin": , \"pin\": , 'pin' => , ["pin"] =
  String.raw`${QUOTE}\]?\s{0,64}(?:=>|[:=])\s{0,64}`,
  // user[pin]=
  String.raw`\]${GAP}=(?!=)${GAP}`,
  // :pin => "
  `${GAP}=>${GAP}(?=["'])`,
  // pin= , Cookie: , **Pin:** , **Pin**:
  String.raw`(?:\*\*)?${GAP}[:=](?:\*\*(?=[ \t]))?${GAP}`,
])
/** A name that is a value itself, and the value that goes with it: `name: PIN`, `"key":"pin"`, `<add key="pin"` */
const PAIRED = headOf(`(?:[Nn]ame|[Kk]ey|[Hh]eader)(?:${QUOTE})?${GAP}[:=]${GAP}(?:${QUOTE})?${NAME}`, [
  String.raw`(?:${QUOTE}(?:[^<>{}\r\n]{1,64}?[\s,])?)?[\s,]{0,64}(?<=[\s,])(?:${QUOTE})?[Vv]alue(?:${QUOTE})?${GAP}[:=]${GAP}`,
])
/** `<password>`, `<wsse:Password Type="…">` */
const TAG = new RegExp(String.raw`<(?:[\w.-]{1,32}:)?${NAME}((?:\s[^<>]{0,256})?>)`, 'g')
/** A command line option: `--password `. */
const OPTION = new RegExp(String.raw`(?<![\w.-])--?${NAME}([ \t]{1,4})`, 'g')

/** Each is tried where a value begins. A missing end quote means that the text was cut: the value goes on to its end. */
const DOUBLE_QUOTED = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)/y
const SINGLE_QUOTED = /'([^'\\]*(?:\\[\s\S][^'\\]*)*)/y
const BACK_QUOTED = /`([^`\\]*(?:\\[\s\S][^`\\]*)*)/y
const ESCAPED_QUOTED = /\\+["']([^"'\\]*(?:\\+[^"'\\][^"'\\]*)*)/y
const UNPARSED = /<!\[CDATA\[((?:[^\]]|\](?!\]>))+)/y
/** As in a connection string. */
const BRACED = /\{([^{}\r\n]{1,256})/y
const TO_TAG = /([^<]+)/y
/** The lines of YAML that are indented as the first of them. */
const BLOCK = /[|>][+-]?\d?[+-]?[ \t]*\r?\n(([ \t]+)\S[^\r\n]*(?:\r?\n(?:\2[^\r\n]*|[ \t]*(?=[\r\n]|$)))*)/y
const TO_LINE_END = /((?!\/\/)[^\s{[][^\r\n]*)/y
const TO_LINE_END_OR_QUOTE = /((?!\/\/)[^\s{["'][^\r\n"']*)/y
const WORD =
  /((?!\/\/)(?:(?:basic|bearer|digest|negotiate|token|apikey)[ \t]{1,4})?[^\s=&;,"'<>{}[\]][^\s&;,"'<>{}[\]]*)/iy

const QUOTED = [DOUBLE_QUOTED, SINGLE_QUOTED, BACK_QUOTED, ESCAPED_QUOTED] as const

const MAY_ASSIGN = /[:=>]|(?:^|\s)-/
const MAY_PAIR = /(?:name|key|header)[^\n]{0,8}[:=]/i
/** With what marks a list, a quotation or bold letters. */
const LINE_START = /(?:^|[\r\n]|\\[nr])[ \t>*•-]{0,16}(?:\d{1,3}[.)][ \t*]{1,4})?$/
const BEFORE_MAX = 20
const NOT_SECRET = /^(?:null|nil|none|undefined|true|false)$/i
const ENGLISH = /^[a-z]+[.!?]?$/

/** The values that a text gives to secret names. */
export function assignedIn(text: string, namesSecret: NamesSecret): readonly Span[] {
  if (!MAY_ASSIGN.test(text)) return []
  const searches: readonly Search[] = [
    { heads: NAMED, valueAt: valueOfNamed },
    { heads: OPTION, valueAt: valueInQuotesOrWord },
    ...(text.includes('<') ? [{ heads: TAG, valueAt: valueOfTag }] : []),
    ...(MAY_PAIR.test(text) ? [{ heads: PAIRED, valueAt: valueInQuotesOrWord }] : []),
  ]
  return searches.flatMap((search) => valuesIn(text, search, namesSecret))
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
  readonly valueAt: (head: Head) => Span | undefined
}

function headOf(name: string, separators: readonly string[]): RegExp {
  return new RegExp(String.raw`(?<![\w.-])-{0,2}${name}(${separators.join('|')})`, 'g')
}

/** What follows a name that is not secret is searched in turn: `url=https://example.com/?token=abc`. */
function valuesIn(text: string, { heads, valueAt }: Search, namesSecret: NamesSecret): readonly Span[] {
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
  const [quote] = /\\*["'`]/.exec(separator) ?? []
  if (quote !== undefined && /[[{]/.test(text[end] ?? '')) return { start: end, end: endOfBrackets(text, end, quote) }
  const quoted = quotedAt(head)
  if (quoted !== undefined) return quoted
  if (separator.includes('=') || quote !== undefined) return spanOf(WORD, head) ?? spanOf(BRACED, head)
  const before = text.slice(Math.max(0, start - BEFORE_MAX), start)
  if (LINE_START.test(before)) return spanOf(BLOCK, head) ?? spanOf(TO_LINE_END, head)
  if (/["']$/.test(before)) return spanOf(TO_LINE_END_OR_QUOTE, head)
  const word = spanOf(WORD, head)
  // In a sentence, `password: required` and `password: Invalid input` tell no secret.
  return word === undefined || isEnglish(text.slice(end, word.end)) ? undefined : word
}

const isEnglish = (word: string): boolean => ENGLISH.test(word) || isSaidOfSecrets(word.toLowerCase())

const valueOfTag = (head: Head): Span | undefined => spanOf(UNPARSED, head) ?? spanOf(TO_TAG, head)
const valueInQuotesOrWord = (head: Head): Span | undefined => quotedAt(head) ?? spanOf(WORD, head)

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
