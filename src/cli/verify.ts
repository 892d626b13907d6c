import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { type Checkpoint, parseCheckpoint } from '../audit/checkpoint.ts'
import type { Verification } from '../audit/verification.ts'
import { messageOf } from '../support/messages.ts'
import { printable } from '../support/printable.ts'
import { type CommandContext, counted, databaseOption, examples, jsonOption } from './command.ts'
import { interruptible } from './interrupt.ts'
import { type LogPlaceOptions, openLog } from './log-place.ts'
import { Progress } from './progress.ts'
import { CommandError, paint, type Style, type Terminal } from './terminal.ts'

export const verifyCommand = ({ terminal, exit }: CommandContext): Command =>
  new Command('verify')
    .description('Is every event of the audit log as it was written, and is its end there?')
    .addOption(databaseOption())
    .option('--head <file...>', 'heads that were kept elsewhere, one a line; the log must hold them')
    .addOption(jsonOption())
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
    .action(async (options: VerifyOptions) => exit(await verify(terminal, options)))

interface VerifyOptions extends LogPlaceOptions {
  readonly head?: readonly string[]
  readonly json?: boolean
}

/** What a shell is told of a log. */
const EXIT_CODES: Record<Verification['status'], number> = { intact: 0, broken: 1, 'not-verifiable': 3 }
const STYLES: Record<Verification['status'], Style> = { intact: 'green', broken: 'red', 'not-verifiable': 'yellow' }

/** Looks at every event of a log and says what is wrong with it first. Only reads. Resolves to the exit code. */
async function verify(terminal: Terminal, options: VerifyOptions): Promise<number> {
  const heads = (options.head ?? []).flatMap(headsIn)
  const verification = await verified(terminal, options, heads)
  const text = options.json ? `${JSON.stringify(verification)}\n` : report(terminal, verification)
  terminal.stdout.write(text)
  return EXIT_CODES[verification.status]
}

/** Looks at a log with a progress bar, until Ctrl-C. */
export function verified(
  terminal: Terminal,
  place: LogPlaceOptions,
  heads: readonly Checkpoint[] = [],
): Promise<Verification> {
  return interruptible(terminal, async (signal) => {
    const store = openLog(terminal, place, { readOnly: true })
    let progress: Progress | undefined
    try {
      return await store.verify({
        heads,
        signal,
        onProgress({ events, of }) {
          progress ??= new Progress(terminal.stderr, of)
          progress.at(events)
        },
      })
    } finally {
      progress?.end()
      await store.close()
    }
  })
}

/** A head file holds one head; a file that collects what `onCheckpoint` gave holds one a line. */
function headsIn(path: string): readonly Checkpoint[] {
  const lines = textOf(path).split('\n').filter(Boolean)
  const heads = lines.map(parseCheckpoint).filter((head) => head !== undefined)
  if (heads.length === 0 || heads.length < lines.length)
    throw new CommandError(`'${path}' does not hold heads of an audit log, one a line`)
  return heads
}

/** A head that is not there says nothing of the log: its disk may not be mounted. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(
      `the head file '${path}' can not be read, and the log was not looked at: ${messageOf(error)}`,
    )
  }
}

/** What to do now; an operator may see it for the first time, at night. */
const NEXT_WHEN_BROKEN =
  'Is this the key of the guard (SENTINEL_AUDIT_KEY, or audit.key beside the log)? If it is, leave all files as they are; docs/operating.md has the next steps.\n'

/** The outcome in a line, and where the log was held against a head. */
function report(terminal: Terminal, verification: Verification): string {
  const { status } = verification
  const word = paint(terminal, STYLES[status], status.replace('-', ' '))
  const place = status === 'broken' ? ` at event ${verification.seq}` : ''
  const because = status === 'intact' ? '' : `: ${printable(verification.because)}`
  const after = status === 'broken' ? NEXT_WHEN_BROKEN : headLine(verification)
  return `${rangeOf(verification)}: ${word}${place}${because}.\n${after}`
}

function rangeOf({ events, firstSeq, lastSeq }: Verification): string {
  const looked = counted(events, 'event')
  return firstSeq === undefined ? looked : `${looked}, ${firstSeq} to ${lastSeq}`
}

function headLine({ heads, firstSeq = 1 }: Verification): string {
  const newest = heads.toSorted((one, other) => other.seq - one.seq)[0]
  if (newest === undefined) return 'There is no head to hold it against: a cut end would not be found.\n'
  const named = `The head of ${newest.time} names event ${newest.seq}`
  return newest.seq < firstSeq
    ? `${named}, which was pruned: a cut end would not be found.\n`
    : `${named}, and the log holds it.\n`
}
