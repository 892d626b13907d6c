import type { RE2JS } from 're2js'
import { assignedIn } from './assignments.ts'
import { cardsIn } from './cards.ts'
import type { NamesSecret } from './names.ts'
import { tokensIn } from './patterns.ts'
import { passwordsIn, saidIn } from './sentences.ts'
import type { Span } from './spans.ts'

/**
 * What every secret has some of. Most text has none of it and is done; one expression for all would take several times as long, since
 * only a plain one is searched for in leaps.
 */
const SEPARATOR = /[:=>]/
const OPTION = /(?:^|\s)-|-----/
const SCHEME = /(?:bearer|basic) /i
const CARD = /\d[ -]?\d[ -]?\d[ -]?\d(?:[ -]?\d){9}|\d{4}\.\d{4}\.\d{4}/
const SAYING = /[ \t](?:is|was|are|were|to)[ \t:]|[:=]\*{0,2}[ \t]/i
const PASSWORD = /pass(?:w|phrase|code)|pwd|identified /i
/** As long as the shortest token that has none of the others. */
const LONG_WORD_CHARACTERS = 15
/** Its key may have signs that part words. */
const WEBHOOK_KEY = 'whsec_'
/** Each but a card and a long word has one of these: a name or an amount is done with one search. */
const PUNCTUATION = /[:=> \t-]/

const NONE: readonly never[] = Object.freeze([])

/** The secrets in a text, found in time linear in its length. They may overlap. */
export function secretsIn(text: string, namesSecret: NamesSecret): readonly Span[] {
  const punctuated = PUNCTUATION.test(text)
  const found =
    (punctuated && mayBeMarked(text)) || hasLongWord(text) || text.includes(WEBHOOK_KEY)
      ? [...tokensIn(text), ...assignedIn(text, namesSecret)]
      : NONE
  const said = punctuated && SAYING.test(text) ? saidIn(text, namesSecret) : NONE
  const passwords = punctuated && PASSWORD.test(text) ? passwordsIn(text) : NONE
  const cards = CARD.test(text) ? cardsIn(text) : NONE
  const count = found.length + said.length + passwords.length + cards.length
  return count === 0 ? NONE : [...found, ...said, ...passwords, ...cards]
}

const mayBeMarked = (text: string): boolean =>
  SEPARATOR.test(text) || (text.includes('-') && OPTION.test(text)) || SCHEME.test(text)

const ASCII = 128
const IS_WORD: Uint8Array = Uint8Array.from({ length: ASCII }, (_, code) =>
  Number(/[\w-]/.test(String.fromCharCode(code))),
)

/** Looks back from where such a word would end to what parts it, and leaps from there: most characters are never looked at. */
function hasLongWord(text: string): boolean {
  let parting = -1
  while (parting + LONG_WORD_CHARACTERS < text.length) {
    let place = parting + LONG_WORD_CHARACTERS
    while (place > parting && IS_WORD[text.charCodeAt(place)] === 1) place--
    if (place === parting) return true
    parting = place
  }
  return false
}

/** What a pattern matches; a match of nothing is none. */
export function patternIn(text: string, pattern: RE2JS): readonly Span[] {
  const matcher = pattern.matcher(text)
  const spans: Span[] = []
  while (matcher.find()) {
    const span = { start: matcher.start(), end: matcher.end() }
    if (span.start < span.end) spans.push(span)
  }
  return spans
}
