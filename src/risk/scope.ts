import { pathOfKey } from './features.ts'

/**
 * Whether `path` (of a leaf) is one of `names`, or lies below one.
 * A name is a parameter (`memo`) or a path (`order.notes`, `items[].id`), as a tool's `ignore` and `destinations` have it.
 */
export function covers(names: readonly string[], path: string): boolean {
  for (const name of names) if (isAtOrBelow(path, name) || isSpecial(name, path)) return true
  return false
}

const isAtOrBelow = (path: string, name: string): boolean =>
  path.startsWith(name) && (path.length === name.length || path[name.length] === '.')

const isSpecial = (name: string, path: string): boolean =>
  /[[\\.]/.test(name) && (isAtOrBelow(path, pathOfKey(name)) || isAtOrBelow(path, name.replaceAll('[]', '')))
