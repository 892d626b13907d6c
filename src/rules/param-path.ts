import { isPlainArray, isPlainObject, type Params, type Plain } from '../domain/plain.ts'
import type { Effort } from './effort.ts'
import { type Doubt, expected, OVER_BUDGET } from './judgement.ts'
import { PATH_SEGMENTS_MAX, STEPS_PER_ELEMENT } from './limits.ts'

/** What is at a path. */
export interface Found {
  readonly values: readonly Plain[]
  /** Somewhere on the way a key is not there. */
  readonly missing: boolean
  /** Somewhere on the way stands something that has no keys or elements. */
  readonly doubt: Doubt | undefined
}

/** Where a condition looks, such as `order.items[].price`. */
export interface ParamPath {
  readonly source: string
  find(params: Params, effort: Effort): Found
}

export interface PathProblem {
  readonly problem: string
}

const ELEMENTS: unique symbol = Symbol('[]')
type Segment = string | typeof ELEMENTS

const NOTHING: Found = { values: [], missing: true, doubt: undefined }

const oneValue = (value: Plain): Found => ({ values: [value], missing: false, doubt: undefined })

/** Only keys of the object itself count: a parameter called `constructor` is missing unless the caller gave one. */
const ownValue = (object: Params, key: string): Plain | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

function readSegments(source: string): Segment[] | PathProblem {
  const segments: Segment[] = []
  for (const [index, part] of source.split('.').entries()) {
    const bracket = part.indexOf('[')
    const name = bracket === -1 ? part : part.slice(0, bracket)
    const brackets = bracket === -1 ? '' : part.slice(bracket)
    if (name === '') {
      const place = index === 0 ? 'at the start' : `after dot ${index}`
      return { problem: `there is no name ${place}; a path reads like order.items[].price` }
    }
    if (!/^(?:\[\])*$/.test(brackets) || name.includes(']')) {
      return { problem: `${JSON.stringify(part)} can not be read; brackets are empty and follow a name, as in items[]` }
    }
    segments.push(name, ...Array.from<unknown, Segment>({ length: brackets.length / 2 }, () => ELEMENTS))
  }
  return segments
}

/** Walks one path from one value on, gathering what it ends at. */
class Walk {
  readonly values: Plain[] = []
  missing = false
  doubt: Doubt | undefined
  readonly #segments: readonly Segment[]
  readonly #effort: Effort

  constructor(segments: readonly Segment[], effort: Effort) {
    this.#segments = segments
    this.#effort = effort
  }

  from(value: Plain, depth: number): void {
    const segment = this.#segments[depth]
    if (segment === undefined) this.values.push(value)
    else if (segment === ELEMENTS) this.#elements(value, depth)
    else this.#key(value, segment, depth)
  }

  #key(value: Plain, key: string, depth: number): void {
    if (!isPlainObject(value)) {
      this.doubt ??= expected(`an object with "${key}"`, value)
      return
    }
    const next = ownValue(value, key)
    if (next === undefined) this.missing = true
    else this.from(next, depth + 1)
  }

  #elements(value: Plain, depth: number): void {
    if (!isPlainArray(value)) {
      this.doubt ??= expected('an array', value)
    } else if (!this.#effort.spend(STEPS_PER_ELEMENT * value.length)) {
      this.doubt ??= OVER_BUDGET
    } else {
      for (const element of value) this.from(element, depth + 1)
    }
  }
}

/**
 * Reads a path: names joined by dots, `[]` for any element of an array. A problem says what is wrong and what to write instead.
 * A parameter whose own name is the whole text of the path counts too, so a flat `"order.total"` can not slip past.
 */
export function parseParamPath(source: string): ParamPath | PathProblem {
  const segments = readSegments(source)
  if ('problem' in segments) return segments
  if (segments.length > PATH_SEGMENTS_MAX) {
    return {
      problem: `the path has ${segments.length} parts, more than ${PATH_SEGMENTS_MAX}; arguments are never that deep`,
    }
  }
  if (segments.length === 1) return { source, find: (params) => findOwn(params, source) }
  return { source, find: (params, effort) => findDeep(params, { source, segments, effort }) }
}

function findOwn(params: Params, key: string): Found {
  const value = ownValue(params, key)
  return value === undefined ? NOTHING : oneValue(value)
}

function findDeep(params: Params, path: { source: string; segments: readonly Segment[]; effort: Effort }): Found {
  const walk = new Walk(path.segments, path.effort)
  walk.from(params, 0)
  const flat = ownValue(params, path.source)
  if (flat === undefined) return walk
  const [first] = path.segments
  const isNested = typeof first === 'string' && Object.hasOwn(params, first)
  return { values: [...walk.values, flat], missing: walk.missing && isNested, doubt: walk.doubt }
}
