import type { AuditEntry, AuditEvent } from '../../domain/audit-event.ts'
import type { Reason } from '../../domain/decision.ts'
import { isPlainArray, isPlainObject, type Params, type Plain, type PlainObject } from '../../domain/plain.ts'
import type { Signal } from '../../domain/risk.ts'
import { fromJsonText, toJsonText } from '../../support/json.ts'
import { originalText, storableText } from './text.ts'

/** A cell as SQLite holds it: plain data, so that rows can cross to another thread. */
export type Cell = string | number | null
/** A cell of a row with its seal, of which the link is bytes. */
export type SealedCell = Cell | Uint8Array
/** The cells of one entry, in the order of `COLUMNS`. */
export type Row = readonly Cell[]
/** `seq`, then the cells of a row. */
export type StoredRow = readonly Cell[]

/** What a row holds: one column for each field of an entry, `seq` excepted. New ones go to the end, for the sake of the chain. */
export const COLUMNS = [
  'id',
  'time',
  'event',
  'call_id',
  'tool',
  'params',
  'redacted_paths',
  'digest',
  'agent',
  'principal',
  'session',
  'rule_ids',
  'rules_digest',
  'risk',
  'level',
  'signals',
  'reasons',
  'lesson',
  'approved_by',
  'note',
  'details',
  'duration_ms',
  'error_class',
  'degraded',
  'enforced',
] as const

export const rowOf = (entry: AuditEntry): Row => [
  entry.id,
  entry.time,
  entry.event,
  textCell(entry.callId),
  textCell(entry.tool),
  entry.params === undefined ? null : toJsonText(entry.params),
  listCell(entry.redactedPaths),
  textCell(entry.digest),
  textCell(entry.agentId),
  textCell(entry.principalId),
  textCell(entry.sessionId),
  listCell(entry.ruleIds),
  textCell(entry.rulesDigest),
  entry.risk ?? null,
  entry.level ?? null,
  listCell(entry.signals),
  listCell(entry.reasons),
  entry.lesson ?? null,
  textCell(entry.approvedBy),
  textCell(entry.note),
  entry.details === undefined ? null : toJsonText(entry.details),
  entry.durationMs ?? null,
  textCell(entry.errorClass),
  Number(entry.degraded),
  Number(entry.enforced),
]

/** Whether every cell can be stored: an entry that was made without types may lack what it must have. */
export const isRow = (row: Row): boolean =>
  row.every((cell) => typeof cell === 'string' || typeof cell === 'number' || cell === null)

const textCell = (text: string | undefined): Cell => (text === undefined ? null : storableText(text))

const listCell = (items: readonly (string | object)[]): Cell => (items.length === 0 ? null : toJsonText(items))

/**
 * The event in a row, frozen.
 * @throws TypeError or SyntaxError when a cell does not hold what this version writes there.
 */
export function eventOf(row: StoredRow): AuditEvent {
  const cells = new Cells(row)
  const event: { [Field in keyof AuditEvent]: unknown } = {
    seq: cells.next(),
    id: cells.text(),
    time: cells.text(),
    event: cells.text(),
    callId: cells.text(),
    tool: cells.text(),
    params: cells.object(),
    redactedPaths: cells.list(asText),
    digest: cells.text(),
    agentId: cells.text(),
    principalId: cells.text(),
    sessionId: cells.text(),
    ruleIds: cells.list(asText),
    rulesDigest: cells.text(),
    risk: cells.optional(),
    level: cells.optional(),
    signals: cells.list(asSignal),
    reasons: cells.list(asReason),
    lesson: cells.optional(),
    approvedBy: cells.text(),
    note: cells.text(),
    details: cells.object(),
    durationMs: cells.optional(),
    errorClass: cells.text(),
    degraded: cells.next() === 1,
    enforced: cells.next() === 1,
  }
  return Object.freeze(event as AuditEvent)
}

/** Reads cells one after the other. The table is STRICT, so that a text column holds text or NULL. */
class Cells {
  readonly #row: StoredRow
  #place = 0

  constructor(row: StoredRow) {
    this.#row = row
  }

  next(): Cell {
    return this.#row[this.#place++] ?? null
  }

  optional(): Cell | undefined {
    return this.next() ?? undefined
  }

  text(): string | undefined {
    const cell = this.next()
    return typeof cell === 'string' ? originalText(cell) : undefined
  }

  object(): Params | undefined {
    const cell = this.next()
    return typeof cell === 'string' ? asObject(fromJsonText(cell)) : undefined
  }

  list<Item>(read: (plain: Plain) => Item): readonly Item[] {
    const cell = this.next()
    if (typeof cell !== 'string') return NONE
    const items = fromJsonText(cell)
    if (!isPlainArray(items)) throw new TypeError(`expected a JSON list, found ${typeof items}`)
    return Object.freeze(items.map(read))
  }
}

const NONE: readonly never[] = Object.freeze([])

function asObject(plain: Plain): PlainObject {
  if (!isPlainObject(plain)) throw new TypeError(`expected a JSON object, found ${typeof plain}`)
  return plain
}

function asText(plain: Plain): string {
  if (typeof plain !== 'string') throw new TypeError(`expected JSON text, found ${typeof plain}`)
  return plain
}

/** Written by this library, so that a key is missing only because it was undefined. */
function asSignal(plain: Plain): Signal {
  const { kind, param, risk, z, message, usual, oneIn } = asObject(plain)
  return Object.freeze({ kind, param, risk, z, message, usual, oneIn }) as unknown as Signal
}

function asReason(plain: Plain): Reason {
  const reason = { ...asObject(plain) }
  return Object.freeze(reason.source === 'rule' ? { forModel: undefined, ...reason } : reason) as unknown as Reason
}
