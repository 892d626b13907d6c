import type { z } from 'zod'
import { type Issue, SentinelConfigError } from '../errors.ts'
import { below } from '../rules/issues.ts'
import { didYouMean } from '../rules/suggest.ts'

/** What was looked at: the value itself, the keys that it may have, and where to read of them. */
interface Looked {
  readonly given: unknown
  readonly keys: readonly string[]
  /** Instead of naming the keys. */
  readonly list?: string
}

type Path = readonly PropertyKey[]

/** What zod found wrong, as our error: every problem by its path from `place`. */
export const configErrorAt = (place: string, { issues }: z.ZodError, looked: Looked): SentinelConfigError =>
  new SentinelConfigError(
    issues
      .flatMap((issue) => issuesOf(issue, [], looked))
      .map((issue) => ({ ...issue, path: [place, issue.path].filter((part) => part !== '').join('.') })),
  )

function issuesOf(issue: z.core.$ZodIssue, above: Path, looked: Looked): Issue[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], looked))
  if (issue.code === 'invalid_union') {
    const inside = closest(issue.errors)
    if (inside.some((inner) => inner.path.length > 0)) return inside.flatMap((inner) => issuesOf(inner, path, looked))
  }
  const message = `${wantedOf(issue.message)}${foundAt(path, looked.given, issue)}`
  return [{ path: below('', path), code: 'wrong_value', message }]
}

/** Of the ways a value could have been right, the one that got furthest, with least wrong, says best what is wrong. */
const closest = (ways: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] => {
  const depth = (way: readonly z.core.$ZodIssue[]): number => Math.max(0, ...way.map(({ path }) => path.length))
  const isCloser = (way: readonly z.core.$ZodIssue[], best: readonly z.core.$ZodIssue[]): boolean =>
    depth(way) > depth(best) || (depth(way) === depth(best) && way.length <= best.length)
  return ways.reduce((best, way) => (isCloser(way, best) ? way : best), [])
}

function unknownKey(path: Path, { keys, list }: Looked): Issue {
  const isOnTop = path.length === 1
  const hint = list ?? (isOnTop ? `the keys are ${keys.join(', ')}` : undefined)
  const suggestion = isOnTop ? didYouMean(String(path[0]), keys) : ''
  const message = `there is no such key${hint === undefined ? '' : `; ${hint}`}.${suggestion}`
  return { path: below('', path), code: 'unknown_key', message }
}

/** Without what kind of problem it is, and without the type of what was found, which is shown itself. */
const wantedOf = (message: string): string =>
  message.replace(/^(?:Invalid input|Invalid option|Too small|Too big): /, '').replace(/, received .+$/, '')

/** What nobody may read in an error: keys, addresses that may have a password, and the headers and secrets of webhooks. */
const SECRET_PLACES: ReadonlySet<PropertyKey> = new Set(['auditKey', 'webhook', 'approvalUrl'])

function foundAt(path: Path, given: unknown, { message }: z.core.$ZodIssue): string {
  if (path.some((key) => SECRET_PLACES.has(key)) || message.includes('found ')) return ''
  const found = path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    given,
  )
  return `, found ${shownValue(found)}`
}

/** What was found, shortly. */
export function shownValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
