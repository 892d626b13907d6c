import { isPlainArray, isPlainObject, type Params, type Plain } from '../../domain/plain.ts'
import { PATH_CHARS_MAX, pathOfKey, type Scalar } from '../features.ts'
import { TextFacts } from './text-facts.ts'

/** All values of one call that stand at one path: one, or the elements of a list. */
export interface Argument {
  /** As a leaf's: keys joined by dots, positions left out. */
  readonly path: string
  readonly values: readonly Scalar[]
  /** For each value that is a text what is read of it, in the same places. */
  readonly texts: readonly (TextFacts | undefined)[]
  readonly isList: boolean
}

/** Deeper objects are judged as one with what holds them. */
const DEPTH_MAX = 3

interface Collected {
  path: string
  values: Scalar[]
  texts: (TextFacts | undefined)[]
  isList: boolean
}

/** The arguments of a call by path, in the order of its keys. Objects are followed to depth 3; below that all values are one list. */
export function argumentsOf(params: Params): readonly Argument[] {
  const byPath = new Map<string, Collected>()
  for (const key of Object.keys(params)) collect(byPath, place(pathOfKey(key), 1), params[key])
  return [...byPath.values()]
}

interface Place {
  readonly path: string
  readonly depth: number
  readonly isList: boolean
}

const place = (path: string, depth: number): Place => ({ path, depth, isList: false })

function collect(byPath: Map<string, Collected>, at: Place, value: Plain | undefined): void {
  if (isPlainArray(value)) {
    if (value.length === 0) argumentAt(byPath, at.path).isList = true
    for (const element of value) collect(byPath, { ...at, isList: true }, element)
  } else if (isPlainObject(value)) {
    for (const key of Object.keys(value)) collect(byPath, below(at, key), value[key])
  } else if (value !== undefined) {
    const argument = argumentAt(byPath, at.path)
    argument.values.push(value)
    argument.texts.push(typeof value === 'string' ? new TextFacts(value) : undefined)
    argument.isList ||= at.isList
  }
}

function below(at: Place, key: string): Place {
  if (at.depth >= DEPTH_MAX) return { ...at, isList: true }
  const path = `${at.path}.${pathOfKey(key)}`
  return { ...at, path: path.length > PATH_CHARS_MAX ? `${path.slice(0, PATH_CHARS_MAX)}…` : path, depth: at.depth + 1 }
}

function argumentAt(byPath: Map<string, Collected>, path: string): Collected {
  const known = byPath.get(path)
  if (known !== undefined) return known
  const made: Collected = { path, values: [], texts: [], isList: false }
  byPath.set(path, made)
  return made
}
