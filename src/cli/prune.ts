import { Command, InvalidArgumentError } from 'commander'
import { type CommandContext, counted, databaseOption, examples, jsonOption } from './command.ts'
import { type LogPlaceOptions, openLog, troubleTo } from './log-place.ts'
import { moment } from './moment.ts'
import { operatorName } from './operator.ts'
import { CommandError, type Terminal } from './terminal.ts'
import { verified } from './verify.ts'

export const pruneCommand = ({ terminal }: CommandContext): Command =>
  new Command('prune')
    .description('Take the oldest events out of the audit log. The rest stays verifiable.')
    .addOption(databaseOption())
    .requiredOption('--before <when>', 'events before that: 90d ago, or a time such as 2026-01-31', past)
    .addOption(jsonOption())
    .addHelpText('after', examples('sentinel prune --before 90d', 'sentinel prune --before 2026-01-01'))
    .action((options: PruneOptions) => prune(terminal, options))

/** A time that is still to come would take out every event, and is a slip. */
function past(text: string): string {
  const time = moment(text)
  if (Date.parse(time) > Date.now())
    throw new InvalidArgumentError('It must be in the past; to take out every event, write 0s.')
  return time
}

interface PruneOptions extends LogPlaceOptions {
  readonly before: string
  readonly json?: boolean
}

/** Takes the oldest events out of a log that is not broken: what shows that it is must not be pruned away. */
async function prune(terminal: Terminal, options: PruneOptions): Promise<void> {
  const { before } = options
  const found = await verified(terminal, options)
  if (found.status === 'broken')
    throw new CommandError(`the log is broken at event ${found.seq} (${found.because}); nothing was pruned`)
  const store = openLog(terminal, options, { onTrouble: troubleTo(terminal) })
  try {
    const { events, firstSeq } = await store.prune({ before, note: `pruned by ${operatorName()}` })
    if (options.json) {
      terminal.stdout.write(`${JSON.stringify({ before, events, firstSeq: firstSeq ?? null })}\n`)
      return
    }
    const left = firstSeq === undefined ? 'The log is empty.' : `The log begins with event ${firstSeq}.`
    terminal.stdout.write(`Pruned ${counted(events, 'event')} before ${before}. ${left}\n`)
  } finally {
    await store.close()
  }
}
