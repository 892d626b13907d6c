import { Command, CommanderError } from 'commander'
import { isSentinelError } from '../errors.ts'
import { messageOf } from '../support/messages.ts'
import { packageVersion } from '../support/package.ts'
import { printable } from '../support/printable.ts'
import { anomaliesCommand } from './anomalies/command.ts'
import { approvalsCommand } from './approvals/command.ts'
import { baselinesCommand } from './baselines/command.ts'
import { testCommand } from './cases/command.ts'
import { checkCommand } from './check.ts'
import { type CommandContext, EXIT } from './command.ts'
import { doctorCommand } from './doctor/command.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import/command.ts'
import { initCommand } from './init.ts'
import { Interrupted } from './interrupt.ts'
import { logCommand } from './log.ts'
import { pruneCommand } from './prune.ts'
import { replayCommand } from './replay/command.ts'
import { serveCommand } from './serve.ts'
import { CommandError, drawingColumnsOf, type Terminal } from './terminal.ts'
import { verifyCommand } from './verify.ts'

const EXIT_CODES = `
Exit codes:
  0    all is well
  1    something is wrong with what was looked at
  2    the command was not understood
  130  ended by Ctrl-C, with everything left in order`

/** In the order of the help. */
const COMMANDS: readonly ((context: CommandContext) => Command)[] = [
  initCommand,
  checkCommand,
  testCommand,
  logCommand,
  verifyCommand,
  replayCommand,
  importCommand,
  exportCommand,
  pruneCommand,
  approvalsCommand,
  serveCommand,
  baselinesCommand,
  anomaliesCommand,
  doctorCommand,
]

/** Runs one command. Resolves to the exit code. Never rejects for what a user can do wrong. */
export async function main(terminal: Terminal): Promise<number> {
  terminal.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `sentinel log | head` closes the pipe early: that is the reader's right, not an error.
    if (error.code !== 'EPIPE') terminal.stderr.write(sentence(error))
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed)
  })
  let exitCode: number = EXIT.ok
  const program = build({
    terminal,
    exit: (code) => {
      exitCode = code
    },
  })
  try {
    await program.parseAsync([...terminal.argv])
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (error instanceof Interrupted) {
      terminal.stderr.write(sentence(error))
      return EXIT.interrupted
    }
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

function build(context: CommandContext): Command {
  const { stdout, stderr } = context.terminal
  const program = new Command('sentinel')
    .description('A guard in front of the tools an AI agent may call.')
    .version(packageVersion())
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('Run with --help to see what there is.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => drawingColumnsOf(context.terminal),
      getErrHelpWidth: () => drawingColumnsOf(context.terminal),
    })
  for (const command of COMMANDS) program.addCommand(command(context))
  inherit(program)
  return program
}

/** A command made on its own does not know where its program writes and how it ends. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent)
    inherit(command)
  }
}
