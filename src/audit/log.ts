import type { AuditEvent } from '../domain/audit-event.ts'
import { SentinelAuditUnavailableError } from '../errors.ts'
import { type ExportFormat, type ExportQuery, exportEvents } from './export.ts'
import type { AuditQuery, AuditStore } from './store.ts'
import type { Verification, VerifyOptions } from './verification.ts'

/** Where a follower begins, and when it stops. */
export interface TailOptions {
  /** Only events with a higher sequence number; default: the newest now. 0 follows from the beginning. */
  readonly after?: number
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal
}

/** The audit log, to read. Events are frozen; parameters are redacted, objects in them have no prototype. */
export interface AuditLog {
  /**
   * The events that meet all given conditions, newest first, at most 100 unless `limit` says otherwise.
   * @throws SentinelConfigError when a condition is not understood.
   * @throws SentinelAuditUnavailableError when the log can not be read.
   */
  query(query?: AuditQuery): Promise<readonly AuditEvent[]>
  /**
   * Each event as it is stored, oldest first, until the loop is left, `signal` aborts, or the guard closes. Sees what other processes
   * store within a quarter of a second.
   * @throws SentinelAuditUnavailableError from the loop when the log can not be read; begin again with `after`.
   */
  tail(options?: TailOptions): AsyncIterable<AuditEvent>
  /**
   * Every event that meets the conditions and was stored when the export began, oldest first, one text for each, line end included.
   * `jsonl` gives one JSON object a line; `csv` gives RFC 4180 with a header, in which text that a spreadsheet could take for a
   * formula has an apostrophe before it.
   * @throws SentinelConfigError from the loop when a condition is not understood.
   * @throws SentinelAuditUnavailableError from the loop when the log can not be read.
   */
  export(format: ExportFormat, query?: ExportQuery): AsyncIterable<string>
  /**
   * Looks at every event: whether each is as it was sealed, and whether the log reaches as far as its head file and the heads given
   * here say. Reads a log that is in use; works in short pieces.
   * @throws SentinelAuditUnavailableError when the log can not be read, the reason of `signal` when it aborts.
   */
  verify(options?: VerifyOptions): Promise<Verification>
}

/** The reading side of a store; without one, every method fails with `SentinelAuditUnavailableError`. */
export function createAuditLog(store: AuditStore | undefined): AuditLog {
  if (store === undefined) return NO_LOG
  return Object.freeze<AuditLog>({
    query: (query) => store.query(query),
    tail: (options) => store.tail(options),
    export: (format, query) => exportEvents(store, format, query),
    verify: (options) => store.verify(options),
  })
}

const fail = async (): Promise<never> => {
  throw new SentinelAuditUnavailableError(
    'There is no audit log to read: `auditLog` is false. Leave it out, or give a `store`.',
  )
}
const failing = (): AsyncIterable<never> => ({ [Symbol.asyncIterator]: () => ({ next: fail }) })
const NO_LOG: AuditLog = Object.freeze({ query: fail, tail: failing, export: failing, verify: fail })
