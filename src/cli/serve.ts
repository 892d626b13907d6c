import { Command, InvalidArgumentError } from 'commander'
import type { Approvals } from '../approval/approvals.ts'
import type { AuditStore } from '../audit/store.ts'
import { openApprovals } from '../open-approvals.ts'
import { type ApprovalServer, isLoopback, PORT_DEFAULT, serveApprovals } from '../server/serve.ts'
import type { ApprovalToken } from '../server/tokens.ts'
import { toJsonText } from '../support/json.ts'
import { printable } from '../support/printable.ts'
import { approvalTokens } from './approval-tokens.ts'
import { type CommandContext, databaseOption, examples, jsonOption } from './command.ts'
import { type LogPlaceOptions, logPath, openLogToChange, troubleTo } from './log-place.ts'
import { CommandError, type Terminal } from './terminal.ts'

interface ServeCommandOptions extends LogPlaceOptions {
  readonly port: number
  readonly host?: string
  readonly allowHost?: readonly string[]
  readonly token?: readonly string[]
  readonly json?: boolean
}

const PORT_MAX = 65_535

export const serveCommand = ({ terminal }: CommandContext): Command =>
  new Command('serve')
    .description('Show what waits for approval on a page and as JSON, and take decisions.')
    .addOption(databaseOption())
    .option('--port <port>', 'where to listen; 0 takes a free one', portNumber, PORT_DEFAULT)
    .option('--host <address>', 'listen on another address than 127.0.0.1; others can then reach it')
    .option('--allow-host <host...>', 'further names it answers to, such as https://approvals.example.com')
    .option('--token <name=file...>', 'who may decide, and the file with their token')
    .addOption(jsonOption('print where it listens as one JSON object'))
    .addHelpText(
      'after',
      `
Tokens come from --token, or from SENTINEL_APPROVAL_TOKENS (NAME=TOKEN, with
commas between). Without either, one is made for you and printed once.
Ctrl-C ends the server; what waits goes on waiting.
${examples(
  'sentinel serve',
  '(umask 077; openssl rand -hex 32 > ada.token)',
  'sentinel serve --token ada=ada.token',
  'sentinel serve --allow-host https://approvals.example.com',
)}`,
    )
    .action((options: ServeCommandOptions) => serve(terminal, options))

/** Serves the approvals of a log until the process is told to end. */
async function serve(terminal: Terminal, options: ServeCommandOptions): Promise<void> {
  const { host, port, allowHost: allowHosts = [] } = options
  if (host !== undefined && !isLoopback(host) && allowHosts.length === 0) throw new CommandError(exposed(host))
  const { tokens, made } = approvalTokens(terminal, options.token ?? [])
  const onNotice = troubleTo(terminal)
  const { store, approvals } = await openedApprovals(terminal, options)
  try {
    await using server = await serveApprovals({ approvals, tokens, host, port, allowHosts, onNotice })
    const toldToEnd = endOf(terminal)
    terminal.stdout.write(listening(server, logPath(terminal, options), options))
    if (host !== undefined && !isLoopback(host)) onNotice(reachable(host))
    if (made !== undefined) tellOnce(terminal, made)
    await toldToEnd
  } finally {
    await store.close()
  }
}

const listening = ({ url, port }: ApprovalServer, db: string, { json }: ServeCommandOptions): string =>
  json ? `${toJsonText({ url, port, db })}\n` : `Approvals of ${printable(db)} at ${url}\n`

/** @throws CommandError when there is no log, or its key is not here. */
async function openedApprovals(
  terminal: Terminal,
  place: LogPlaceOptions,
): Promise<{ readonly store: AuditStore; readonly approvals: Approvals }> {
  const { store, key } = await openLogToChange(terminal, place)
  return { store, approvals: openApprovals({ store, key: () => key.for('redaction'), onTrouble: troubleTo(terminal) }) }
}

/** On the terminal alone: standard output may be kept. */
const tellOnce = (terminal: Terminal, { name, token }: ApprovalToken): void =>
  void terminal.stderr.write(`Token of ${printable(name)}, not shown again: ${token}\n`)

/** Ctrl-C, or the system's own way to end a service. */
async function endOf(terminal: Terminal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = (): void => resolve()
  terminal.on('SIGINT', end)
  terminal.on('SIGTERM', end)
  await promise
  terminal.off('SIGINT', end)
  terminal.off('SIGTERM', end)
}

const exposed = (host: string): string =>
  `--host ${printable(host)} lets others than this machine reach the server, and try tokens; name what browsers will show, such as --allow-host https://approvals.example.com`

const reachable = (host: string): string =>
  `listening on ${host}: whoever reaches it can try tokens, and reads what is sent unless TLS is in front`

function portNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > PORT_MAX)
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${PORT_MAX}.`)
  return value
}
