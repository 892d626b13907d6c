import { type Anomalies, createAnomalies } from './anomalies.ts'
import { AnomalyWatch } from './anomaly-watch.ts'
import { createMemoryStore } from './audit/memory.ts'
import type { RedactionKey } from './audit/redact/mark.ts'
import { createRedactor } from './audit/redact/redactor.ts'
import type { AuditStore } from './audit/store.ts'
import { DEFAULTS } from './config/config.ts'
import { Journal } from './journal.ts'
import { Observers } from './observers.ts'
import { type Clock, systemClock } from './support/clock.ts'
import { type Ids, randomIds } from './support/ids.ts'

export interface OpenAnomaliesOptions {
  readonly store: AuditStore
  /** Of the marks in place of secrets; as the guards on this log have it. */
  readonly key?: RedactionKey | undefined
  /** For the hours of the day. Default: that of whoever looked before, or UTC. */
  readonly timeZone?: string | undefined
  readonly clock?: Clock | undefined
  readonly ids?: Ids | undefined
}

/** The anomalies of a log, for a process that has no guard: the command line, a server. */
export function openAnomalies(options: OpenAnomaliesOptions): Anomalies {
  const { store, key = () => undefined, timeZone, clock = systemClock, ids = randomIds } = options
  const redactor = createRedactor({ key })
  const redactText = (text: string): string => redactor.redactText(text)
  const observers = new Observers(undefined, redactText)
  const spare = createMemoryStore({ capacity: 1, clock })
  // Guards read in the log what was answered here.
  const journal = new Journal({ store, spare, observers, clock, ids, redactText, stored: () => undefined })
  return createAnomalies({
    ...{ store, clock },
    watch: new AnomalyWatch({ store, clock, timeZone, lookbackDays: DEFAULTS.lookbackDays }),
    settled: () => store.open(),
    record: (event, about) => journal.done(event, about),
  })
}
