import type { NamesSecret } from './names.ts'
import type { Span } from './spans.ts'

/** What stands between a name and a value that is told in words: `my password is …`, `set the pin to …`, `the api key: …`. */
const LINK =
  /(?<=[A-Za-z\d])(?:[ \t]{1,4}(is|was|are|were|to)(?:[ \t]{0,2}:)?[ \t]{1,4}|(?:\*\*)?[ \t]{0,4}(:|=(?!=))(?:\*\*)?[ \t]{1,4})/gi
const NAME_CHARACTERS_MAX = 64
const NAME_WORDS_MAX = 3
const NAME_WORD = /^[A-Za-z][\w-]*$/

/** Each is tried where a value begins. */
const QUOTED = /["'“‘`]([^"'”’`\r\n]{1,256})/y
const WORD = /((?!\/\/)[^\s,;"'`<>{}[\]()&“”‘’]{1,256})/y
const QUOTE = /["'“‘`]/
const END_MARKS = /[.:]+$/

/** A word that nobody would use in a sentence: with a digit, a sign or a capital letter inside. */
const MADE = /^(?=.*[A-Za-z\d])(?:.*\d|.*[^A-Za-z\d-]|.+[A-Z]|(?:.*-){3})/
/** Three words and less are English with hyphens; ways to encrypt have numbers. */
const HYPHENATED = /^[A-Za-z]+(?:-[A-Za-z]+){1,2}$/
const METHOD = /^(?:sha|aes|rsa|md|hs|rs|es|ed|base|utf)-?\d{1,5}(?:-[a-z]+)?$/i
const MEASURED =
  /^[ \t](?:characters?|chars?|digits?|letters?|symbols?|words?|bits?|bytes?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|times?|attempts?|of)\b/i
const NUMBER = /^\d+(?:[-.]\d+)?$/
/** What a clause may end with. */
const CLAUSE_END = /^(?:$|[.!?]+(?:$|[\s"'”’)])|[,;)\r\n"'”’]|[ \t]+(?:and|or|but|for|so|please|thanks)\b)/i

/** Of these, and of no everyday word such as `token` or `cookie`, a word of plain letters is told as well: `my password is swordfish`. */
const HARD_NAME = /(?:pass[ _-]?(?:word|phrase|code)|passwd|pwd|\bpin|otp|cvv|cvc|ssn)s?$/i

const TICKET = /\b(?:boarding|bus|city|day|guest|mountain|museum|parking|press|rail|season|ski|train|visitor)[ -]pass$/i
const SENDABLE = /\b(?:tokens?|cookies?|pass)$/i
const CHANGING = /\b(?:set|sets|setting|changed?|reset|updated?|rotated?|replaced?)\b/i

/** What is said of secrets, and is none. */
const SAID_OF_SECRETS =
  /^(?:a|about|above|all|also|always|an|any|as|at|bad|based|be|below|better|blank|but|by|case|correct|default|different|due|empty|enough|exact|fine|for|from|good|gone|great|hard|here|how|hex|if|in|incorrect|incomplete|insecure|invalid|it|its|just|key|kept|known|less|like|long|longer|lost|made|meant|mine|missing|more|my|never|new|nil|no|none|not|now|null|off|ok|okay|old|on|one|only|our|out|over|part|per|plain|plaintext|please|private|public|random|ready|really|right|safe|same|sensitive|sent|set|short|simple|so|something|still|strong|such|text|that|the|their|there|they|this|to|too|true|false|undefined|under|unique|unknown|unset|up|use|valid|very|weak|what|where|with|within|without|wrong|yet|you|your|yours)$/
const SAID_ENDINGS = /^[a-z-]*(?:ed|ing|ly|able|ible|ful|less|ive|ous|al|ent|ant|ary|ory|ic|ure|en|own)$/

/** Names that a value may follow without a link, in a sentence and in SQL. */
const PASSWORD =
  /(?<![\w-])(?:passwords?|passwd|pwd|passphrase|passcode|identified[ \t]{1,4}(?:with[ \t]{1,4}\w{1,64}[ \t]{1,4})?by)[ \t]{1,4}/gi
const MIXED = /^(?=.*\d)(?=.*[A-Za-z]).{6}/

/** The values that sentences give to secret names. They are guessed at, so a plain word that might say something else stays. */
export function saidIn(text: string, namesSecret: NamesSecret): readonly Span[] {
  const values: Span[] = []
  for (const found of text.matchAll(LINK)) {
    const name = secretNameBefore(text, found.index, namesSecret)
    const value = name === undefined ? undefined : valueAt(text, found.index + found[0].length)
    if (name === undefined || value === undefined) continue
    const link = (found[1] ?? found[2] ?? '').toLowerCase()
    const before = text.slice(Math.max(0, found.index - NAME_CHARACTERS_MAX), found.index)
    if (!meansAnother(before, link) && tells(text, { name, link, value })) values.push(value)
  }
  return values
}

/** The values that follow the name of a password at once: `as bob with password hunter2`, `PASSWORD 'swordfish'`. */
export function passwordsIn(text: string): readonly Span[] {
  const values: Span[] = []
  for (const found of text.matchAll(PASSWORD)) {
    const value = valueAt(text, found.index + found[0].length)
    if (value !== undefined && followsPassword(text, value)) values.push(value)
  }
  return values
}

function followsPassword(text: string, { start, end }: Span): boolean {
  const value = text.slice(start, end)
  if (isSaidOfSecrets(value.toLowerCase())) return false
  return QUOTE.test(text[start - 1] ?? '') || (MIXED.test(value) && !METHOD.test(value) && !HYPHENATED.test(value))
}

/** The last words before a place that are together the name of a secret: `api key`. */
function secretNameBefore(text: string, end: number, namesSecret: NamesSecret): string | undefined {
  const words = text
    .slice(Math.max(0, end - NAME_CHARACTERS_MAX), end)
    .split(/[ \t*]+/)
    .slice(-NAME_WORDS_MAX)
  let name = ''
  for (const word of words.toReversed()) {
    if (!NAME_WORD.test(word)) return undefined
    name = name === '' ? word : `${word} ${name}`
    if (namesSecret(name, { inQuery: false })) return name
  }
  return undefined
}

/** Whether the words up to a link speak of a ticket, or of what is sent somewhere: `the ski pass is B42`, `send the token to 0xA1`. */
const meansAnother = (before: string, link: string): boolean =>
  TICKET.test(before) || (link === 'to' && SENDABLE.test(before) && !CHANGING.test(before))

function valueAt(text: string, start: number): Span | undefined {
  QUOTED.lastIndex = start
  const quoted = QUOTED.exec(text)?.[1]
  if (quoted !== undefined) return { start: start + 1, end: start + 1 + quoted.length }
  WORD.lastIndex = start
  const word = WORD.exec(text)?.[1]?.replace(END_MARKS, '') ?? ''
  // A password may end with what a sentence ends with, a number does not.
  const bare = word.replace(/[!?]+$/, '')
  const { length } = isMade(bare) && !NUMBER.test(bare) ? word : bare
  return length === 0 ? undefined : { start, end: start + length }
}

interface Said {
  readonly name: string
  /** In lower case. */
  readonly link: string
  readonly value: Span
}

function tells(text: string, { name, link, value: { start, end } }: Said): boolean {
  const value = text.slice(start, end)
  const rest = text.slice(end, end + NAME_CHARACTERS_MAX)
  if (isSaidOfSecrets(value.toLowerCase())) return false
  if (QUOTE.test(text[start - 1] ?? '')) return true
  if (NUMBER.test(value)) return !MEASURED.test(rest)
  if (METHOD.test(value)) return false
  if (isMade(value)) return true
  const isTold = link === ':' || link === '=' || (link !== 'to' && HARD_NAME.test(name))
  return isTold && /^[A-Za-z]+$/.test(value) && CLAUSE_END.test(rest)
}

const isMade = (word: string): boolean => MADE.test(word) && !HYPHENATED.test(word)
/** @param word in lower case. */
export const isSaidOfSecrets = (word: string): boolean => SAID_OF_SECRETS.test(word) || SAID_ENDINGS.test(word)
