import type { Redacted } from '../../domain/call.ts'
import { emptyObject, isPlainArray, type Params, type Plain, type PlainObject } from '../../domain/plain.ts'
import { fromJsonText, toJsonText } from '../../support/json.ts'
import { textInBase64 } from './disguises.ts'
import type { Mark } from './mark.ts'
import { type DeclaredNames, isSecretField } from './names.ts'
import { pathText } from './path.ts'
import type { Name, Secrets } from './secrets.ts'

/** JSON in a text in JSON in a text is read this deep; below it is text. */
const JSON_DEPTH_MAX = 3
const LOOKS_LIKE_JSON = /^\s*[[{]/
/** Option names in a list of arguments: `['--password', 'abc']`. */
const OPTION = /^--?(?=[A-Za-z])/
const NONE: readonly never[] = Object.freeze([])

export interface WalkOptions {
  readonly secrets: Secrets
  readonly declared: DeclaredNames
  readonly mark: Mark
  /** How many texts of JSON the values are inside of. */
  readonly jsonDepth: number
}

export function redactedParams(params: Params, options: WalkOptions): Redacted {
  const walk = new Walk(options)
  return { params: walk.object(params), paths: walk.paths() }
}

/** One pass over a value. Copies only what changes; what holds no secret comes back as the same object. */
class Walk {
  readonly #options: WalkOptions
  readonly #at: (string | number)[] = []
  readonly #paths = new Set<string>()

  constructor(options: WalkOptions) {
    this.#options = options
  }

  paths(): readonly string[] {
    return this.#paths.size === 0 ? NONE : Object.freeze([...this.#paths].sort())
  }

  object(source: PlainObject): PlainObject {
    const keys = Object.keys(source)
    const secretKey = this.#secretOfPair(source)
    let copy: Record<string, Plain> | undefined
    let taken: Map<string, number> | undefined
    for (let place = 0; place < keys.length; place++) {
      const key = keys[place] as string
      const value = source[key] as Plain
      const name = this.#options.secrets.name(key)
      this.#at.push(name.shown)
      const seen = this.#member(name, value, key === secretKey)
      if (name.shown !== key) this.#note()
      this.#at.pop()
      if (seen !== value || name.shown !== key) copy ??= beginning(source, keys.slice(0, place))
      if (copy === undefined) continue
      taken ??= new Map()
      copy[freeKey(copy, name.shown, taken)] = seen
    }
    return copy === undefined ? source : Object.freeze(copy)
  }

  #member(name: Name, value: Plain, ofSecretPair: boolean): Plain {
    if (this.#options.declared.has(name.folded, this.#at)) return this.#hidden(value)
    return name.usualSecret || ofSecretPair ? this.#usualSecret(value) : this.#value(value)
  }

  #value(value: Plain): Plain {
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
      case 'bigint':
        return this.#options.secrets.isSecretNumber(value) ? this.#hidden(value) : value
      case 'object':
        if (value === null) return value
        return isPlainArray(value) ? this.#list(value) : this.object(value)
      default:
        return value
    }
  }

  #list(source: readonly Plain[]): readonly Plain[] {
    let copy: Plain[] | undefined
    for (let place = 0; place < source.length; place++) {
      const value = source[place] as Plain
      this.#at.push(place)
      const seen = place > 0 && this.#followsOption(source[place - 1]) ? this.#usualSecret(value) : this.#element(value)
      this.#at.pop()
      if (seen !== value) copy ??= source.slice(0, place)
      copy?.push(seen)
    }
    return copy === undefined ? source : Object.freeze(copy)
  }

  /** An element that is a pair of a secret name and its value, as in a list of headers. */
  #element(value: Plain): Plain {
    if (!isPlainArray(value) || value.length !== 2 || !this.#isSecretName(value[0])) return this.#value(value)
    const [name = null, secret = null] = value
    this.#at.push(1)
    const seen = this.#usualSecret(secret)
    this.#at.pop()
    return seen === secret ? value : Object.freeze([name, seen])
  }

  #text(text: string): string {
    const { secrets, declared, mark } = this.#options
    const seen = this.#jsonText(text) ?? secrets.text(text, declared, mark)
    if (seen === text && this.#hidesSecret(text)) return this.#hidden(text)
    if (seen !== text) this.#note()
    return seen
  }

  /** Whether a text is base64 throughout, as bytes are written too, of a text with a secret in it. */
  #hidesSecret(text: string): boolean {
    const { secrets, declared, mark } = this.#options
    const inner = textInBase64(text)
    return inner !== undefined && (this.#jsonText(inner) ?? secrets.text(inner, declared, mark)) !== inner
  }

  /** Text that is JSON throughout, written anew without the secrets in it; undefined when it is not, or holds none. */
  #jsonText(text: string): string | undefined {
    const jsonDepth = this.#options.jsonDepth + 1
    if (jsonDepth > JSON_DEPTH_MAX || !LOOKS_LIKE_JSON.test(text)) return undefined
    try {
      const value = fromJsonText(text)
      const seen = new Walk({ ...this.#options, jsonDepth }).#value(value)
      return seen === value ? undefined : toJsonText(seen)
    } catch {
      // Not JSON, or nested too deep to be read: it is redacted as any other text.
      return undefined
    }
  }

  /** Null, true, false and nothing are no secrets: `hasToken` and an empty password field stay as they are. */
  #usualSecret(value: Plain): Plain {
    return value === null || typeof value === 'boolean' || value === '' ? value : this.#hidden(value)
  }

  #hidden(secret: Plain): string {
    this.#note()
    return this.#options.mark(secret)
  }

  #note(): void {
    this.#paths.add(pathText(this.#at))
  }

  /**
   * Of `{ name: 'Authorization', value: 'Bearer abc' }`, and of `{ selector: '#password', text: 'abc' }`, which a browser is to type, the
   * key whose value is secret.
   */
  #secretOfPair(pair: PlainObject): string | undefined {
    const { name, key, header, field, label, value, text, Name, Key, Value } = pair
    if (value !== undefined)
      return this.#isSecretName(name ?? key ?? header ?? field ?? label) || fillsInSecret(pair) ? 'value' : undefined
    if (text !== undefined && fillsInSecret(pair)) return 'text'
    return Value !== undefined && this.#isSecretName(Name ?? Key) ? 'Value' : undefined
  }

  #followsOption(previous: Plain | undefined): boolean {
    return typeof previous === 'string' && OPTION.test(previous) && this.#isSecretName(previous.replace(OPTION, ''))
  }

  #isSecretName(name: Plain | undefined): boolean {
    if (typeof name !== 'string') return false
    const { folded, usualSecret } = this.#options.secrets.name(name)
    return usualSecret || this.#options.declared.has(folded, [])
  }
}

const fillsInSecret = ({ selector, element }: PlainObject): boolean =>
  [selector, element].some((told) => typeof told === 'string' && isSecretField(told))

function beginning(source: PlainObject, keys: readonly string[]): Record<string, Plain> {
  const copy = emptyObject()
  for (const key of keys) copy[key] = source[key] as Plain
  return copy
}

/** Two names that differed in their secrets alone stay two. `last` remembers how far each name was counted. */
function freeKey(taken: Record<string, Plain>, key: string, last: Map<string, number>): string {
  let free = key
  let count = last.get(key) ?? 1
  while (Object.hasOwn(taken, free)) free = `${key} (${++count})`
  if (count > 1) last.set(key, count)
  return free
}
