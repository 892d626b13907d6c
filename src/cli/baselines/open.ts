import type { AuditKey } from '../../audit/key.ts'
import { createMemoryStore } from '../../audit/memory.ts'
import { createRedactor } from '../../audit/redact/redactor.ts'
import type { AuditStore } from '../../audit/store.ts'
import { type Baselines, createBaselines } from '../../baselines.ts'
import { DEFAULTS, type Settings } from '../../config/config.ts'
import type { Detector } from '../../domain/detector.ts'
import { Journal } from '../../journal.ts'
import { Learner } from '../../learner.ts'
import { Observers } from '../../observers.ts'
import { realSurroundings } from '../../parts.ts'
import { auditKey, type LogPlaceOptions, logPath, openLog, openLogToWrite, troubleTo } from '../log-place.ts'
import type { Terminal } from '../terminal.ts'

/** The baselines of a log, without a guard: a guard would report calls without an outcome. */
export interface OpenBaselines {
  readonly baselines: Baselines
  readonly store: AuditStore
  /** Whose hours of the day were counted; IANA name. */
  readonly timeZone: string
  /** The scorer, as it is once the baselines were read. */
  readonly detector: () => Detector
}

/**
 * Runs `work` with the baselines of a log. To read changes nothing: what is not stored yet is learned anew from the log, and forgotten.
 * @throws SentinelAuditUnavailableError when there is no log, or it can not be used.
 */
export async function withBaselines<Result>(
  terminal: Terminal,
  { purpose, ...place }: LogPlaceOptions & { readonly purpose: 'read' | 'change' },
  work: (open: OpenBaselines) => Promise<Result>,
): Promise<Result> {
  const settings = await settingsIn(terminal, place)
  const { store, key } = purpose === 'read' ? logToRead(terminal, place) : await openLogToWrite(terminal, place)
  const { learner, journal } = wired(terminal, { store, key, settings, purpose })
  let starting: Promise<void> | undefined
  const ready = (): Promise<void> => {
    starting ??= learner.start()
    return starting
  }
  try {
    const baselines = createBaselines({ learner, store, journal, settings, ready })
    const result = await work({ baselines, store, timeZone: settings.timeZone, detector: () => learner.detector })
    if (purpose === 'change') await learner.close()
    return result
  } finally {
    await store.close()
  }
}

const logToRead = (terminal: Terminal, place: LogPlaceOptions): Pick<Wiring, 'store' | 'key'> => ({
  store: openLog(terminal, place, { readOnly: true }),
  key: auditKey(terminal, logPath(terminal, place)),
})

interface Wiring {
  readonly store: AuditStore
  readonly key: AuditKey | undefined
  readonly settings: Settings
  readonly purpose: 'read' | 'change'
}

function wired(terminal: Terminal, { store, key, settings, purpose }: Wiring): { learner: Learner; journal: Journal } {
  const { clock, ids, makeDetector, review } = realSurroundings
  const redactor = createRedactor({ key: () => key?.for('redaction') })
  const redactText = (text: string): string => redactor.redactText(text)
  const observers = new Observers(undefined, redactText)
  observers.on('fault', ({ message }) => troubleTo(terminal)(message))
  const reads = purpose === 'read'
  const journal = new Journal({
    ...{ store, spare: createMemoryStore({ capacity: 1 }), observers, clock, ids, redactText },
    stored: (entries, lastSeq) => learner.stored(entries, lastSeq),
  })
  const learner = new Learner({
    ...{ observers, clock, review, lookbackDays: settings.lookbackDays },
    store: reads ? withoutSaving(store) : store,
    makeDetector: () => makeDetector(settings, 'present'),
    announce: ({ tool, agentId, param }) =>
      reads
        ? undefined
        : void journal.noted('baseline_changed', { tool, agentId, details: { change: 'rebased', param } }),
    noteRebuilt: async (since) =>
      reads ? undefined : journal.noted('baseline_changed', { details: { change: 'rebuilt', since } }),
  })
  return { learner, journal }
}

const withoutSaving = (store: AuditStore): Pick<AuditStore, 'query' | 'loadBaselines' | 'saveBaselines'> => ({
  query: (query) => store.query(query),
  loadBaselines: () => store.loadBaselines(),
  saveBaselines: async () => 'saved',
})

/** What a detector's `make` says of the settings that its state depends on. */
const MAKES: readonly RegExp[] = [
  /^(?<method>calibrated) \d+, (?<minSamples>\d+) samples, (?<timeZone>[^;]+)/,
  /^(?<method>zscore) \d+, (?<timeZone>[^;]+)/,
]

/** The settings of the guard that stored its baselines in a log; the defaults where none did. */
async function settingsIn(terminal: Terminal, place: LogPlaceOptions): Promise<Settings> {
  const store = openLog(terminal, place, { readOnly: true })
  try {
    const make = (await store.loadBaselines())?.make ?? ''
    const found = MAKES.map((pattern) => pattern.exec(make)?.groups).find((groups) => groups !== undefined)
    return {
      ...DEFAULTS,
      method: found?.method === 'zscore' ? 'zscore' : 'calibrated',
      minSamples: found?.minSamples === undefined ? DEFAULTS.minSamples : Number(found.minSamples),
      timeZone: found?.timeZone ?? DEFAULTS.timeZone,
    }
  } finally {
    await store.close()
  }
}
