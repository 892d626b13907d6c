import type { AuditEvent } from '../domain/audit-event.ts'
import { toJsonText } from '../support/json.ts'

const FIELDS = [
  'seq',
  'id',
  'time',
  'event',
  'callId',
  'tool',
  'params',
  'redactedPaths',
  'digest',
  'agentId',
  'principalId',
  'sessionId',
  'ruleIds',
  'rulesDigest',
  'risk',
  'level',
  'signals',
  'reasons',
  'lesson',
  'approvedBy',
  'note',
  'details',
  'durationMs',
  'errorClass',
  'degraded',
  'enforced',
] as const satisfies readonly (keyof AuditEvent)[]

/** RFC 4180: records end with CR LF. */
const recordOf = (cells: readonly string[]): string => `${cells.join(',')}\r\n`

export const CSV_HEADER: string = recordOf(FIELDS)

/** One event as a record: lists and parameters as JSON text, what does not apply as an empty cell. */
export const csvRecord = (event: AuditEvent): string => recordOf(FIELDS.map((field) => cellOf(event[field])))

function cellOf(value: AuditEvent[(typeof FIELDS)[number]]): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return ''
  if (typeof value === 'string') return quoted(harmless(value))
  // Numbers need no guard: a spreadsheet reads -5 as the number it is.
  return typeof value === 'object' ? quoted(toJsonText(value)) : String(value)
}

const FORMULA = /^[=+\-@\t\r]/
const SPECIAL = /[",\r\n]/

/** Spreadsheets run a cell that begins like this; the apostrophe makes them show it as text. */
const harmless = (text: string): string => (FORMULA.test(text) ? `'${text}` : text)

const quoted = (text: string): string => (SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
