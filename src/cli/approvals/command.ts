import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import type { Approvals } from '../../approval/approvals.ts'
import { APPROVAL_STATES, type Approval, type ApprovalState } from '../../domain/approval.ts'
import { openApprovals } from '../../open-approvals.ts'
import { systemClock } from '../../support/clock.ts'
import { fromJsonText, toJsonText } from '../../support/json.ts'
import { messageOf } from '../../support/messages.ts'
import { printable } from '../../support/printable.ts'
import { endingWith } from '../by-id.ts'
import { type CommandContext, count, databaseOption, examples, jsonOption } from '../command.ts'
import { type LogPlaceOptions, openLog, openLogToChange, troubleTo } from '../log-place.ts'
import { operatorName } from '../operator.ts'
import { CommandError, columnsOf, drawingColumnsOf, type Terminal, table, write } from '../terminal.ts'
import { approvalRow, COLUMNS, decided, described } from './show.ts'

interface Options extends LogPlaceOptions {
  readonly state: ApprovalState | 'all'
  readonly limit: number
  readonly note?: string
  readonly params?: string
  readonly json?: boolean
}

export const approvalsCommand = ({ terminal }: CommandContext): Command => {
  const approvals = new Command('approvals').description('What waits for a human, and what became of the others.')
  const add = (name: string, description: string): Command =>
    approvals.command(name).description(description).addOption(databaseOption()).addOption(jsonOption())
  const idHelp = 'an id as `list` shows it, or its end'
  add('list', 'What waits for a decision, the highest risk first.')
    .addOption(
      new Option('--state <state>', 'those in this state').choices([...APPROVAL_STATES, 'all']).default('pending'),
    )
    .option('-n, --limit <count>', 'at most so many', count, 50)
    .addHelpText('after', examples('sentinel approvals list', 'sentinel approvals list --state denied --json'))
    .action((options: Options) => list(terminal, options))
  add('show', 'One request, with every value of the call.')
    .argument('<id>', idHelp)
    .addHelpText('after', examples('sentinel approvals show 4f1c9a02'))
    .action((id: string, options: Options) => show(terminal, id, options))
  add('approve', 'Let a call run, once.')
    .argument('<id>', idHelp)
    .option('--note <text>', 'what the agent and the log are told')
    .option('--params <json>', 'the arguments to run instead, all of them; @file reads them from a file')
    .addHelpText(
      'after',
      examples('sentinel approvals approve 4f1c9a02', `sentinel approvals approve 4f1c9a02 --params '{"amount": 100}'`),
    )
    .action((id: string, options: Options) => decide(terminal, { id, outcome: 'approved' }, options))
  add('deny', 'Refuse a call.')
    .argument('<id>', idHelp)
    .option('--note <text>', 'what the agent and the log are told')
    .addHelpText('after', examples('sentinel approvals deny 4f1c9a02 --note "ask me on Monday"'))
    .action((id: string, options: Options) => decide(terminal, { id, outcome: 'denied' }, options))
  return approvals
}

type Purpose = 'read' | 'decide'

async function withApprovals<Result>(
  terminal: Terminal,
  { purpose, ...place }: LogPlaceOptions & { readonly purpose: Purpose },
  work: (approvals: Approvals) => Promise<Result>,
): Promise<Result> {
  const { store, key } =
    purpose === 'read'
      ? { store: openLog(terminal, place, { readOnly: true }), key: undefined }
      : await openLogToChange(terminal, place)
  try {
    return await work(openApprovals({ store, key: () => key?.for('redaction'), onTrouble: troubleTo(terminal) }))
  } finally {
    await store.close()
  }
}

async function list(terminal: Terminal, options: Options): Promise<void> {
  const { state, limit, json } = options
  const found = await withApprovals(terminal, { ...options, purpose: 'read' }, (approvals) =>
    approvals.list({ state: state === 'all' ? undefined : state, limit }),
  )
  if (json) return write(terminal.stdout, `${toJsonText({ approvals: found })}\n`)
  if (found.length === 0) return write(terminal.stdout, `Nothing is ${state === 'all' ? 'stored' : state}.\n`)
  await write(
    terminal.stdout,
    table(
      COLUMNS,
      found.map((approval) => approvalRow(approval, systemClock.now())),
      columnsOf(terminal),
    ),
  )
}

async function show(terminal: Terminal, id: string, options: Options): Promise<void> {
  const approval = await withApprovals(terminal, { ...options, purpose: 'read' }, (approvals) => found(approvals, id))
  if (options.json) return write(terminal.stdout, `${toJsonText(approval)}\n`)
  await write(terminal.stdout, described(approval, { columns: drawingColumnsOf(terminal), now: systemClock.now() }))
}

interface Decision {
  readonly id: string
  readonly outcome: 'approved' | 'denied'
}

async function decide(terminal: Terminal, { id, outcome }: Decision, options: Options): Promise<void> {
  const { note, params, json } = options
  const by = operatorName()
  const edited = params === undefined ? undefined : paramsOf(params)
  const approval = await withApprovals(terminal, { ...options, purpose: 'decide' }, async (approvals) => {
    const { id: whole } = await found(approvals, id)
    return outcome === 'denied'
      ? approvals.deny(whole, { by, note })
      : approvals.approve(whole, { by, note, params: edited })
  })
  await write(terminal.stdout, json ? `${toJsonText(approval)}\n` : decided(approval))
}

const ID_CHARS = 36
const LOOKED_THROUGH_MAX = 10_000

/** By its id, or by the end of it where only one that waits, or else only one at all, ends so. */
async function found(approvals: Approvals, id: string): Promise<Approval> {
  if (id.length >= ID_CHARS) {
    const approval = await approvals.get(id)
    if (approval === undefined) throw new CommandError(`there is no approval ${printable(id)}`)
    return approval
  }
  for (const state of ['pending', undefined] as const) {
    const only = endingWith(await approvals.list({ state, limit: LOOKED_THROUGH_MAX }), id, 'approvals')
    if (only !== undefined) return only
  }
  throw new CommandError(
    `there is no approval whose id ends with ${printable(id)}; \`sentinel approvals list\` shows them`,
  )
}

function paramsOf(given: string): Readonly<Record<string, unknown>> {
  const text = given.startsWith('@') ? readFileSync(given.slice(1), 'utf8') : given
  try {
    const params = fromJsonText(text)
    if (typeof params === 'object' && params !== null && !Array.isArray(params))
      return params as Record<string, unknown>
  } catch (error) {
    throw new CommandError(`--params is not JSON: ${messageOf(error)}`)
  }
  throw new CommandError('--params must be a JSON object of parameters, such as {"amount": 100}')
}
