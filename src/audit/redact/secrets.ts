import type { RE2JS } from 're2js'
import { isCardNumber } from './cards.ts'
import { type DeclaredNames, fold, isQuerySecret, isUsualSecret } from './names.ts'
import { withoutMatches, withoutSecrets } from './text.ts'

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
  text(text: string, declared: DeclaredNames): string {
    let shown = withoutSecrets(text, (name, { inQuery }) => {
      const { folded, usualSecret } = this.name(name)
      return usualSecret || declared.has(folded, []) || (inQuery && isQuerySecret(folded))
    })
    for (const pattern of this.#patterns) shown = withoutMatches(shown, pattern)
    return shown
  }

  isSecretNumber(value: number | bigint): boolean {
    return isCardNumber(value) || this.#patterns.some((pattern) => pattern.matcher(String(value)).find())
  }

  #newName(text: string): Name {
    const folded = fold(text)
    const name = { folded, usualSecret: isUsualSecret(folded), shown: this.#shownName(text) }
    if (text.length > KNOWN_NAME_CHARACTERS_MAX) return name
    if (this.#names.size >= NAMES_KNOWN_MAX) this.#names.clear()
    this.#names.set(text, name)
    return name
  }

  #shownName(text: string): string {
    let shown = withoutSecrets(text, () => false)
    for (const pattern of this.#patterns) shown = withoutMatches(shown, pattern)
    return shown
  }
}
