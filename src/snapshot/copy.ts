import { types } from 'node:util'
import { emptyObject, type Plain } from '../domain/plain.ts'
import { messageOf } from '../support/messages.ts'
import type { SnapshotLimits } from './limits.ts'

export type Path = readonly (string | number)[]

/** A value whose plain form is not the value itself, and what to make of that form again. */
export interface Mark {
  readonly path: Path
  /** Keys of a Map in their order, which an object does not keep for keys that look like numbers. */
  readonly keys?: readonly string[]
  readonly kind: 'date' | 'url' | 'bytes' | 'buffer' | 'array-buffer' | 'map' | 'map-of-pairs' | 'set' | 'undefined'
}

/** Why a value has no faithful copy. `path` says where, `found` what, `remedy` what the caller can do. */
export class Uncopyable extends Error {
  readonly path: Path
  readonly found: string
  readonly remedy: string | undefined
  constructor(path: Path, found: string, remedy?: string) {
    super(found)
    this.path = path
    this.found = found
    this.remedy = remedy
  }
}

const hrefOf = Object.getOwnPropertyDescriptor(URL.prototype, 'href')?.get
const LARGER = 'raise it in `limits`, or pass less'

/** Made by a constructor of some realm itself, not by a class derived from it. */
function isDirectInstance(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype !== null && isRootPrototype(Object.getPrototypeOf(prototype))
}

const isPlainBytes = (bytes: Uint8Array): boolean => {
  const prototype = Object.getPrototypeOf(bytes)
  return prototype === Uint8Array.prototype || prototype === Buffer.prototype
}

const isRootPrototype = (prototype: object | null): boolean =>
  prototype === Object.prototype ||
  (prototype !== null && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'))

/**
 * Makes frozen plain copies of anything, reading every property exactly once, so that getters, proxies and later changes can not
 * show one value and run another. One copier serves one call: the limits count over all its copies.
 */
export class Copier {
  /** What has to be rebuilt when the copy is turned back. */
  readonly marks: Mark[] = []
  /** Whether a copy holds what JSON has no form for: bigint, negative zero, half a surrogate pair, or anything marked. */
  beyondJson = false
  readonly #limits: SnapshotLimits
  readonly #ancestors: object[] = []
  readonly #path: (string | number)[] = []
  #nodes = 0
  #textChars = 0

  constructor(limits: SnapshotLimits) {
    this.#limits = limits
  }

  /** @throws Uncopyable */
  copy(value: unknown, at: string | number): Plain {
    this.#path.push(at)
    const copied = this.#value(value)
    this.#path.pop()
    return copied
  }

  /**
   * The own enumerable properties of an object, save the ones in `skip`, as if each were copied alone.
   * @throws Uncopyable
   */
  copyProperties(source: object, skip: ReadonlyMap<string, unknown>): Record<string, Plain> {
    return this.#leave(this.#properties(this.#enter(source), skip))
  }

  #value(value: unknown): Plain {
    this.#count()
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        if (!Number.isFinite(value)) throw this.#refuse(`the number ${value}`, 'pass a finite number')
        if (Object.is(value, -0)) this.beyondJson = true
        return value
      case 'boolean':
        return value
      case 'bigint':
        this.beyondJson = true
        return value
      case 'object':
        return value === null ? null : this.#object(value)
      default:
        throw this.#refuse(`a ${typeof value}`)
    }
  }

  #count(): void {
    if (++this.#nodes > this.#limits.nodes) throw this.#refuse(`more than ${this.#limits.nodes} values`, LARGER)
  }

  #text(text: string): string {
    this.#countChars(text)
    if (!text.isWellFormed()) this.beyondJson = true
    return text
  }

  #key(key: string): string {
    this.#countChars(key)
    if (!key.isWellFormed()) throw this.#refuse('a key with half a surrogate pair')
    return key
  }

  #countChars(text: string): void {
    this.#textChars += text.length
    if (this.#textChars > this.#limits.textChars)
      throw this.#refuse(`more than ${this.#limits.textChars} characters of text`, LARGER)
  }

  #object(source: object): Plain {
    if (Array.isArray(source)) return this.#leave(this.#array(this.#enter(source)))
    const prototype = Object.getPrototypeOf(source)
    if (prototype === null || isRootPrototype(prototype)) {
      return this.#leave(Object.freeze(this.#properties(this.#enter(source))))
    }
    return this.#builtIn(source)
  }

  #properties(source: object, skip?: ReadonlyMap<string, unknown>): Record<string, Plain> {
    const copied = emptyObject()
    for (const key of Object.keys(source)) {
      if (skip?.has(key)) continue
      const value = this.#read(source, key)
      if (value === undefined) {
        this.#count()
        continue
      }
      copied[this.#key(key)] = this.copy(value, key)
    }
    for (const symbol of Object.getOwnPropertySymbols(source)) {
      if (Object.prototype.propertyIsEnumerable.call(source, symbol))
        throw this.#refuse(`a property named by ${String(symbol)}`)
    }
    return copied
  }

  #array(source: readonly unknown[]): Plain {
    if (!isDirectInstance(source)) throw this.#instance(source)
    const { length } = source
    if (length > this.#limits.nodes) throw this.#refuse(`an array of ${length} elements`, LARGER)
    if (Object.keys(source).length > length) throw this.#refuse('a list with named properties', 'pass a plain list')
    const copied: Plain[] = []
    for (let index = 0; index < length; index++) {
      const value = this.#read(source, index)
      copied.push(value === undefined ? this.#hole(index) : this.copy(value, index))
    }
    return Object.freeze(copied)
  }

  #hole(index: number): null {
    this.#path.push(index)
    this.#count()
    this.#mark('undefined')
    this.#path.pop()
    return null
  }

  #builtIn(source: object): Plain {
    if (types.isUint8Array(source) && isPlainBytes(source)) {
      this.#mark(Buffer.isBuffer(source) ? 'buffer' : 'bytes')
      return this.#text(Buffer.from(source).toString('base64'))
    }
    if (types.isArrayBuffer(source)) {
      this.#mark('array-buffer')
      return this.#text(Buffer.from(source).toString('base64'))
    }
    if (types.isDate(source) && isDirectInstance(source) && Object.keys(source).length === 0) return this.#date(source)
    if (types.isMap(source) && isDirectInstance(source)) return this.#leave(this.#map(this.#enter(source)))
    if (types.isSet(source) && isDirectInstance(source)) {
      this.#mark('set')
      return this.#leave(this.#array([...Set.prototype.values.call(this.#enter(source))]))
    }
    if (source instanceof URL && Object.getPrototypeOf(source) === URL.prototype) return this.#url(source)
    throw this.#instance(source)
  }

  #date(source: Date): Plain {
    const time = Date.prototype.getTime.call(source)
    if (Number.isNaN(time)) throw this.#refuse('an invalid Date', 'pass a valid one')
    this.#mark('date')
    return this.#text(new Date(time).toISOString())
  }

  #url(source: URL): Plain {
    try {
      const href: unknown = hrefOf?.call(source)
      this.#mark('url')
      return this.#text(String(href))
    } catch (error) {
      throw error instanceof Uncopyable ? error : this.#instance(source)
    }
  }

  /** Text keys give an object, so that rules can name them; other keys give pairs. */
  #map(source: ReadonlyMap<unknown, unknown>): Plain {
    const entries = [...Map.prototype.entries.call(source)]
    if (!entries.every(([key, value]) => typeof key === 'string' && value !== undefined)) {
      this.#mark('map-of-pairs')
      return this.#array(entries)
    }
    this.#mark(
      'map',
      entries.map(([key]) => String(key)),
    )
    const copied = emptyObject()
    for (const [key, value] of entries) {
      const name = this.#key(String(key))
      copied[name] = this.copy(value, name)
    }
    return Object.freeze(copied)
  }

  #read(source: object, key: string | number): unknown {
    try {
      return Reflect.get(source, key)
    } catch (error) {
      throw new Uncopyable([...this.#path, key], `a property that throws when read (${messageOf(error)})`)
    }
  }

  /** What is copied next is inside of `source`. */
  #enter<Source extends object>(source: Source): Source {
    if (this.#ancestors.includes(source)) throw this.#refuse('a cycle: a value that contains itself', 'pass a tree')
    if (this.#ancestors.length >= this.#limits.depth)
      throw this.#refuse(`more than ${this.#limits.depth} levels of nesting`, LARGER)
    this.#ancestors.push(source)
    return source
  }

  #leave<Copied>(copied: Copied): Copied {
    this.#ancestors.pop()
    return copied
  }

  #mark(kind: Mark['kind'], keys?: readonly string[]): void {
    this.beyondJson = true
    this.marks.push({ path: [...this.#path], kind, ...(keys === undefined ? {} : { keys }) })
  }

  #instance(source: object): Uncopyable {
    return this.#refuse(`an instance of ${classNameOf(source)}`)
  }

  #refuse(found: string, remedy?: string): Uncopyable {
    return new Uncopyable([...this.#path], found, remedy)
  }
}

function classNameOf(source: object): string {
  try {
    const name: unknown = Object.getPrototypeOf(source)?.constructor?.name
    return typeof name === 'string' && name !== '' ? name : 'a class without a name'
  } catch {
    return 'a class that can not be read'
  }
}
