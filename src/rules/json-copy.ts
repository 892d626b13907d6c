import { emptyObject, type Plain } from '../domain/plain.ts'
import type { Issue } from '../errors.ts'
import { errorClassOf } from '../support/messages.ts'

const DEPTH_MAX = 256
const VALUES_MAX = 5_000_000

interface Place {
  readonly path: string
  readonly depth: number
}

/** A copy of JSON data that owes nothing to its source. Where something else stood there is `null`, and an issue. */
export interface JsonCopy {
  readonly value: Plain
  readonly issues: readonly Issue[]
}

/** Reads a value once, so that what is checked is what is used, whatever a getter or a later change may show. */
class Copying {
  readonly issues: Issue[] = []
  #valuesLeft = VALUES_MAX

  of(value: unknown, place: Place): Plain {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (typeof value !== 'object') return this.#refuse(place.path, `expected JSON data, found ${described(value)}`)
    if (place.depth > DEPTH_MAX)
      return this.#refuse(place.path, 'the data is nested too deep, or goes round in a circle')
    try {
      return Array.isArray(value) ? this.#array(value, place) : this.#object(value, place)
    } catch (error) {
      return this.#refuse(place.path, `reading it failed (${errorClassOf(error)}); give plain data`)
    }
  }

  #refuse(path: string, message: string): null {
    this.issues.push({ path, code: 'not_json', message })
    return null
  }

  /** False once there are too many values, which is said once. */
  #hasRoom(path: string): boolean {
    if (this.#valuesLeft-- === 0) this.#refuse(path, `there are more than ${VALUES_MAX} values; make it smaller`)
    return this.#valuesLeft >= 0
  }

  #array(value: readonly unknown[], { path, depth }: Place): Plain {
    const copy: Plain[] = []
    for (let index = 0; index < value.length && this.#hasRoom(path); index++) {
      copy.push(this.of(value[index], { path: `${path}[${index}]`, depth: depth + 1 }))
    }
    return copy
  }

  #object(value: object, { path, depth }: Place): Plain {
    const prototype: unknown = Object.getPrototypeOf(value)
    const isRecord = prototype === null || Object.getPrototypeOf(prototype) === null
    if (!isRecord) return this.#refuse(path, 'expected JSON data, found an instance of a class; write a plain object')
    const copy = emptyObject()
    for (const [key, entry] of Object.entries(value)) {
      if (!this.#hasRoom(path)) break
      if (entry !== undefined)
        copy[key] = this.of(entry, { path: path === '' ? key : `${path}.${key}`, depth: depth + 1 })
    }
    return copy
  }
}

const described = (value: unknown): string =>
  typeof value === 'number' ? `the number ${value}` : `a value of type ${typeof value}`

export function copyJson(source: unknown): JsonCopy {
  const copying = new Copying()
  return { value: copying.of(source, { path: '', depth: 0 }), issues: copying.issues }
}
