import { emptyObject, isPlainArray, type Plain, type PlainObject } from '../domain/plain.ts'
import { withoutEscapedKeys } from './escaped-keys.ts'

/** An integer literal this long may be beyond what a number holds; shorter ones never are. */
const LONG_INTEGER = /\d{16}/
const INTEGER = /^-?\d+$/

/**
 * Plain data, or records of it, as JSON text. A bigint becomes an integer literal with all its digits; NUL and half surrogate pairs
 * are escaped, so the text survives UTF-8. Fields that are undefined are left out. Negative zero becomes 0.
 */
export function toJsonText(data: Plain | object): string {
  // Many programs add a BigInt.prototype.toJSON that makes text of a bigint.
  if ('toJSON' in BigInt.prototype) return written(data)
  try {
    return JSON.stringify(data)
  } catch {
    return written(data)
  }
}

function written(data: unknown): string {
  if (typeof data === 'bigint') return data.toString()
  if (typeof data !== 'object' || data === null) return JSON.stringify(data)
  if (Array.isArray(data)) return `[${data.map(written).join(',')}]`
  const fields = Object.entries(data).filter(([, value]) => value !== undefined)
  return `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${written(value)}`).join(',')}}`
}

/**
 * Undoes `toJsonText`: deeply frozen, objects without a prototype, `__proto__` a key like any other. A whole number comes back as a
 * number when a number prints as exactly these digits, and as a bigint otherwise, so no digit is ever lost; `5n` was written as 5 and
 * reads as 5.
 * @throws SyntaxError when the text is not JSON.
 */
export function fromJsonText(given: string): Plain {
  const { text, keys } = withoutEscapedKeys(given)
  return frozenCopy(LONG_INTEGER.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text), keys)
}

/**
 * JSON that somebody else wrote, deeply frozen, objects without a prototype: the values of `JSON.parse`, under the keys that are written.
 * @throws SyntaxError when the text is not JSON.
 */
export function readJsonText(given: string): Plain {
  const { text, keys } = withoutEscapedKeys(given)
  return frozenCopy(JSON.parse(text), keys)
}

/** The literal as it stands in the text comes as a third argument, which the types of the language do not know yet. */
function exactInteger(_key: string, value: Plain, literal?: { readonly source?: string }): Plain {
  const source = literal?.source
  if (typeof value !== 'number' || source === undefined || !INTEGER.test(source)) return value
  return Number.isSafeInteger(value) || String(value) === source ? value : BigInt(source)
}

/** A deeply frozen copy in which no object has a prototype. */
export const frozenPlain = (value: Plain): Plain => frozenCopy(value, NO_KEYS)

const NO_KEYS: ReadonlyMap<string, string> = new Map()

/** @param keys the names of keys that others stand for. */
function frozenCopy(value: Plain, keys: ReadonlyMap<string, string>): Plain {
  if (typeof value !== 'object' || value === null) return value
  if (isPlainArray(value)) return Object.freeze(value.map((element) => frozenCopy(element, keys)))
  return frozenObject(value, keys)
}

function frozenObject(value: PlainObject, keys: ReadonlyMap<string, string>): PlainObject {
  const copy = emptyObject()
  for (const key of Object.keys(value)) copy[keys.get(key) ?? key] = frozenCopy(value[key] as Plain, keys)
  return Object.freeze(copy)
}
