import { isRedacted, withoutDigests } from '../../domain/redacted.ts'
import { destinationsOf } from '../destinations/destination.ts'
import { skeletonOf } from './skeleton.ts'
import type { TextFeatures } from './text-shape.ts'
import { keyOf } from './value-table.ts'

/** What is read of one text of a call, once, for scoring and for learning. */
export class TextFacts {
  readonly text: string
  /** A secret is the same or another, and no more is known of it. */
  readonly isSecret: boolean
  /** Set by scoring, for the learning that follows before anything else is learned. */
  features: TextFeatures | undefined
  #key: string | undefined
  #plain: string | undefined
  #destinations: readonly string[] | undefined
  #form: { readonly skeleton: string | undefined } | undefined

  constructor(text: string) {
    this.text = text
    this.isSecret = isRedacted(text)
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
