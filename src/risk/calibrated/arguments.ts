import { isPlainArray, isPlainObject, type Params, type Plain } from '../../domain/plain.ts'
import { PATH_CHARS_MAX, pathOfKey, type Scalar } from '../features.ts'
import { numberOf } from '../numbers.ts'
import { factsOf, type TextFacts } from './text-facts.ts'
import type { TextFeatures } from './text-shape.ts'

/** One value of a call, with what is read of it once, for scoring and for learning. */
export interface Element {
  readonly value: Scalar
  /** The number that it is. */
  readonly number: number | undefined
  /** Of a text. */
  readonly text: TextFacts | undefined
  /** Of a text; set by scoring, for the learning that follows before anything else is learned. */
  features: TextFeatures | undefined
}

/** All values of one call that stand at one path: one, or the elements of a list. */
export interface Argument {
  /** As a leaf's: keys joined by dots, positions left out. */
  readonly path: string
  readonly elements: readonly Element[]
  readonly isList: boolean
}

/** Deeper objects are judged as one with what holds them. */
const DEPTH_MAX = 3

interface Collected {
  readonly path: string
  readonly elements: Element[]
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
    const within = at.isList ? at : { ...at, isList: true }
    for (const element of value) collect(byPath, within, element)
  } else if (isPlainObject(value)) {
    for (const key of Object.keys(value)) collect(byPath, below(at, key), value[key])
  } else if (value !== undefined) {
    const argument = argumentAt(byPath, at.path)
    argument.elements.push(elementOf(value))
    argument.isList ||= at.isList
  }
}

function elementOf(value: Scalar): Element {
  if (typeof value !== 'string') return { value, number: numberOf(value), text: undefined, features: undefined }
  const text = factsOf(value)
  return { value, number: text.number, text, features: undefined }
}

function below(at: Place, key: string): Place {
  const { depth, isList } = at
  if (depth >= DEPTH_MAX) return isList ? at : { ...at, isList: true }
  const path = `${at.path}.${pathOfKey(key)}`
  return { path: path.length > PATH_CHARS_MAX ? `${path.slice(0, PATH_CHARS_MAX)}…` : path, depth: depth + 1, isList }
}

function argumentAt(byPath: Map<string, Collected>, path: string): Collected {
  const known = byPath.get(path)
  if (known !== undefined) return known
  const made: Collected = { path, elements: [], isList: false }
  byPath.set(path, made)
  return made
}
