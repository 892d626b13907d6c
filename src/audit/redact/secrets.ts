import type { RE2JS } from 're2js'
import { isCardNumber } from './cards.ts'
import { readingOf } from './disguises.ts'
import { type Mark, plainMark } from './mark.ts'
import { type DeclaredNames, fold, isQuerySecret, isUsualSecret, type NamesSecret } from './names.ts'
import { type Span, withoutSpans } from './spans.ts'
import { patternIn, secretsIn } from './text.ts'

/** What is known of a parameter name. */
export interface Name {
  readonly folded: string
  /** Its values are usually secret. */
  readonly usualSecret: boolean
  /** The name itself without secrets in it: a model may have chosen it. */
  readonly shown: string
}

const NAMES_KNOWN_MAX = 4_096
const KNOWN_NAME_CHARACTERS_MAX = 128

const isUsualName: NamesSecret = (name) => isUsualSecret(fold(name))

/** What counts as a secret, in a name and in a value. Remembers names, since the same few come with every call. */
export class Secrets {
  readonly #patterns: readonly RE2JS[]
  readonly #names = new Map<string, Name>()

  constructor(patterns: readonly RE2JS[]) {
    this.#patterns = patterns
  }

  name(text: string): Name {
    return this.#names.get(text) ?? this.#newName(text)
  }

  /** Without secrets; names in it, as in `password=abc`, count as names of parameters do. */
  text(text: string, declared: DeclaredNames, mark: Mark): string {
    const namesSecret: NamesSecret = (name, { inQuery }) => {
      const { folded, usualSecret } = this.name(name)
      return usualSecret || declared.has(folded, []) || (inQuery && isQuerySecret(folded))
    }
    return this.#without(text, namesSecret, mark)
  }

  isSecretNumber(value: number | bigint): boolean {
    return isCardNumber(value) || this.#patterns.some((pattern) => pattern.matcher(String(value)).find())
  }

  #newName(text: string): Name {
    const folded = fold(text)
    const name = { folded, usualSecret: isUsualSecret(folded), shown: this.#without(text, isUsualName, plainMark) }
    if (text.length > KNOWN_NAME_CHARACTERS_MAX) return name
    if (this.#names.size >= NAMES_KNOWN_MAX) this.#names.clear()
    this.#names.set(text, name)
    return name
  }

  #without(text: string, namesSecret: NamesSecret, mark: Mark): string {
    const plain = this.#spansIn(text, namesSecret)
    const reading = readingOf(text)
    if (reading === undefined) return withoutSpans(text, plain, mark)
    const disguised = this.#spansIn(reading.text, namesSecret).map(({ start, end }) => ({
      start: reading.placeOf(start),
      end: reading.placeOf(end),
    }))
    return withoutSpans(text, [...plain, ...disguised], mark)
  }

  #spansIn(text: string, namesSecret: NamesSecret): readonly Span[] {
    const usual = secretsIn(text, namesSecret)
    if (this.#patterns.length === 0) return usual
    return [...usual, ...this.#patterns.flatMap((pattern) => patternIn(text, pattern))]
  }
}
