import { isPlainArray, isPlainObject, type Params, type Plain } from '../../domain/plain.ts'
import type { Scalar } from '../features.ts'
import { numberOf } from '../numbers.ts'
import { type Place, topPlace } from './place.ts'
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

interface Collected {
  readonly path: string
  readonly elements: Element[]
  isList: boolean
}

/** The arguments of a call by path, in the order of its keys. Objects are followed to depth 3; below that all values are one list. */
export function argumentsOf(params: Params): readonly Argument[] {
  const byPath = new Map<string, Collected>()
  const top = topPlace()
  for (const key of Object.keys(params)) collect(byPath, params[key], top.below(key), false)
  return [...byPath.values()]
}

function collect(byPath: Map<string, Collected>, value: Plain | undefined, place: Place, isList: boolean): void {
  if (isPlainArray(value)) {
    if (value.length === 0) argumentAt(byPath, place.path).isList = true
    for (const element of value) collect(byPath, element, place, true)
  } else if (isPlainObject(value)) {
    for (const key of Object.keys(value)) collect(byPath, value[key], place.below(key), isList || place.isDeepest)
  } else if (value !== undefined) {
    const argument = argumentAt(byPath, place.path)
    argument.elements.push(elementOf(value))
    argument.isList ||= isList
  }
}

function elementOf(value: Scalar): Element {
  if (typeof value !== 'string') return { value, number: numberOf(value), text: undefined, features: undefined }
  const text = factsOf(value)
  return { value, number: text.number, text, features: undefined }
}

function argumentAt(byPath: Map<string, Collected>, path: string): Collected {
  const known = byPath.get(path)
  if (known !== undefined) return known
  const made: Collected = { path, elements: [], isList: false }
  byPath.set(path, made)
  return made
}
