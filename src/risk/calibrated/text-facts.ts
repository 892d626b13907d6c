import { isRedacted, withoutDigests } from '../../domain/redacted.ts'
import { Lru } from '../../support/lru.ts'
import { destinationsOf } from '../destinations/destination.ts'
import { numberOf } from '../numbers.ts'
import { skeletonOf } from './skeleton.ts'
import { keyOf } from './value-table.ts'

/** Short texts whose facts are kept, which are those that calls repeat: names, codes, addresses, a usual note. */
const KEPT_MAX = 1_024
const KEPT_CHARS_MAX = 512

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

/** Only of what is read: whatever it holds, the same is read again. */
const KEPT = new Lru<string, TextFacts>(KEPT_MAX)

/** The facts of a text, read anew unless it was read of late. */
export function factsOf(text: string): TextFacts {
  if (text.length > KEPT_CHARS_MAX) return new TextFacts(text)
  const kept = KEPT.peek(text)
  if (kept !== undefined) return kept
  const made = new TextFacts(text)
  KEPT.set(text, made)
  return made
}
