import { userInfo } from 'node:os'
import { printable } from '../support/printable.ts'
import { type LogPlaceOptions, openLog } from './log-place.ts'
import { moment } from './moment.ts'
import { CommandError, type Terminal } from './terminal.ts'
import { verified } from './verify.ts'

export interface PruneCommandOptions extends LogPlaceOptions {
  readonly before: string
}

/** Takes the oldest events out of a log that is not broken: what shows that it is must not be pruned away. */
export async function prune(terminal: Terminal, options: PruneCommandOptions): Promise<void> {
  const before = moment(options.before)
  const found = await verified(terminal, options)
  if (found.status === 'broken')
    throw new CommandError(`the log is broken at event ${found.seq} (${found.because}); nothing was pruned`)
  const onTrouble = (message: string): void => void terminal.stderr.write(`sentinel: ${printable(message)}\n`)
  const store = openLog(terminal, options, { onTrouble })
  try {
    const { events, firstSeq } = await store.prune({ before, note: `pruned by ${userInfo().username}` })
    const left = firstSeq === undefined ? 'The log is empty.' : `The log begins with event ${firstSeq}.`
    terminal.stdout.write(
      `Pruned ${events.toLocaleString('en')} event${events === 1 ? '' : 's'} before ${before}. ${left}\n`,
    )
  } finally {
    await store.close()
  }
}
