import type { AuditStore } from '../../audit/store.ts'
import { type AuditEventName, DECISION_EVENTS } from '../../domain/audit-event.ts'
import { messageOf } from '../../support/messages.ts'
import { Interrupted } from '../interrupt.ts'
import { EntryMaker, type Imported, type Importing } from './entries.ts'
import { linesOf } from './log-files.ts'

/** Lines whose events are stored in one step. */
const BATCH_LINES = 500
/** Events of one call that are looked at for whether one of them is there. */
const EVENTS_OF_CALL_MAX = 1_000
/** Longer ones are skipped. */
const LINE_CHARS_MAX = 4 * 2 ** 20
/** Skipped lines that are told one by one; of further ones only the number. */
const SKIPPED_TOLD_MAX = 1_000
/** Clocks of two machines may differ by so much. */
const AHEAD_MAX_MS = 300_000

export interface SkippedLine {
  readonly line: number
  readonly because: string
}

/** What became of the lines of one file. */
export interface ImportedFile {
  readonly file: string
  readonly imported: number
  /** Lines whose events were in the log already. */
  readonly known: number
  readonly skipped: number
  /** The first of them. */
  readonly skippedLines: readonly SkippedLine[]
}

export interface Import extends Importing {
  readonly store: AuditStore
  readonly signal: AbortSignal
  readonly now: number
  /** Told how many bytes were read since it was told last. */
  readonly onRead: (bytes: number) => void
}

/**
 * Takes the lines of a file into the log, in their order, each once however often it is called.
 * @throws Interrupted between two batches, and what the file and the store throw.
 */
export async function importFile(file: string, work: Import): Promise<ImportedFile> {
  const counts = { imported: 0, known: 0, skipped: 0 }
  const skippedLines: SkippedLine[] = []
  const skip = (line: number, because: string): void => {
    if (counts.skipped++ < SKIPPED_TOLD_MAX) skippedLines.push({ line, because })
  }
  const maker = new EntryMaker(file, work)
  let batch: Imported[] = []
  const store = async (): Promise<void> => {
    for (const { line, became } of await storeBatch(batch, work.store)) {
      if (became === 'refused') skip(line, 'another request has its action_id')
      else counts[became]++
    }
    batch = []
    if (work.signal.aborted) throw new Interrupted(`interrupted in ${file}; run it again to import the rest`)
  }
  for await (const line of linesOf(file)) {
    work.onRead(Buffer.byteLength(line.text) + 1)
    try {
      if (line.text.length > LINE_CHARS_MAX) throw new Error(`longer than ${LINE_CHARS_MAX} characters`)
      batch.push(notAhead(maker.make(line), work.now))
    } catch (error) {
      skip(line.number, messageOf(error))
    }
    if (batch.length >= BATCH_LINES) await store()
  }
  await store()
  return { file, ...counts, skippedLines }
}

function notAhead(imported: Imported, now: number): Imported {
  const { time } = imported.entries[0]
  if (Date.parse(time) > now + AHEAD_MAX_MS) throw new Error(`its time ${time} is still to come`)
  return imported
}

interface Stored {
  readonly line: number
  readonly became: 'imported' | 'known' | 'refused'
}

async function storeBatch(batch: readonly Imported[], store: AuditStore): Promise<readonly Stored[]> {
  const known = await Promise.all(batch.map((imported) => isKnown(imported, store)))
  // Handed over in one turn, so that the store takes them in one transaction, in this order.
  return Promise.all(
    batch.map((imported, index) =>
      known[index] === true ? ({ line: imported.line, became: 'known' } as const) : storeOne(imported, store),
    ),
  )
}

const DECISIONS: ReadonlySet<AuditEventName> = new Set(DECISION_EVENTS)

async function isKnown({ callId, entries: [entry] }: Imported, store: AuditStore): Promise<boolean> {
  const events = await store.query({ callId, limit: EVENTS_OF_CALL_MAX })
  return events.some(({ id }) => id === entry.id)
}

async function storeOne({ line, callId, entries }: Imported, store: AuditStore): Promise<Stored> {
  const [entry] = entries
  const appended = await store.append(entries, DECISIONS.has(entry.event) ? { claim: callId } : {})
  if (appended.status !== 'call-known') return { line, became: 'imported' }
  // Another process imported the same line meanwhile.
  return { line, became: appended.decided.id === entry.id ? 'known' : 'refused' }
}
