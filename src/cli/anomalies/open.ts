import type { Anomalies } from '../../anomalies.ts'
import { openAnomalies } from '../../open-anomalies.ts'
import { type LogPlaceOptions, openLogToChange } from '../log-place.ts'
import type { Terminal } from '../terminal.ts'

/**
 * Runs `work` with the anomalies of a log. Hours are those of the time zone of whoever looked before.
 * @throws CommandError when there is no log, or its key is not here; SentinelAuditUnavailableError when it can not be used.
 */
export async function withAnomalies<Result>(
  terminal: Terminal,
  place: LogPlaceOptions,
  work: (anomalies: Anomalies) => Promise<Result>,
): Promise<Result> {
  const { store, key } = await openLogToChange(terminal, place)
  try {
    return await work(openAnomalies({ store, key: () => key.for('redaction') }))
  } finally {
    await store.close()
  }
}
