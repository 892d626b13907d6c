import { Command } from 'commander'
import { type CommandContext, counted, databaseOption, EXIT, examples, jsonOption } from '../command.ts'
import type { LogPlaceOptions } from '../log-place.ts'
import { type RulesPlaceOptions, rulesOption, rulesPath } from '../rules-place.ts'
import { columnsOf, paint, type Style, type Terminal, wrapped, write } from '../terminal.ts'
import { approver } from './approver.ts'
import { type Finding, finding, type Status } from './finding.ts'
import { installation } from './installation.ts'
import { logFindings } from './log.ts'
import { anomalyRefusal, learnedRefusal, ruleRefusal } from './refusals.ts'
import { rules } from './rules.ts'

export const doctorCommand = ({ terminal, exit }: CommandContext): Command =>
  new Command('doctor')
    .description('Is everything in order: Node, log, key, clock, rules, approver, and are bad calls refused?')
    .addOption(databaseOption())
    .addOption(rulesOption())
    .option('--webhook <url>', 'look whether this approval webhook can be reached')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Changes nothing: bad calls are made through guards with a log in memory.

Exit codes: 0 nothing failed, though there may be warnings; 1 something failed
${examples('sentinel doctor --rules rules.json', 'sentinel doctor --json | jq -e \'.status != "fail"\'')}`,
    )
    .action(async (options: DoctorOptions) => exit(await doctor(terminal, options)))

interface DoctorOptions extends LogPlaceOptions, RulesPlaceOptions {
  readonly webhook?: string
  readonly json?: boolean
}

async function doctor(terminal: Terminal, options: DoctorOptions): Promise<number> {
  const findings = await examine(terminal, options)
  const status = worst(findings)
  await write(terminal.stdout, options.json ? `${JSON.stringify({ status, findings })}\n` : report(terminal, findings))
  return status === 'fail' ? EXIT.failed : EXIT.ok
}

async function examine(terminal: Terminal, options: DoctorOptions): Promise<readonly Finding[]> {
  const path = rulesPath(terminal, options)
  const log = await logFindings(terminal, options)
  const ofRules = await finding('rules', () => rules(path))
  const usable = ofRules.status === 'fail' ? undefined : path
  const canLearn = log.every(({ check, status }) => check !== 'database' || status === 'ok')
  return [
    ...(await Promise.all(installation(terminal))),
    ...log,
    ofRules,
    await finding('approver', () => approver(terminal, options.webhook)),
    await finding('rule refusal', () => ruleRefusal(usable)),
    await finding('anomaly refusal', anomalyRefusal),
    ...(canLearn ? [await finding('learned refusal', () => learnedRefusal(terminal, options))] : []),
  ]
}

const worst = (findings: readonly Finding[]): Status =>
  (['fail', 'warn'] as const).find((status) => findings.some((found) => found.status === status)) ?? 'ok'

const STYLES: Record<Status, Style> = { ok: 'green', warn: 'yellow', fail: 'red' }
const STATUS_COLUMNS = 6

function report(terminal: Terminal, findings: readonly Finding[]): string {
  const checkColumns = Math.max(...findings.map(({ check }) => check.length)) + 2
  const indent = ' '.repeat(STATUS_COLUMNS + checkColumns)
  const width = columnsOf(terminal)
  const lines = findings.map(({ check, status, found, remedy }) => {
    const head = `${paint(terminal, STYLES[status], status)}${' '.repeat(STATUS_COLUMNS - status.length)}${check.padEnd(checkColumns)}`
    const advice = remedy === undefined ? '' : wrapped(`→ ${remedy}`, width, indent)
    return `${head}${wrapped(found, width, indent).slice(indent.length)}${advice}`
  })
  return `${lines.join('')}\n${ending(findings)}\n`
}

function ending(findings: readonly Finding[]): string {
  const count = (status: Status): number => findings.filter((found) => found.status === status).length
  const failed = count('fail')
  return `${counted(findings.length, 'check')}: ${failed === 0 ? 'none failed' : `${failed} failed`}, ${counted(count('warn'), 'warning')}.`
}
