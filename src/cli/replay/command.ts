import { Command, Option } from 'commander'
import type { Action } from '../../domain/action.ts'
import { type CommandContext, count, EXIT, examples, jsonOption } from '../command.ts'
import { interruptible } from '../interrupt.ts'
import { Progress } from '../progress.ts'
import { reasonTexts } from '../reasons.ts'
import { columnsOf, fitted, padded, paint, type Style, type Terminal, table, write } from '../terminal.ts'
import { openCalls, readCalls } from './calls.ts'
import { REVIEWERS, type Reviewer } from './reviewer.ts'
import { type Replayed, replayCalls } from './run.ts'
import { type Detection, Summary } from './summary.ts'

export const replayCommand = ({ terminal, exit }: CommandContext): Command =>
  new Command('replay')
    .description('Run recorded calls through the guard, with their own times as the clock.')
    .argument(
      '[file]',
      'calls, one JSON object a line: {ts, agent, tool, params, outcome}; standard input when left out or -',
    )
    .option('--rules <file>', 'judge by these rules too')
    .option('--db <file>', 'start from the baselines of this audit log, which is only read')
    .addOption(
      new Option('--reviewer <policy>', 'who reviews stopped calls, by the labels in the file')
        .choices(REVIEWERS)
        .default('auto'),
    )
    .option('--report', 'only the summary and the alarms, without a line for each call')
    .option('--alarms <count>', 'show so many alarms, the highest risk first', count, 20)
    .addOption(jsonOption('print one JSON object for each call, and the summary as the last one'))
    .addHelpText(
      'after',
      `
Reviewers:
  auto   nobody reviews: calls stopped by the guard are not learned
  human  a stopped call that is labelled normal is approved and learned
  clean  as human, and a missed anomaly is not learned either
${examples('sentinel replay calls.jsonl --report', 'zcat calls.jsonl.gz | sentinel replay --rules rules.json', 'sentinel replay calls.jsonl --reviewer clean --json | tail -1')}`,
    )
    .action(async (file: string | undefined, options: ReplayOptions) => exit(await replay(terminal, file, options)))

interface ReplayOptions {
  readonly rules?: string
  readonly db?: string
  readonly reviewer: Reviewer
  readonly report?: boolean
  readonly alarms: number
  readonly json?: boolean
}

const STYLES: Record<Action, Style> = { allow: 'green', warn: 'yellow', escalate: 'magenta', block: 'red' }

/** Replays a file and prints what the guard made of it. Resolves to the exit code. */
async function replay(terminal: Terminal, file: string | undefined, options: ReplayOptions): Promise<number> {
  const source = await openCalls(terminal, file)
  const { rules: rulesPath, db: database, reviewer } = options
  const settings = { rulesPath, database, reviewer, auditKey: terminal.env.SENTINEL_AUDIT_KEY }
  const summary = new Summary(options.alarms)
  const perCall = options.report !== true
  // A bar and lines on one terminal would write over each other.
  const progress = new Progress(terminal.stderr, perCall && terminal.stdout.isTTY ? undefined : source.size)
  try {
    await interruptible(terminal, async (signal) => {
      for await (const replayed of replayCalls(readCalls(source), settings)) {
        signal.throwIfAborted()
        summary.add(replayed)
        progress.at(replayed.call.bytesRead)
        if (perCall) await write(terminal.stdout, options.json ? jsonLine(replayed) : line(terminal, replayed))
      }
    })
  } finally {
    progress.end()
  }
  if (options.json) await write(terminal.stdout, `${JSON.stringify(summaryObject(summary))}\n`)
  else await write(terminal.stdout, summaryText(terminal, summary))
  return EXIT.ok
}

const timeOf = ({ call }: Replayed): string => new Date(call.at).toISOString().slice(0, 19).replace('T', ' ')

/** Time, decision, risk, agent, tool and why, on one line. */
function line(terminal: Terminal, replayed: Replayed): string {
  const { call, decision } = replayed
  const why = decision.message || decision.reasons.map((reason) => reason.message).join('; ')
  const rest = `  ${decision.risk.toFixed(1).padStart(4)}  ${call.agent}  ${call.tool}${why === '' ? '' : `  ${why}`}`
  const head = `${timeOf(replayed)}  `
  const action = padded(decision.action, 8)
  const width = columnsOf(terminal) - head.length - action.length
  return `${head}${paint(terminal, STYLES[decision.action], action)}${fitted(rest, width)}\n`
}

const jsonLine = ({ call, decision }: Replayed): string => {
  const { agent, tool, params, label } = call
  const { action, risk, level, message, reasons, signals, samples, ruleIds } = decision
  const ts = new Date(call.at).toISOString()
  return `${JSON.stringify({ ts, agent, tool, params, label, action, risk, level, samples, message, ruleIds, reasons, signals })}\n`
}

const summaryObject = (summary: Summary): object => ({
  summary: { total: summary.total, tools: summary.tools, detection: summary.detection },
})

function summaryText(terminal: Terminal, summary: Summary): string {
  const { total, tools, detection } = summary
  if (total.calls === 0) return 'No calls.\n'
  const width = columnsOf(terminal)
  const row = (name: string, { calls, actions, maxRisk }: Omit<(typeof tools)[number], 'tool'>): readonly string[] => [
    name,
    String(calls),
    ...(['allow', 'warn', 'escalate', 'block'] as const).map((action) => String(actions[action])),
    maxRisk.toFixed(1),
  ]
  const counts = table(
    [
      { title: 'tool', shrinks: true },
      ...['calls', 'allow', 'warn', 'escalate', 'block', 'max risk'].map((title) => ({
        title,
        align: 'right' as const,
      })),
    ],
    [...tools.map((counted) => row(counted.tool, counted)), row('all', total)],
    width,
  )
  return `\n${counts}${detection === undefined ? '' : `\n${detectionText(detection)}`}${alarmsText(terminal, summary)}`
}

const share = (found: number, of: number): string =>
  of === 0 ? 'none' : `${found} of ${of} (${((100 * found) / of).toFixed(2)} %)`

/** An honest user must know what is not caught, beside what is caught wrongly. */
function detectionText({ normal, anomalies, falseAlarms, found }: Detection): string {
  return `By the labels in the file, training calls left out:
  normal calls stopped     ${share(falseAlarms.stopped, normal)}
  normal calls warned of   ${share(falseAlarms.warned, normal)}
  anomalies stopped        ${share(found.stopped, anomalies)}
  anomalies warned of      ${share(found.warned, anomalies)}
`
}

function alarmsText(terminal: Terminal, { alarms, total }: Summary): string {
  const raised = total.calls - total.actions.allow
  if (raised === 0) return '\nNo alarms.\n'
  const shown = alarms.map((alarm) => {
    const { call, decision } = alarm
    const label = call.label === undefined ? '' : `  labelled ${call.label}`
    const why = reasonTexts(decision).map((text) => `    ${text}`)
    const action = paint(terminal, STYLES[decision.action], decision.action)
    const about = `  risk ${decision.risk.toFixed(1)}  ${call.agent}  ${call.tool}${label}`
    const room = columnsOf(terminal) - timeOf(alarm).length - decision.action.length - 2
    const title = `${timeOf(alarm)}  ${action}${fitted(about, room)}`
    return [title, ...why.map((text) => fitted(text, columnsOf(terminal)))].join('\n')
  })
  return `\n${alarms.length < raised ? `The ${alarms.length} strongest of ${raised} alarms` : 'Alarms'}, highest risk first:\n${shown.join('\n')}\n`
}
