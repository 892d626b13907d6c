import type { RE2JS } from 're2js'
import { type NamesSecret, withoutAssigned } from './assignments.ts'
import { withoutCards } from './cards.ts'
import { withoutTokens } from './patterns.ts'
import { REDACTED } from './replacement.ts'

/**
 * What every secret has some of. Most text has none of it and is done; one expression for all would take several times as long, since
 * only a plain one is searched for in leaps.
 */
const SEPARATOR = /[:=>]/
const OPTION = /(?:^|\s)-|-----/
const SCHEME = /(?:bearer|basic) /i
const CARD = /\d[ -]?\d[ -]?\d[ -]?\d(?:[ -]?\d){9}/
const LONG_WORD_CHARACTERS = 16

/** Text with the secrets in it replaced, in time linear in its length; the same text when there are none. */
export function withoutSecrets(text: string, namesSecret: NamesSecret): string {
  const shown = mayHoldSecret(text) ? withoutAssigned(withoutTokens(text), namesSecret) : text
  return CARD.test(shown) ? withoutCards(shown) : shown
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

/** Text with every match replaced; a match of nothing is none. */
export function withoutMatches(text: string, pattern: RE2JS): string {
  const matcher = pattern.matcher(text)
  let replaced = ''
  let kept = 0
  while (matcher.find()) {
    if (matcher.start() === matcher.end()) continue
    replaced += text.slice(kept, matcher.start()) + REDACTED
    kept = matcher.end()
  }
  return kept === 0 ? text : replaced + text.slice(kept)
}
