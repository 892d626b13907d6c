import { isPlainArray, isPlainObject, type Plain } from '../domain/plain.ts'
import { printable } from '../support/printable.ts'

/** One value of a call's arguments, ready to be shown. */
export interface Leaf {
  /** Where: `order.items[0].price`, `headers["x-id"]`; safe to print. Empty for a value that is not inside another. */
  readonly path: string
  /** What: `"text"`, `5`, `5n`, `true`, `null`, `[]` or `{}`; on one line, safe to print. */
  readonly text: string
  /** The keys to it, raw, without places in lists: what signals call the parameter when joined with dots. */
  readonly keys: readonly string[]
}

/** Keys of another form are quoted: they may hold a dot, a bracket, or letters that only look like these. */
const SIMPLE_KEY = /^[A-Za-z_$][\w$-]*$/

/** Every value inside `value`, in order. Empty lists and empty objects count, so nothing is left out. */
export const leaves = (value: Plain): readonly Leaf[] => [...within(value, { path: '', keys: [] })]

function* within(value: Plain, { path, keys }: Omit<Leaf, 'text'>): Iterable<Leaf> {
  if (isPlainArray(value) && value.length > 0) {
    for (const [index, item] of value.entries()) yield* within(item, { path: `${path}[${index}]`, keys })
  } else if (isPlainObject(value) && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value))
      yield* within(item, { path: path + step(key, path), keys: [...keys, key] })
  } else {
    yield { path, text: textOf(value), keys }
  }
}

const step = (key: string, path: string): string => {
  if (!SIMPLE_KEY.test(key)) return `[${quoted(key)}]`
  return path === '' ? key : `.${key}`
}

function textOf(value: Plain): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (isPlainArray(value)) return '[]'
  return isPlainObject(value) ? '{}' : String(value)
}

/** In quotes that only the end of the text closes: one inside is `\"`, and a backslash that would undo that is `\u{5c}`. */
const quoted = (text: string): string =>
  `"${printable(text)
    .replace(/\\(?="|$)/g, '\\u{5c}')
    .replaceAll('"', '\\"')}"`
