import type { AuditEvent } from '../domain/audit-event.ts'
import { SentinelConfigError } from '../errors.ts'
import { toJsonText } from '../support/json.ts'
import { CSV_HEADER, csvRecord } from './csv.ts'
import type { AuditQuery, AuditStore } from './store.ts'

export const EXPORT_FORMATS = ['jsonl', 'csv'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** Which events to export: all that match, oldest first. */
export type ExportQuery = Omit<AuditQuery, 'limit' | 'order'>

/** Events held at a time. */
const PAGE_EVENTS = 1_000

interface Writer {
  readonly header: string
  readonly record: (event: AuditEvent) => string
}

const WRITERS: { readonly [Format in ExportFormat]: Writer } = {
  jsonl: { header: '', record: (event) => `${toJsonText(event)}\n` },
  csv: { header: CSV_HEADER, record: csvRecord },
}

/**
 * Every event that matches and was stored when the export began, oldest first, each as one text with its line end. Reads the log in
 * pages, so that its length does not matter.
 * @throws SentinelConfigError for a format or a condition that is not understood, and what the store throws.
 */
export async function* exportEvents(
  store: AuditStore,
  format: ExportFormat,
  query: ExportQuery = {},
): AsyncGenerator<string, undefined> {
  const { header, record } = writerFor(format)
  refuseBounds(query)
  const [newest] = await store.query({ ...query, limit: 1 })
  if (header !== '') yield header
  const before = (newest?.seq ?? 0) + 1
  for (let after = query.after ?? 0; ; ) {
    const page = await store.query({ ...query, after, before, order: 'oldest-first', limit: PAGE_EVENTS })
    for (const event of page) yield record(event)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_EVENTS) return
    after = last.seq
  }
}

function writerFor(format: ExportFormat): Writer {
  if (EXPORT_FORMATS.includes(format)) return WRITERS[format]
  const message = `expected 'jsonl' or 'csv', found ${JSON.stringify(format) ?? String(format)}`
  throw new SentinelConfigError([{ path: 'format', code: 'wrong_value', message }])
}

/** The types leave these out; without types they would be overruled in silence. */
function refuseBounds(query: AuditQuery): void {
  const issues = (['limit', 'order'] as const)
    .filter((key) => query[key] !== undefined)
    .map((key) => ({
      path: `query.${key}`,
      code: 'unknown_key',
      message: 'an export holds every event that matches, oldest first; leave it out',
    }))
  if (issues.length > 0) throw new SentinelConfigError(issues)
}
