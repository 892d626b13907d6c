import { Command } from 'commander'
import type { AuditStore } from '../../audit/store.ts'
import type { UsualCalls } from '../../domain/baseline.ts'
import { toJsonText } from '../../support/json.ts'
import { printable } from '../../support/printable.ts'
import { type CommandContext, count, counted, databaseOption, examples, jsonOption } from '../command.ts'
import type { LogPlaceOptions } from '../log-place.ts'
import { operatorName } from '../operator.ts'
import { CommandError, columnsOf, type Terminal, table, write } from '../terminal.ts'
import { shortNumber } from './draw.ts'
import { healthText } from './health.ts'
import { type OpenBaselines, withBaselines } from './open.ts'
import { drawing } from './show.ts'

interface Options extends LogPlaceOptions {
  readonly agent?: string
  readonly alarms: number
  readonly note?: string
  readonly json?: boolean
}

export const baselinesCommand = ({ terminal }: CommandContext): Command => {
  const baselines = new Command('baselines').description('What is usual for each tool, and how to change it.')
  const add = (name: string, description: string): Command =>
    baselines.command(name).description(description).addOption(databaseOption()).addOption(jsonOption())
  add('list', 'All tools and agents of which something is learned.')
    .option('--agent <id>', 'only this agent')
    .addHelpText('after', examples('sentinel baselines list', 'sentinel baselines list --agent billing --json'))
    .action((options: Options) => list(terminal, options))
  add('show', 'What is usual for one tool: numbers, values, hours, and the last alarms.')
    .argument('<tool>', 'the name of the tool')
    .option('--agent <id>', 'only this agent')
    .option('--alarms <count>', 'so many of the last alarms', count, 5)
    .addHelpText('after', examples('sentinel baselines show transfer_funds'))
    .action((tool: string, options: Options) => show(terminal, tool, options))
  add('health', 'Do alarms come as often as promised?')
    .argument('[tool]', 'only this tool')
    .addHelpText('after', examples('sentinel baselines health', 'sentinel baselines health transfer_funds'))
    .action((tool: string | undefined, options: Options) => health(terminal, tool, options))
  add('accept', 'What made a call an anomaly is usual from now on.')
    .argument('<id>', 'the id of an anomaly_detected event, as `show` and `log --json` give it')
    .option('--note <text>', 'why')
    .addHelpText('after', examples('sentinel baselines accept 0199…c3 --note "new supplier"'))
    .action((id: string, options: Options) => accept(terminal, id, options))
  add('forget', 'Forget what was learned of a tool, or of one parameter, for all agents.')
    .argument('<tool>', 'the name of the tool')
    .argument('[param]', 'a path such as order.total')
    .option('--note <text>', 'why')
    .addHelpText('after', examples('sentinel baselines forget transfer_funds amount --note "now in cents"'))
    .action((tool: string, param: string | undefined, options: Options) => forget(terminal, { tool, param }, options))
  add('rebuild', 'Build everything anew from the last 30 days of the log.')
    .option('--note <text>', 'why')
    .addHelpText('after', examples('sentinel baselines rebuild'))
    .action((options: Options) => rebuild(terminal, options))
  return baselines
}

const ofAgent = (all: readonly UsualCalls[], agent: string | undefined): readonly UsualCalls[] =>
  all.filter(({ agentId }) => agent === undefined || agentId === agent)

const read = <Result>(terminal: Terminal, options: Options, work: (open: OpenBaselines) => Promise<Result>) =>
  withBaselines(terminal, { ...options, purpose: 'read' }, work)

const json = (data: object): string => `${toJsonText(data)}\n`

async function list(terminal: Terminal, options: Options): Promise<void> {
  const all = await read(terminal, options, async ({ baselines }) => ofAgent(await baselines.list(), options.agent))
  if (options.json) return write(terminal.stdout, json({ baselines: all }))
  if (all.length === 0) return write(terminal.stdout, 'Nothing is learned yet.\n')
  const columns = [
    { title: 'tool', shrinks: true },
    { title: 'agent', shrinks: true },
    { title: 'calls', align: 'right' as const },
    { title: 'an hour', align: 'right' as const },
    { title: 'parameters', shrinks: true },
  ]
  const rows = all.map(({ tool, agentId, samples, rate, parameters }) => [
    tool,
    agentId,
    samples.toLocaleString('en'),
    rate.perHour === undefined ? '' : shortNumber(rate.perHour),
    parameters.map(({ param }) => param).join(', '),
  ])
  await write(terminal.stdout, table(columns, rows, columnsOf(terminal)))
}

async function show(terminal: Terminal, tool: string, options: Options): Promise<void> {
  await read(terminal, options, async ({ baselines, store, timeZone }) => {
    const all = ofAgent(await baselines.get(tool), options.agent)
    if (all.length === 0) throw nothingLearned(tool, await baselines.list())
    const shown = await Promise.all(
      all.map(async (usual) => ({ usual, timeZone, alarms: await alarmsOf(store, usual, options.alarms) })),
    )
    if (!options.json) return write(terminal.stdout, shown.map((each) => drawing(terminal, each)).join('\n'))
    const alarms = shown.flatMap((each) => each.alarms)
    await write(terminal.stdout, json({ tool, timeZone, baselines: all, alarms }))
  })
}

const alarmsOf = (store: AuditStore, { tool, agentId }: UsualCalls, limit: number) =>
  store.query({ tool, agentId, event: 'anomaly_detected', limit })

async function health(terminal: Terminal, tool: string | undefined, options: Options): Promise<void> {
  const found = await read(terminal, options, async ({ baselines }) => {
    // Alarms of a tool may be there when what was learned of it is forgotten.
    const found = await baselines.health(tool)
    if (tool === undefined || found.calls > 0 || (await baselines.get(tool)).length > 0) return found
    throw nothingLearned(tool, await baselines.list())
  })
  await write(terminal.stdout, options.json ? json(found) : healthText(terminal, found))
}

interface Change {
  readonly about: object
  readonly sentence: string
}

/** Makes a change in the name of who runs the command, and says what was changed. */
async function change(
  terminal: Terminal,
  { json: asJson, ...options }: Options,
  make: (open: OpenBaselines, actor: { readonly by: string; readonly note: string | undefined }) => Promise<Change>,
): Promise<void> {
  const actor = { by: operatorName(), note: options.note }
  const { about, sentence } = await withBaselines(terminal, { ...options, purpose: 'change' }, (open) =>
    make(open, actor),
  )
  await write(terminal.stdout, asJson ? json({ ...about, ...actor }) : `${printable(sentence)}\n`)
}

const accept = (terminal: Terminal, id: string, options: Options): Promise<void> =>
  change(terminal, options, async ({ baselines, store }, actor) => {
    await baselines.accept(id, actor)
    const [anomaly] = await store.query({ id, limit: 1 })
    const { tool, agentId } = anomaly ?? {}
    const sentence = `What made this call an anomaly is usual from now on, for ${tool} and agent ${agentId}.`
    return { about: { change: 'accepted', anomalyId: id, tool, agentId }, sentence }
  })

const forget = (
  terminal: Terminal,
  { tool, param }: { readonly tool: string; readonly param: string | undefined },
  options: Options,
): Promise<void> =>
  change(terminal, options, async ({ baselines }, actor) => {
    const known = await baselines.get(tool)
    if (known.length === 0) throw nothingLearned(tool, await baselines.list())
    const params = new Set(known.flatMap(({ parameters }) => parameters.map((parameter) => parameter.param)))
    if (param !== undefined && !params.has(param))
      throw new CommandError(
        `nothing is learned of '${param}' of ${tool}; its parameters are ${[...params].join(', ')}`,
      )
    await baselines.forget(tool, param, actor)
    const what = param === undefined ? tool : `${param} of ${tool}`
    return { about: { change: 'forgotten', tool, param }, sentence: `What was learned of ${what} is forgotten.` }
  })

const rebuild = (terminal: Terminal, options: Options): Promise<void> =>
  change(terminal, options, async ({ baselines }, actor) => {
    await baselines.rebuild(actor)
    const all = await baselines.list()
    const calls = all.reduce((sum, { samples }) => sum + samples, 0)
    const sentence = `Built anew from the log: ${counted(calls, 'call')} by ${counted(all.length, 'pair')} of tool and agent.`
    return { about: { change: 'rebuilt', baselines: all.length, calls }, sentence }
  })

/** Tools are many: a name that was mistyped is found among a few. */
const TOOLS_NAMED_MAX = 10

function nothingLearned(tool: string, all: readonly UsualCalls[]): CommandError {
  const tools = [...new Set(all.map((usual) => usual.tool))]
  const named = tools.slice(0, TOOLS_NAMED_MAX).join(', ')
  const known =
    tools.length === 0 ? '' : `; of these something is: ${named}${tools.length > TOOLS_NAMED_MAX ? ' …' : ''}`
  return new CommandError(`nothing is learned of '${tool}'${known}`)
}
