import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Issue } from '../../errors.ts'
import { Issues } from '../../rules/issues.ts'
import { jsonTextProblems } from '../../rules/json-text.ts'
import { readJsonText } from '../../support/json.ts'
import { CASE_KEYS, caseFileSchema, type PolicyCase } from './schema.ts'

const CASE_FILE_ENDING = '.json'

/** A case and where it stands. */
export interface PlacedCase {
  readonly file: string
  /** `cases[3]` */
  readonly path: string
  readonly case: PolicyCase
}

/** What is wrong with a file of cases. */
export interface CaseFileIssue extends Issue {
  readonly file: string
}

export interface ReadCases {
  readonly cases: readonly PlacedCase[]
  readonly issues: readonly CaseFileIssue[]
}

/** All cases in the files that are named, and in the directories that are named, however deep. */
export function readCases(paths: readonly string[]): ReadCases {
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]))
  const read = files.map(readFile)
  return { cases: read.flatMap(({ cases }) => cases), issues: read.flatMap(({ issues }) => issues) }
}

const filesIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(CASE_FILE_ENDING))
    .toSorted()
    .map((name) => join(directory, name))

function readFile(file: string): ReadCases {
  const text = readFileSync(file, 'utf8')
  const problems = jsonTextProblems(text)
  if (problems.length > 0) {
    const issues = problems.map(({ code, line, column, message }) => ({
      ...{ file, code, message },
      path: `line ${line}, column ${column}`,
    }))
    return { cases: [], issues }
  }
  const parsed = caseFileSchema.safeParse(readJsonText(text), { reportInput: true })
  if (!parsed.success) {
    const issues = new Issues()
    issues.addZod(parsed.error.issues, '', CASE_KEYS)
    return { cases: [], issues: issues.list.map((issue) => ({ file, ...issue })) }
  }
  const cases = parsed.data.cases.map((each, index) => ({ file, path: `cases[${index}]`, case: each }))
  return { cases, issues: [] }
}
