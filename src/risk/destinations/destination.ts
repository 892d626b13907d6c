import { isRedacted, withoutDigests } from '../../domain/redacted.ts'
import type { Scalar } from '../features.ts'
import { accountOf } from './account.ts'
import { directoryOf } from './directory.ts'
import { canonicalHost, hostOf } from './host.ts'
import { mailDomainsOf } from './mail.ts'
import { visible } from './visible.ts'

export type DestinationKind = 'mail domain' | 'host' | 'directory' | 'account' | 'value'

/** Where something goes, in the one spelling by which it is remembered. */
export interface Destination {
  readonly kind: DestinationKind
  readonly name: string
}

/** Longer texts have no shape: no mail list, URL or path that a program takes is this long. */
const SHAPED_CHARS_MAX = 65_536
/** As much of a text as is compared when it has no shape; what is longer than this is never remembered. */
const WHOLE_CHARS_MAX = 1_000
/** Digits of the longest number that can be declared as a destination. */
const NUMBER_LIMIT = 10n ** 40n
const BARE_HOST = /^[^\s/@:]+\.[^\s/@:.\d][^\s/@:.]*\.?$/

/** What a text says of where something goes, by its shape alone; empty when it has no shape of a destination. */
export function destinationsOf(text: string): readonly Destination[] {
  if (text.length > SHAPED_CHARS_MAX) return []
  const seen = visible(withoutDigests(text))
  const host = hostOf(seen)
  if (host !== undefined) return [{ kind: 'host', name: host }]
  const domains = mailDomainsOf(seen)
  if (domains.length > 0) return domains.map((name) => ({ kind: 'mail domain', name }))
  const directory = directoryOf(seen)
  if (directory !== undefined) return [{ kind: 'directory', name: directory }]
  const account = accountOf(seen)
  return account === undefined ? [] : [{ kind: 'account', name: account }]
}

/** A value as a destination as a whole: what remains when it has no known shape. Undefined for nothing, a blank, true and false. */
export function wholeOf(value: Scalar): Destination | undefined {
  const name = typeof value === 'string' ? foldedText(value) : numberAsText(value)
  return name === undefined || name === '' ? undefined : { kind: 'value', name }
}

function foldedText(text: string): string {
  if (isRedacted(text)) return text
  const seen = visible(withoutDigests(text).slice(0, WHOLE_CHARS_MAX))
  const host = BARE_HOST.test(seen) ? canonicalHost(seen) : undefined
  const folded = host ?? seen.replace(/\s+/g, ' ').toLowerCase()
  // Else `[REDACTED:…]` would pass for the secret that has this mark.
  return isRedacted(folded) ? text.slice(0, WHOLE_CHARS_MAX) : folded
}

function numberAsText(value: Scalar): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'bigint') return undefined
  return value < NUMBER_LIMIT && value > -NUMBER_LIMIT ? String(value) : 'a number of more than 40 digits'
}
