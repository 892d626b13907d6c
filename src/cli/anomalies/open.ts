import { type Anomalies, createAnomalies } from '../../anomalies.ts'
import { createMemoryStore } from '../../audit/memory.ts'
import { createRedactor } from '../../audit/redact/redactor.ts'
import { DEFAULTS } from '../../config/config.ts'
import { Journal } from '../../journal.ts'
import { Observers } from '../../observers.ts'
import { realSurroundings } from '../../parts.ts'
import { auditKey, type LogPlaceOptions, logPath, openLog, troubleTo } from '../log-place.ts'
import type { Terminal } from '../terminal.ts'

/**
 * Runs `work` with the anomalies of a log, without a guard. Hours are those of the time zone of whoever looked before.
 * @throws SentinelAuditUnavailableError when there is no log, or it can not be used.
 */
export async function withAnomalies<Result>(
  terminal: Terminal,
  place: LogPlaceOptions,
  work: (anomalies: Anomalies) => Promise<Result>,
): Promise<Result> {
  await mustBeThere(terminal, place)
  const store = openLog(terminal, place, { onTrouble: troubleTo(terminal) })
  const { clock, ids } = realSurroundings
  const key = auditKey(terminal, logPath(terminal, place))
  const redactor = createRedactor({ key: () => key?.for('redaction') })
  const redactText = (text: string): string => redactor.redactText(text)
  const observers = new Observers(undefined, redactText)
  const stored = (): void => undefined
  const spare = createMemoryStore({ capacity: 1 })
  const journal = new Journal({ store, spare, observers, clock, ids, redactText, stored })
  try {
    const anomalies = createAnomalies({
      ...{ store, clock, timeZone: undefined, lookbackDays: DEFAULTS.lookbackDays },
      settled: async () => undefined,
      record: (event, about) => journal.done(event, about),
    })
    return await work(anomalies)
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
