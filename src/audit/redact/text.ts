import type { RE2JS } from 're2js'
import { assignedIn, type NamesSecret } from './assignments.ts'
import { cardsIn } from './cards.ts'
import { tokensIn } from './patterns.ts'
import { saidIn } from './sentences.ts'
import type { Span } from './spans.ts'

/**
 * What every secret has some of. Most text has none of it and is done; one expression for all would take several times as long, since
 * only a plain one is searched for in leaps.
 */
const SEPARATOR = /[:=>]/
const OPTION = /(?:^|\s)-|-----/
const SCHEME = /(?:bearer|basic) /i
const CARD = /\d[ -]?\d[ -]?\d[ -]?\d(?:[ -]?\d){9}/
const SAYING = /[ \t](?:is|was|are|were|to)[ \t:]|[:=][ \t]/i
const LONG_WORD_CHARACTERS = 16

/** The secrets in a text, found in time linear in its length. They may overlap. */
export function secretsIn(text: string, namesSecret: NamesSecret): readonly Span[] {
  const found = mayHoldSecret(text) ? [...tokensIn(text), ...assignedIn(text, namesSecret)] : []
  if (SAYING.test(text)) found.push(...saidIn(text, namesSecret))
  return CARD.test(text) ? [...found, ...cardsIn(text)] : found
}

const mayHoldSecret = (text: string): boolean =>
  SEPARATOR.test(text) || OPTION.test(text) || SCHEME.test(text) || hasLongWord(text)

const ASCII = 128
const IS_WORD: Uint8Array = Uint8Array.from({ length: ASCII }, (_, code) =>
  Number(/[\w-]/.test(String.fromCharCode(code))),
)

function hasLongWord(text: string): boolean {
  let length = 0
  for (let place = 0; place < text.length; place++) {
    length = IS_WORD[text.charCodeAt(place)] === 1 ? length + 1 : 0
    if (length === LONG_WORD_CHARACTERS) return true
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
