import { Command } from 'commander'
import { readRulesFile } from '../../rules/load.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { type CommandContext, EXIT, examples, jsonOption } from '../command.ts'
import { type RulesPlaceOptions, rulesOption, rulesPath } from '../rules-place.ts'
import { CommandError, type Terminal, write } from '../terminal.ts'
import { readCases } from './files.ts'
import { type Coverage, report, type TestRun } from './report.ts'
import { type CaseResult, runCase } from './run.ts'

export const testCommand = ({ terminal, exit }: CommandContext): Command =>
  new Command('test')
    .description('Run policy cases: is each call decided as expected?')
    .argument('[paths...]', 'files of cases (.json), or directories of them', ['cases'])
    .addOption(rulesOption())
    .option('--require-coverage', 'fail when a rule is behind the answer of no case')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A file of cases: { "cases": [{ "tool": "pay", "params": { "amount": 5 },
"expect": { "action": "allow", "rules": ["id"], "reasons": ["a part"] } }] }
Its whole format is sentinel-guard/cases.schema.json.

Exit codes: 0 all passed, 1 a case failed, or there was none
${examples('sentinel test --rules rules.json', 'sentinel test cases/a.json --rules rules.json --require-coverage')}`,
    )
    .action(async (paths: readonly string[], options: TestOptions) => exit(await test(terminal, paths, options)))

interface TestOptions extends RulesPlaceOptions {
  readonly requireCoverage?: boolean
  readonly json?: boolean
}

async function test(terminal: Terminal, paths: readonly string[], options: TestOptions): Promise<number> {
  const path = rulesPath(terminal, options)
  if (path === undefined) throw new CommandError('no rules to test: give --rules <file>, or set SENTINEL_RULES_PATH')
  const rules = readRulesFile(path)
  const { cases, issues } = readCases(paths)
  const results: CaseResult[] = []
  for (const each of cases) results.push(await runCase(each, path))
  const run: TestRun = { results, issues, coverage: coverageOf(rules, results) }
  await write(terminal.stdout, options.json ? jsonText(run) : report(terminal, run))
  return hasPassed(run, options) ? EXIT.ok : EXIT.failed
}

function coverageOf(rules: RuleSet, results: readonly CaseResult[]): Coverage {
  const reached = new Set(results.flatMap(({ decision }) => decision.ruleIds))
  const ids = rules.rules.filter(({ enabled }) => enabled).map(({ id }) => id)
  return { rules: ids.length, notReached: ids.filter((id) => !reached.has(id)) }
}

const hasPassed = ({ results, issues, coverage }: TestRun, { requireCoverage = false }: TestOptions): boolean =>
  results.length > 0 &&
  issues.length === 0 &&
  results.every(({ failures }) => failures.length === 0) &&
  (!requireCoverage || coverage.notReached.length === 0)

function jsonText({ results, issues, coverage }: TestRun): string {
  const failed = results.filter(({ failures }) => failures.length > 0)
  const failures = failed.map(({ file, path, case: { name, tool, params, expect }, decision, failures: why }) => {
    const because = why.map(({ message }) => message)
    const { action, risk, message, ruleIds } = decision
    return { file, path, name, tool, params, expected: expect, got: { action, risk, message, ruleIds }, because }
  })
  const { rules, notReached } = coverage
  const counts = { cases: results.length, passed: results.length - failed.length, failed: failed.length }
  return `${JSON.stringify({ ...counts, failures, issues, coverage: { rules, reached: rules - notReached.length, notReached } })}\n`
}
