import { Command, InvalidArgumentError, Option } from 'commander'
import type { Anomalies } from '../../anomalies.ts'
import { ANOMALY_TYPES, type Anomaly, type AnomalyType, SEVERITIES, type Severity } from '../../domain/anomaly.ts'
import { toJsonText } from '../../support/json.ts'
import { endingWith } from '../by-id.ts'
import { type CommandContext, databaseOption, EXIT, examples, jsonOption } from '../command.ts'
import type { LogPlaceOptions } from '../log-place.ts'
import { moment } from '../moment.ts'
import { operatorName } from '../operator.ts'
import { type Terminal, write } from '../terminal.ts'
import { withAnomalies } from './open.ts'
import { shownAnomalies } from './show.ts'

interface Options extends LogPlaceOptions {
  readonly json?: boolean
}
interface DetectOptions extends Options {
  readonly fail?: boolean
}
interface ListOptions extends Options {
  readonly unacknowledged?: boolean
  readonly type?: AnomalyType
  readonly severity?: Severity
  readonly agent?: string
  readonly since?: string
  readonly limit: number
}
interface AnswerOptions extends Options {
  readonly note?: string
}

export const anomaliesCommand = ({ terminal, exit }: CommandContext): Command => {
  const anomalies = new Command('anomalies').description('What was odd over time, and did anybody look?')
  const add = (name: string, description: string): Command =>
    anomalies.command(name).description(description).addOption(databaseOption()).addOption(jsonOption())
  add('detect', 'Look through what is new in the log; show what nobody has acknowledged.')
    .option('--fail', 'exit with 1 when there is something to look at')
    .addHelpText('after', examples('sentinel anomalies detect', 'sentinel anomalies detect --fail || mail ops'))
    .action(async (options: DetectOptions) => exit(await detect(terminal, options)))
  add('list', 'All anomalies, those seen last first, acknowledged and resolved ones too.')
    .option('--unacknowledged', 'only those that nobody has answered')
    .addOption(new Option('--type <type>', 'only this type').choices(ANOMALY_TYPES))
    .addOption(new Option('--severity <severity>', 'only this severity').choices(SEVERITIES))
    .option('--agent <id>', 'only this agent')
    .option('--since <when>', 'seen since: 15m, 2h, 7d ago, or a time such as 2026-01-31T12:00Z', moment)
    .option('-n, --limit <count>', 'at most so many, 1 to 1000', limit, 100)
    .addHelpText(
      'after',
      examples('sentinel anomalies list --since 7d', 'sentinel anomalies list --severity high --json | jq .total'),
    )
    .action((options: ListOptions) => list(terminal, options))
  add('ack', 'Somebody looked: it stays quiet until it gets worse.')
    .alias('acknowledge')
    .argument('<id>', 'an id as `list` shows it, or its end')
    .option('--note <text>', 'what was found')
    .addHelpText('after', examples('sentinel anomalies ack ceefa58ea5d3e --note "load test"'))
    .action((id: string, options: AnswerOptions) => answer(terminal, id, { ...options, how: 'acknowledge' }))
  add('resolve', 'Somebody dealt with it: should it come back, that is a new one.')
    .argument('<id>', 'an id as `list` shows it, or its end')
    .option('--note <text>', 'what was done')
    .addHelpText('after', examples('sentinel anomalies resolve ceefa58ea5d3e --note revoked'))
    .action((id: string, options: AnswerOptions) => answer(terminal, id, { ...options, how: 'resolve' }))
  return anomalies
}

const json = (data: object): string => `${toJsonText(data)}\n`

async function detect(terminal: Terminal, options: DetectOptions): Promise<number> {
  const found = await withAnomalies(terminal, options, (anomalies) => anomalies.detect())
  const nothing = 'Nothing is odd that was not acknowledged.\n'
  await write(terminal.stdout, options.json ? json(found) : listing(terminal, found, nothing))
  return options.fail && found.total > 0 ? EXIT.failed : EXIT.ok
}

async function list(terminal: Terminal, options: ListOptions): Promise<void> {
  const { unacknowledged, type, severity, agent: agentId, since, limit } = options
  const query = { unacknowledged, type, severity, agentId, since, limit }
  const found = await withAnomalies(terminal, options, (anomalies) => anomalies.list(query))
  await write(terminal.stdout, options.json ? json(found) : listing(terminal, found, 'No anomalies match.\n'))
}

type Found = Awaited<ReturnType<Anomalies['list']>>

function listing(terminal: Terminal, { anomalies, total }: Found, nothing: string): string {
  if (anomalies.length === 0) return nothing
  const more = total > anomalies.length ? `${(total - anomalies.length).toLocaleString('en')} more; see --limit.\n` : ''
  return `${shownAnomalies(terminal, anomalies)}${more}`
}

/** Answers in the name of who runs the command. */
async function answer(
  terminal: Terminal,
  id: string,
  { how, note, ...options }: AnswerOptions & { readonly how: 'acknowledge' | 'resolve' },
): Promise<void> {
  const actor = { by: operatorName(), note }
  const anomaly: Anomaly = await withAnomalies(terminal, options, async (anomalies) =>
    anomalies[how](await idOf(anomalies, id), actor),
  )
  await write(terminal.stdout, options.json ? json(anomaly) : shownAnomalies(terminal, [anomaly]))
}

const LIMIT_MAX = 1_000

/** An anomaly by its id, or by the end of it among those seen last. */
async function idOf(anomalies: Anomalies, given: string): Promise<string> {
  const all = await anomalies.list({ limit: LIMIT_MAX })
  return endingWith(all.anomalies, given, 'anomalies')?.id ?? given
}

/** Parses an option's value. */
function limit(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > LIMIT_MAX)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIMIT_MAX}.`)
  return value
}
