import { isRedacted, withoutDigests } from '../../domain/redacted.ts'
import { Lru } from '../../support/lru.ts'
import { destinationsOf } from '../destinations/destination.ts'
import { numberOf } from '../numbers.ts'
import { skeletonOf } from './skeleton.ts'
import { keyOf } from './value-table.ts'

/** Short texts are what calls repeat: names, codes, addresses, a usual note. */
const SHORT_CHARS_MAX = 512
const SHORT_KEPT_MAX = 1_024
/** Long ones are kept until the calls that have them, of which many may wait, are learned. */
const LONG_CHARS_MAX = 16_384
const LONG_KEPT_MAX = 64

/** All that can be read of one text by itself, each once. */
export class TextFacts {
  readonly text: string
  /** A secret is the same or another, and no more is known of it. */
  readonly isSecret: boolean
  /** The number that it plainly is. */
  readonly number: number | undefined
  #key: string | undefined
  #plain: string | undefined
  #destinations: readonly string[] | undefined
  #form: { readonly skeleton: string | undefined } | undefined

  constructor(text: string) {
    this.text = text
    this.isSecret = isRedacted(text)
    this.number = numberOf(text)
  }

  /** What tables remember the text by. */
  get key(): string {
    this.#key ??= keyOf(this.text)
    return this.#key
  }

  /** Without the digests of secrets in it. */
  get plain(): string {
    this.#plain ??= withoutDigests(this.text)
    return this.#plain
  }

  /** Mail domains, hosts, directories and accounts, each behind its kind. */
  get destinations(): readonly string[] {
    this.#destinations ??= destinationsOf(this.plain).map(({ kind, name }) => `${kind}:${name}`)
    return this.#destinations
  }

  /** Undefined for prose. */
  get form(): string | undefined {
    this.#form ??= { skeleton: skeletonOf(this.plain) }
    return this.#form.skeleton
  }
}

const SHORT = new Lru<string, TextFacts>(SHORT_KEPT_MAX)
const LONG = new Lru<string, TextFacts>(LONG_KEPT_MAX)

/** The facts of a text. Read anew unless it was of late: that changes nothing of what they are. */
export function factsOf(text: string): TextFacts {
  if (text.length > LONG_CHARS_MAX) return new TextFacts(text)
  const kept = text.length > SHORT_CHARS_MAX ? LONG : SHORT
  const known = kept.peek(text)
  if (known !== undefined) return known
  const made = new TextFacts(text)
  kept.set(text, made)
  return made
}
