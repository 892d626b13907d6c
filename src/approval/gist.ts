import type { ApprovalRequest } from '../domain/approval.ts'
import { emptyObject, isPlainArray, isPlainObject, type Params, type Plain } from '../domain/plain.ts'
import { decidingLeaves, namesOf, shown, valuesOf } from './summary.ts'

/** A list shows many requests, and each may be a megabyte: it looks at the beginning of few values. */
const VALUES_LOOKED_AT_MAX = 100
const TEXT_CHARS_MAX = 200
const MORE = '…'

/** The foremost value that decided, as far as a glance finds it, on one line, safe to print. Undefined: it finds none. */
export function gistOf(request: ApprovalRequest): string | undefined {
  const names = new Set(namesOf(request).map((path) => path.split(/[.[]/, 1)[0]))
  const named = Object.entries(request.params).filter(([name]) => names.has(name))
  const glanced = { ...request, params: new Glance().object(named) }
  const [first] = decidingLeaves(glanced, valuesOf(glanced))
  return first && shown(first)
}

/** Copies the beginning of values until it has seen enough. */
class Glance {
  #left = VALUES_LOOKED_AT_MAX

  object(entries: readonly (readonly [string, Plain])[]): Params {
    const copy = emptyObject()
    for (const [key, value] of entries) {
      if (this.#left <= 0) break
      copy[this.#text(key)] = this.#value(value)
    }
    return copy
  }

  #value(value: Plain): Plain {
    this.#left -= 1
    if (typeof value === 'string') return this.#text(value)
    if (isPlainArray(value)) return value.slice(0, Math.max(1, this.#left)).map((item) => this.#value(item))
    return isPlainObject(value) ? this.object(Object.entries(value)) : value
  }

  #text(text: string): string {
    return text.length <= TEXT_CHARS_MAX ? text : text.slice(0, TEXT_CHARS_MAX) + MORE
  }
}
