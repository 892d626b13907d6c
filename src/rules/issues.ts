import type { z } from 'zod'
import type { Plain } from '../domain/plain.ts'
import type { Issue } from '../errors.ts'
import { decimalOf } from '../support/decimal.ts'
import { kindOf } from './judgement.ts'
import { FILE_ACTIONS } from './schema.ts'
import { didYouMean } from './suggest.ts'

type ZodIssue = z.core.$ZodIssue

/** `rules[3]` and `action` make `rules[3].action`. */
export const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** A path and the steps below it: `redact.names[0]`. */
export const below = (path: string, steps: readonly PropertyKey[]): string =>
  steps.reduce<string>(
    (parent, step) => (typeof step === 'number' ? `${parent}[${step}]` : join(parent, String(step))),
    path,
  )

/** Gathers what is wrong, in the order of the file. */
export class Issues {
  readonly list: Issue[] = []

  add(path: string, code: string, message: string): void {
    this.list.push({ path, code, message })
  }

  /** @param keys what the object at `path` may hold, for suggestions. */
  addZod(issues: readonly ZodIssue[], path: string, keys: readonly string[]): void {
    for (const issue of issues) {
      const place = below(path, issue.path)
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) this.#unknownKey(place, key, keys)
      } else if (issue.code === 'invalid_union' && Array.isArray(issue.input)) {
        this.addZod(issue.errors.at(-1) ?? [], place, keys)
      } else {
        const { code, message } = wording(issue)
        this.add(place, code, message)
      }
    }
  }

  #unknownKey(path: string, key: string, keys: readonly string[]): void {
    const message = `the key ${JSON.stringify(key)} is not known here; known are ${keys.join(', ')}.${didYouMean(key, keys)}`
    this.add(join(path, key), 'unknown_key', message)
  }
}

interface Kind {
  readonly wanted: string
  readonly next: string
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['string', { wanted: 'text', next: 'write it in double quotes' }],
  ['number', { wanted: 'a number', next: 'write a number without quotes' }],
  ['int', { wanted: 'a whole number', next: 'write a whole number without quotes' }],
  ['boolean', { wanted: 'true or false', next: 'write one of them without quotes' }],
  ['array', { wanted: 'an array', next: 'write [ ] around the entries' }],
  ['object', { wanted: 'an object', next: 'write { } around the keys' }],
])

function wrongType(issue: ZodIssue, { wanted, next }: Kind): { code: string; message: string } {
  const found = issue.input as Plain | undefined
  if (found === undefined) return { code: 'missing_key', message: `${wanted} is missing here; add it` }
  const isNumberInQuotes = wanted.includes('number') && typeof found === 'string' && decimalOf(found) !== undefined
  const hint = isNumberInQuotes ? `write ${found} without quotes` : next
  const what = typeof found === 'number' && wanted === 'a whole number' ? String(found) : kindOf(found)
  return { code: 'wrong_type', message: `expected ${wanted}, found ${what}; ${hint}` }
}

function wrongValue(issue: ZodIssue & { readonly code: 'invalid_value' }): { code: string; message: string } {
  const found = issue.input as Plain | undefined
  const known = issue.values.map(String)
  const wanted = known.length === 1 ? `only ${known[0]}` : `one of ${known.join(', ')}`
  if (issue.path.at(-1) === 'version') {
    const what = found === undefined ? 'nothing' : JSON.stringify(found)
    return {
      code: 'unsupported_version',
      message: `expected "1.0" in quotes, found ${what}; no other version is known`,
    }
  }
  if (typeof found !== 'string') return wrongType(issue, { wanted, next: 'write that, or leave the key out' })
  const message = `expected ${wanted}, found ${JSON.stringify(found)}.${didYouMean(found, known)}`
  return { code: known.join() === FILE_ACTIONS.join() ? 'unknown_action' : 'wrong_value', message }
}

const TEXT_OR_TEXTS: Kind = {
  wanted: 'text, or an array of texts',
  next: 'write one in double quotes, or several in [ ]',
}

function wording(issue: ZodIssue): { code: string; message: string } {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue, KINDS.get(issue.expected) ?? { wanted: issue.expected, next: 'write that' })
    case 'invalid_value':
      return wrongValue(issue)
    case 'invalid_union':
      return wrongType(issue, TEXT_OR_TEXTS)
    case 'too_small':
      return {
        code: 'wrong_value',
        message: `expected at least ${issue.minimum}, found less${unitOf(issue)}; add to it`,
      }
    case 'too_big':
      return {
        code: 'too_large',
        message: `expected at most ${issue.maximum}${unitOf(issue)}, found more; make it smaller`,
      }
    default:
      // What a schema of ours says itself.
      return { code: 'wrong_value', message: issue.message }
  }
}

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' }

const unitOf = (issue: ZodIssue & { readonly origin: string }): string => UNITS[issue.origin] ?? ''
