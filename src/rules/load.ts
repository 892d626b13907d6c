import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import canonicalize from 'canonicalize'
import { isPlainObject, type Plain, type PlainObject } from '../domain/plain.ts'
import type { Digest } from '../domain/units.ts'
import { type Issue, SentinelRulesError } from '../errors.ts'
import { readJsonText } from '../support/json.ts'
import { messageOf } from '../support/messages.ts'
import { Issues } from './issues.ts'
import { copyJson } from './json-copy.ts'
import { jsonTextProblems } from './json-text.ts'
import { kindOf } from './judgement.ts'
import { FILE_BYTES_MAX } from './limits.ts'
import { RuleReader } from './read-rule.ts'
import { actionOf } from './rule.ts'
import { type RuleSet, ruleSet } from './rule-set.ts'
import { FILE_KEYS, fileFrame } from './schema.ts'

const refused = (issues: readonly Issue[], source: string | undefined): SentinelRulesError =>
  new SentinelRulesError(issues, { source })

const single = (code: string, message: string): readonly Issue[] => [{ path: '', code, message }]

/** Of the contents without `$schema`, in canonical form: layout, key order and escapes make no difference. */
function digestOf(file: PlainObject): Digest | Issue {
  const { $schema, ...contents } = file
  try {
    return createHash('sha256')
      .update(canonicalize(contents) ?? '')
      .digest('hex') as Digest
  } catch (error) {
    const message = `a text in it is not whole Unicode (${messageOf(error)}); write the character itself`
    return { path: '', code: 'not_json', message }
  }
}

function readFile(file: PlainObject): { set: RuleSet } | { issues: readonly Issue[] } {
  const issues = new Issues()
  const frame = fileFrame.safeParse(file, { reportInput: true })
  if (!frame.success) issues.addZod(frame.error.issues, '', FILE_KEYS)
  const digest = digestOf(file)
  if (typeof digest !== 'string') issues.list.push(digest)
  const reader = new RuleReader(issues)
  const entries = Array.isArray(file.rules) && issues.list.every(({ path }) => path !== 'rules') ? file.rules : []
  const read = (entries as readonly Plain[]).flatMap((entry, index) => reader.read(entry, index) ?? [])
  if (!frame.success || typeof digest !== 'string' || issues.list.length > 0) return { issues: issues.list }
  return {
    set: ruleSet({
      digest,
      summaries: read.map(({ summary }) => summary),
      rules: read.filter(({ rule }) => rule.enabled).map(({ rule }) => rule),
      defaultAction: actionOf(frame.data.default_action),
      firstMatch: frame.data.first_match,
    }),
  }
}

interface Source {
  readonly contents: unknown
  readonly origin: string | undefined
  /** What is already known to be wrong. */
  readonly issues: readonly Issue[]
}

function load({ contents, origin, issues }: Source): RuleSet {
  const { value, issues: notJson } = copyJson(contents)
  const known = [...issues, ...notJson]
  if (!isPlainObject(value)) {
    const message = `expected an object with "rules", found ${kindOf(value)}; write { "version": "1.0", "rules": [] }`
    throw refused(notJson.length > 0 ? known : [...known, ...single('wrong_type', message)], origin)
  }
  const result = readFile(value)
  // Where something was not JSON the copy holds null, and whatever that leads to says nothing new.
  const found =
    'issues' in result ? result.issues.filter(({ path }) => notJson.every((issue) => issue.path !== path)) : []
  if ('issues' in result || known.length > 0) throw refused([...known, ...found], origin)
  return result.set
}

/**
 * Makes a rule set of the parsed contents of a rules file, or of the same object written in code. Reads it once: later changes to
 * `source` change nothing.
 * @param options `origin` names the source in the error, such as a file's path
 * @throws SentinelRulesError with every problem at once
 */
export const parseRules = (source: unknown, options: { readonly origin?: string } = {}): RuleSet =>
  load({ contents: source, origin: options.origin, issues: [] })

function readText(path: string): string {
  const { size } = statSync(path)
  if (size > FILE_BYTES_MAX) {
    const message = `the file has ${size} bytes, more than ${FILE_BYTES_MAX}; split what it guards or shorten its lists`
    throw refused(single('too_large', message), path)
  }
  const bytes = readFileSync(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refused(single('bad_json', 'the file is not UTF-8 text; save it as UTF-8'), path)
  }
}

function textOf(path: string): string {
  try {
    return readText(path)
  } catch (error) {
    if (error instanceof SentinelRulesError) throw error
    const message = `${path} can not be read: ${messageOf(error)}; check the path and its permissions`
    throw new SentinelRulesError(single('unreadable', message), { source: path, cause: error })
  }
}

/**
 * Reads a rules file: UTF-8 JSON (a byte order mark is fine), at most 16 MiB.
 * @throws SentinelRulesError when the file can not be read, is not JSON (with line and column), or holds rules that can not be used
 */
export function readRulesFile(path: string): RuleSet {
  const text = textOf(path)
  const problems = jsonTextProblems(text)
  const issues = problems.map(({ code, line, column, message }) => ({
    path: `line ${line}, column ${column}`,
    code,
    message,
  }))
  if (problems.some(({ code }) => code === 'bad_json')) throw refused(issues, path)
  return load({ contents: readJsonText(text), origin: path, issues })
}
