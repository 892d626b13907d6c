import { isPlainArray, type Plain } from '../domain/plain.ts'
import type { Mark, Path } from './copy.ts'

/** Marks by the path they are at, for `thaw`. */
export type MarksByPath = ReadonlyMap<string, Pick<Mark, 'kind' | 'keys'>>

const keyOf = (path: Path): string => JSON.stringify(path)

const NO_MARKS: MarksByPath = new Map()

export const marksByPath = (marks: readonly Mark[]): MarksByPath =>
  marks.length === 0 ? NO_MARKS : new Map(marks.map((mark) => [keyOf(mark.path), mark]))

/** A fresh, unfrozen deep copy with ordinary prototypes. */
function thawPlain(value: Plain): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (isPlainArray(value)) return value.map(thawPlain)
  const thawed = {}
  for (const key of Object.keys(value)) setOwn(thawed, key, thawPlain(value[key] ?? null))
  return thawed
}

/** As `thawPlain`, with Date, URL, Map, Set and bytes rebuilt where `marks` has them. */
export function thaw(value: Plain, marks: MarksByPath, path: Path): unknown {
  return marks.size === 0 ? thawPlain(value) : rebuild(thawMarked(value, marks, path), marks.get(keyOf(path)))
}

function thawMarked(value: Plain, marks: MarksByPath, path: Path): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (isPlainArray(value)) return value.map((element, index) => thaw(element, marks, [...path, index]))
  const thawed = {}
  for (const key of Object.keys(value)) setOwn(thawed, key, thaw(value[key] ?? null, marks, [...path, key]))
  return thawed
}

function rebuild(thawed: unknown, mark: Pick<Mark, 'kind' | 'keys'> | undefined): unknown {
  if (mark === undefined) return thawed
  const { kind, keys = [] } = mark
  if (kind === 'undefined') return undefined
  if (typeof thawed === 'string') return rebuildText(thawed, kind)
  if (kind === 'map') return new Map(keys.map((key) => [key, (thawed as Record<string, unknown>)[key]]))
  if (kind === 'map-of-pairs') return new Map(thawed as [unknown, unknown][])
  return new Set(thawed as unknown[])
}

function rebuildText(text: string, kind: Mark['kind']): unknown {
  if (kind === 'date') return new Date(text)
  if (kind === 'url') return new URL(text)
  const buffer = Buffer.from(text, 'base64')
  if (kind === 'buffer') return buffer
  const bytes = new Uint8Array(buffer)
  return kind === 'array-buffer' ? bytes.buffer : bytes
}

/** Assignment would set the prototype when the key is `__proto__`. */
function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  else (target as Record<string, unknown>)[key] = value
}
