import { Command } from 'commander'
import type { Issue } from '../errors.ts'
import { SentinelRulesError } from '../errors.ts'
import { lintRules } from '../rules/lint.ts'
import { readRulesFile } from '../rules/load.ts'
import { printable } from '../support/printable.ts'
import { type CommandContext, counted, EXIT, examples, jsonOption } from './command.ts'
import { paint, type Terminal } from './terminal.ts'

export const checkCommand = ({ terminal, exit }: CommandContext): Command =>
  new Command('check')
    .description('Check a rules file: everything wrong with it, and what looks wrong.')
    .argument('<file>', 'the rules file')
    .addOption(jsonOption())
    .addHelpText('after', examples('sentinel check rules.json', 'sentinel check rules.json --json | jq .errors'))
    .action((file: string, options: { readonly json?: boolean }) => exit(check(terminal, file, options)))

/** What `sentinel check` found. */
interface Findings {
  readonly errors: readonly Issue[]
  readonly warnings: readonly Issue[]
  readonly rules: number
}

/** Prints everything wrong with a rules file, and what looks wrong. Returns the exit code. */
function check(terminal: Terminal, file: string, { json = false }: { readonly json?: boolean }): number {
  const found = findingsOf(file)
  if (json) terminal.stdout.write(`${JSON.stringify({ file, ...found })}\n`)
  else print(terminal, file, found)
  return found.errors.length > 0 ? EXIT.failed : EXIT.ok
}

function findingsOf(file: string): Findings {
  try {
    const rules = readRulesFile(file)
    return { errors: [], warnings: lintRules(rules), rules: rules.size }
  } catch (error) {
    if (error instanceof SentinelRulesError) return { errors: error.issues, warnings: [], rules: 0 }
    throw error
  }
}

function print(terminal: Terminal, file: string, { errors, warnings, rules }: Findings): void {
  const line = (issue: Issue, heading: string): string =>
    `${printable(`${file}: ${issue.path === '' ? '' : `${issue.path}: `}`)}${heading}: ${printable(issue.message)} [${issue.code}]\n`
  for (const issue of errors) terminal.stdout.write(line(issue, paint(terminal, 'red', 'error')))
  for (const issue of warnings) terminal.stdout.write(line(issue, paint(terminal, 'yellow', 'warning')))
  terminal.stdout.write(
    errors.length > 0
      ? `${counted(errors.length, 'error')}: this file can not be used.\n`
      : `${counted(rules, 'rule')}, ${counted(warnings.length, 'warning')}.\n`,
  )
}
