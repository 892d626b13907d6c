import type { Redacted } from './call.ts'
import { emptyObject, isPlainArray, isPlainObject, type Params, type Plain, type PlainObject } from './plain.ts'

/** What people read in place of a secret. */
export const REDACTED = '[redacted]'

/** Digits of a digest: 64 bits, so that two secrets in a log never share one by chance. */
export const DIGEST_HEX_CHARS = 16

const MARK_START = '[redacted:'
const SOURCE = String.raw`\[redacted:[\da-f]{${DIGEST_HEX_CHARS}}\]`
const WHOLE = new RegExp(`^${SOURCE}$`)

/** Every mark in a text. Keeps its place between searches: set `lastIndex` before one. */
export const MARKS: RegExp = new RegExp(SOURCE, 'g')

/** What the log and the scorer read in place of a secret: a mark, the same for the same secret. */
export const markOf = (digest: string): string => `${MARK_START}${digest}]`

/** Whether a text in a log is a mark and nothing else: a value of which only equal and unequal can be told. */
export const isRedacted = (text: string): boolean => WHOLE.test(text)

/** Text whose marks say only that something was redacted: for people, and for what looks at characters. */
export const withoutDigests = (text: string): string =>
  text.includes(MARK_START) ? text.replace(MARKS, REDACTED) : text

/** Parameters as an approver reads them, who gets no digests: the same object when nothing was redacted, else a frozen copy. */
export const withPlainMarks = ({ params, paths }: Redacted): Params =>
  paths.length === 0 ? params : objectWithoutDigests(params)

function objectWithoutDigests(source: PlainObject): PlainObject {
  const copy = emptyObject()
  for (const key of Object.keys(source)) copy[key] = valueWithoutDigests(source[key] as Plain)
  return Object.freeze(copy)
}

function valueWithoutDigests(value: Plain): Plain {
  if (typeof value === 'string') return withoutDigests(value)
  if (isPlainArray(value)) return Object.freeze(value.map(valueWithoutDigests))
  return isPlainObject(value) ? objectWithoutDigests(value) : value
}
