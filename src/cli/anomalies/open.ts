import type { Anomalies } from '../../anomalies.ts'
import { openAnomalies } from '../../open-anomalies.ts'
import { auditKey, type LogPlaceOptions, logPath, openLog, troubleTo } from '../log-place.ts'
import type { Terminal } from '../terminal.ts'

/**
 * Runs `work` with the anomalies of a log. Hours are those of the time zone of whoever looked before.
 * @throws SentinelAuditUnavailableError when there is no log, or it can not be used.
 */
export async function withAnomalies<Result>(
  terminal: Terminal,
  place: LogPlaceOptions,
  work: (anomalies: Anomalies) => Promise<Result>,
): Promise<Result> {
  await mustBeThere(terminal, place)
  const store = openLog(terminal, place, { onTrouble: troubleTo(terminal) })
  const key = auditKey(terminal, logPath(terminal, place))
  try {
    return await work(openAnomalies({ store, key: () => key?.for('redaction') }))
  } finally {
    await store.close()
  }
}

/** To look is to store what was found, and a log that is opened to be written is made where there is none. */
async function mustBeThere(terminal: Terminal, place: LogPlaceOptions): Promise<void> {
  const store = openLog(terminal, place, { readOnly: true })
  try {
    await store.query({ limit: 1 })
  } finally {
    await store.close()
  }
}
