import { isPlainArray, isPlainObject, type Params, type Plain } from '../domain/plain.ts'

export type Scalar = null | boolean | number | string | bigint

/** One value of a call that is not made of other values. */
export interface Leaf {
  /**
   * Keys from the top, joined by dots: `order.total`. Positions in arrays are left out, so `amount: 50` and `amount: [50]` are both
   * `amount`, and an array around a value does not hide it. A dot within a key is written `\.`.
   */
  readonly path: string
  readonly value: Scalar
}

/** Longer paths are cut here; what they lead to is then judged together. */
export const PATH_CHARS_MAX = 200

/** All leaves of a call in the order of its keys. As many as the snapshot lets in. */
export function leavesOf(params: Params): readonly Leaf[] {
  const leaves: Leaf[] = []
  for (const key of Object.keys(params)) collect(pathOfKey(key), params[key], leaves)
  return leaves
}

function collect(path: string, value: Plain | undefined, leaves: Leaf[]): void {
  if (isPlainArray(value)) for (const element of value) collect(path, element, leaves)
  else if (isPlainObject(value)) for (const key of Object.keys(value)) collect(below(path, key), value[key], leaves)
  else if (value !== undefined) leaves.push({ path, value })
}

const cut = (path: string): string => (path.length > PATH_CHARS_MAX ? `${path.slice(0, PATH_CHARS_MAX)}…` : path)
const below = (path: string, key: string): string => cut(`${path}.${pathOfKey(key)}`)

/** A key as a path of its own, so that `{ 'a.b': 1 }` is not taken for `{ a: { b: 1 } }`. */
export const pathOfKey = (key: string): string => cut(/[\\.]/.test(key) ? key.replace(/[\\.]/g, '\\$&') : key)
