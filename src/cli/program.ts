import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { AUDIT_EVENT_NAMES } from '../domain/audit-event.ts'
import { isSentinelError } from '../errors.ts'
import { messageOf } from '../support/messages.ts'
import { packageVersion } from '../support/package.ts'
import { printable } from '../support/printable.ts'
import { check } from './check.ts'
import { init } from './init.ts'
import { type LogOptions, log } from './log.ts'
import { type PruneCommandOptions, prune } from './prune.ts'
import { type ReplayOptions, replay } from './replay/command.ts'
import { REVIEWERS } from './replay/reviewer.ts'
import { CommandError, type Terminal } from './terminal.ts'
import { type VerifyCommandOptions, verify } from './verify.ts'

/** What a shell is told: all is well, something is wrong with what was looked at, the command was not understood. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** Runs one command. Resolves to the exit code. Never rejects for what a user can do wrong. */
export async function main(terminal: Terminal): Promise<number> {
  terminal.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `sentinel log | head` closes the pipe early: that is the reader's right, not an error.
    if (error.code !== 'EPIPE') terminal.stderr.write(sentence(error))
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed)
  })
  let exitCode: number = EXIT.ok
  const program = build(terminal, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync([...terminal.argv])
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (error instanceof CommandError || isSentinelError(error) || isSystemError(error)) {
      terminal.stderr.write(sentence(error))
      return EXIT.failed
    }
    throw error
  }
}

/** A file that is not there, a full disk, a directory in the way: the system says it well enough. */
const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error

const sentence = (error: unknown): string => `sentinel: ${messageOf(error).split('\n').map(printable).join('\n')}\n`

function build(terminal: Terminal, exit: (code: number) => void): Command {
  const program = new Command('sentinel')
    .description('A guard in front of the tools an AI agent may call.')
    .version(packageVersion())
    .showHelpAfterError('Run with --help to see what there is.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: () => terminal.stdout.columns ?? 80,
      getErrHelpWidth: () => terminal.stderr.columns ?? 80,
    })

  program
    .command('init')
    .description('Write rules.example.json and a ten-line starter into this directory.')
    .option('--force', 'replace files that are there')
    .addHelpText('after', examples('sentinel init'))
    .action((options: { force?: boolean }) => init(terminal, options))

  program
    .command('check')
    .description('Check a rules file: everything wrong with it, and what looks wrong.')
    .argument('<file>', 'the rules file')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('sentinel check rules.json', 'sentinel check rules.json --json | jq .errors'))
    .action(async (file: string, options: { json?: boolean }) => exit(await check(terminal, file, options)))

  program
    .command('log')
    .description('Read the audit log, the latest events last.')
    .addOption(databaseOption())
    .option('--tool <name>', 'only this tool')
    .option('--agent <id>', 'only this agent')
    .addOption(new Option('--event <name...>', 'only these events').choices([...AUDIT_EVENT_NAMES]))
    .option('--since <when>', 'from then on: 90s, 15m, 2h, 7d ago, or a time such as 2026-01-31T12:00Z')
    .option('--until <when>', 'up to then')
    .option('--min-risk <risk>', 'only from this risk on, 0 to 10', riskOption)
    .option('--call <id>', 'only this call')
    .option('-n, --limit <count>', 'at most so many of the latest events', countOption, 50)
    .option('-f, --follow', 'go on with each new event until Ctrl-C')
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      examples(
        'sentinel log --tool transfer_funds --since 2h',
        'sentinel log -f --min-risk 4',
        'sentinel log --event block --json | jq .reasons',
      ),
    )
    .action((options: LogOptions) => log(terminal, options))

  program
    .command('verify')
    .description('Is every event of the audit log as it was written, and is its end there?')
    .addOption(databaseOption())
    .option('--head <file...>', 'heads that were kept elsewhere, one a line; the log must hold them')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Exit codes:
  0  intact
  1  broken, or not readable
  2  the command was not understood
  3  not verifiable: nothing wrong was found, and there is no key to prove it
${examples('sentinel verify', 'sentinel verify --head /mnt/elsewhere/audit.db.head')}`,
    )
    .action(async (options: VerifyCommandOptions) => exit(await verify(terminal, options)))

  program
    .command('prune')
    .description('Take the oldest events out of the audit log. The rest stays verifiable.')
    .addOption(databaseOption())
    .requiredOption('--before <when>', 'events before that: 90d ago, or a time such as 2026-01-31')
    .addHelpText('after', examples('sentinel prune --before 90d', 'sentinel prune --before 2026-01-01'))
    .action((options: PruneCommandOptions) => prune(terminal, options))

  program
    .command('replay')
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
    .option('--alarms <count>', 'show so many alarms, the highest risk first', countOption, 20)
    .option('--json', 'print one JSON object for each call, and the summary as the last one')
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

  return program
}

const databaseOption = (): Option =>
  new Option('--db <file>', 'the log (default: SENTINEL_AUDIT_PATH, or ./.sentinel/audit.db)')

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`

function riskOption(text: string): number {
  const risk = Number(text)
  if (text.trim() === '' || !(risk >= 0 && risk <= 10))
    throw new InvalidArgumentError('It must be a number from 0 to 10.')
  return risk
}

function countOption(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new InvalidArgumentError('It must be a whole number from 1 to 10000.')
  return count
}
