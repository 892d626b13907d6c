import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { emptyObject, isPlainArray, type Params, type Plain } from '../domain/plain.ts'
import type { Digest } from '../domain/units.ts'
import { canonicalOf } from './canonical.ts'
import type { Mark, Path } from './copy.ts'

interface Digested {
  readonly tool: string
  readonly params: Params
  readonly marks: readonly Mark[]
  readonly beyondJson: boolean
}

/** A value that JSON can not tell apart: where it is, and what it is. */
type Apart = [Path, ...string[]]

/** SHA-256 of the UTF-8 form of a text. */
export const sha256 = (text: string): Digest => hash('sha256', text) as Digest

/**
 * Names the tool and its exact arguments: SHA-256 over the canonical JSON (RFC 8785) of `[tool, params]`. What JSON can not tell
 * apart (5n and 5, a Date and its text, 0 and -0) stands in a third element, by path, so that no object can pretend to be one.
 */
export function digestOf({ tool, params, marks, beyondJson }: Digested): Digest {
  // The package refuses a name that is no well-formed text; of parameters that is known.
  const name = canonicalize(tool)
  if (!beyondJson) return sha256(`[${name},${canonicalOf(params)}]`)
  const apart: Apart[] = marks.map(({ path, kind, keys }) =>
    keys === undefined ? [path, kind] : [path, kind, JSON.stringify(keys)],
  )
  const json = canonicalOf(withoutNonJson(params, [], apart))
  return sha256(`[${name},${json},${canonicalOf(apart.map(([path, ...rest]) => [JSON.stringify(path), ...rest]))}]`)
}

function withoutNonJson(value: Plain, path: Path, apart: Apart[]): Plain {
  if (typeof value === 'bigint') return setApart('bigint', value.toString())
  if (Object.is(value, -0)) return setApart('negative-zero', '')
  if (typeof value === 'string') return value.isWellFormed() ? value : setApart('utf16', JSON.stringify(value))
  if (typeof value !== 'object' || value === null) return value
  if (isPlainArray(value)) return value.map((element, index) => withoutNonJson(element, [...path, index], apart))
  const json = emptyObject()
  for (const key of Object.keys(value)) json[key] = withoutNonJson(value[key] ?? null, [...path, key], apart)
  return json

  function setApart(kind: string, text: string): null {
    apart.push([path, kind, text])
    return null
  }
}
