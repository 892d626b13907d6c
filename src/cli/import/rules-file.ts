import { readFileSync } from 'node:fs'
import { isPlainObject } from '../../domain/plain.ts'
import { type Issue, SentinelRulesError } from '../../errors.ts'
import { parseRules, readRulesFile } from '../../rules/load.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { readJsonText } from '../../support/json.ts'
import { type NewFile, writeNewFile } from '../new-file.ts'
import { convertRules } from './python-rules.ts'

/** What became of a rules file. */
export interface ImportedRules {
  readonly file: string
  /** Where it was written; null when it was not. */
  readonly out: string | null
  /** Rules in use. */
  readonly rules: number
  readonly errors: readonly Issue[]
  readonly changed: readonly Issue[]
  readonly differs: readonly Issue[]
}

/** What is wrong with the text itself, whatever it says. */
const TEXT_PROBLEMS = new Set(['unreadable', 'too_large', 'bad_json', 'duplicate_key'])

/** Converts a rules file of the Python project, and writes it when it can be used and there is a place for it. */
export async function importRules(path: string, out: NewFile | undefined): Promise<ImportedRules> {
  const asItIs = loaded(() => readRulesFile(path))
  const errors = asItIs.errors.filter(({ code }) => TEXT_PROBLEMS.has(code))
  const unread = { file: path, out: null, rules: 0, errors: asItIs.errors, changed: [], differs: [] }
  if (errors.length > 0) return { ...unread, errors }
  const source = readJsonText(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
  if (!isPlainObject(source)) return unread
  const { file, changed, differs } = convertRules(source)
  const converted = loaded(() => parseRules(file))
  if (converted.set === undefined) return { ...unread, errors: converted.errors, changed, differs }
  if (out !== undefined) await writeNewFile(out, [`${JSON.stringify(file, null, 2)}\n`])
  return { file: path, out: out?.path ?? null, rules: converted.set.size, errors: [], changed, differs }
}

interface Loaded {
  readonly set: RuleSet | undefined
  readonly errors: readonly Issue[]
}

function loaded(load: () => RuleSet): Loaded {
  try {
    return { set: load(), errors: [] }
  } catch (error) {
    if (error instanceof SentinelRulesError) return { set: undefined, errors: error.issues }
    throw error
  }
}
