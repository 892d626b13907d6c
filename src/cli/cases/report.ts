import { basename } from 'node:path'
import type { Decision } from '../../domain/decision.ts'
import { printable } from '../../support/printable.ts'
import { counted } from '../command.ts'
import { reasonTexts } from '../reasons.ts'
import { columnsOf, paint, type Terminal, table, wrapped } from '../terminal.ts'
import type { CaseFileIssue } from './files.ts'
import type { CaseResult, Failure } from './run.ts'

/** Which rules were behind the answer of a case. */
export interface Coverage {
  /** Rules in use. */
  readonly rules: number
  /** Ids of those that no case reached. */
  readonly notReached: readonly string[]
}

export interface TestRun {
  readonly results: readonly CaseResult[]
  /** Files that can not be read as cases. */
  readonly issues: readonly CaseFileIssue[]
  readonly coverage: Coverage
}

/** What failed, and which rules no case reached. */
export function report(terminal: Terminal, { results, issues, coverage }: TestRun): string {
  const failed = results.filter(({ failures }) => failures.length > 0)
  const broken = issues
    .map(
      ({ file, path, message }) =>
        `${printable(`${file}: ${path}`)}: ${paint(terminal, 'red', 'error')}: ${printable(message)}\n`,
    )
    .join('')
  return [
    broken,
    failed.length > 0 ? `${failedTable(terminal, failed)}\n` : '',
    ending(terminal, results, failed.length),
    reach(terminal, coverage),
  ].join('')
}

function failedTable(terminal: Terminal, failed: readonly CaseResult[]): string {
  const rows = failed.map(({ file, path, case: { name, tool, expect }, decision, failures }) => [
    `${basename(file)}: ${name ?? path}`,
    tool,
    expect.action,
    decision.action,
    because(failures, decision),
  ])
  const columns = [
    { title: 'failed case', shrinks: true },
    { title: 'tool' },
    { title: 'expected' },
    { title: 'got' },
    { title: 'because', shrinks: true },
  ]
  return table(columns, rows, columnsOf(terminal))
}

/** The columns say already which action was expected. */
const because = (failures: readonly Failure[], decision: Decision): string =>
  [
    ...failures.filter(({ about }) => about !== 'action').map(({ message }) => message),
    decision.message || reasonTexts(decision).join('; '),
  ]
    .filter(Boolean)
    .join('; ')

function ending(terminal: Terminal, results: readonly CaseResult[], failed: number): string {
  if (results.length === 0) return `${paint(terminal, 'red', 'No cases')}: nothing was tested.\n`
  const verdict = failed === 0 ? paint(terminal, 'green', 'all passed') : paint(terminal, 'red', `${failed} failed`)
  return `${counted(results.length, 'case')}, ${verdict}.\n`
}

function reach(terminal: Terminal, { rules, notReached }: Coverage): string {
  const reached = `Rules behind an answer: ${rules - notReached.length} of ${rules}`
  if (notReached.length === 0) return `${reached}.\n`
  return wrapped(`${reached}; reached by no case: ${notReached.join(', ')}`, columnsOf(terminal))
}
