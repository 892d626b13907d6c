import { SentinelAuditUnavailableError } from '../../errors.ts'
import { messageOf } from '../../support/messages.ts'
import { Refusal } from './refusal.ts'

/** Someone else holds a lock; the same call may succeed a moment later. */
export const isLocked = (error: unknown): boolean => /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/.test(codeOf(error))

/** The connection is as good as before: SQLite has undone the statement, and reading works. */
export const leavesConnection = (error: unknown): boolean => isLocked(error) || codeOf(error) === 'SQLITE_FULL'

/** What one unit holds can not be stored; the others of its group can. */
export const isAboutOneUnit = ({ cause }: SentinelAuditUnavailableError): boolean =>
  /^SQLITE_(?:TOOBIG|CONSTRAINT)/.test(codeOf(cause))

const ELSEWHERE =
  'Give an `auditLogPath` in a place that can be written, another store (`store:`), or turn the log off with `auditLog: false`.'

/** By the start of the error's code: what it means, and what to do. The next call tries again in every case. */
const EXPLANATIONS: readonly (readonly [code: RegExp, meaning: string, remedy: string])[] = [
  [
    /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/,
    'another program keeps it locked',
    'End the program that holds it, such as a database browser or a backup.',
  ],
  [/^(?:SQLITE_FULL|ENOSPC|EDQUOT)/, 'there is no space left', 'Free some space; the next call tries again.'],
  [
    /^SQLITE_NOTADB/,
    'the file is not a SQLite database',
    'Give another `auditLogPath`, or move the file away; it was left as it is.',
  ],
  [
    /^SQLITE_CORRUPT/,
    'the file is damaged',
    'Move it away together with its -wal file and keep both: `sqlite3 FILE .recover` may save the events. It was left as it is.',
  ],
  [/^(?:SQLITE_(?:READONLY|CANTOPEN|PERM|AUTH)|EROFS|EACCES|EPERM)/, 'the place can not be written', ELSEWHERE],
  [/^(?:ENOENT|ENOTDIR|EISDIR|ENAMETOOLONG|ELOOP)/, 'there is no such place', ELSEWHERE],
  [
    /^ERR_(?:MODULE_NOT_FOUND|DLOPEN_FAILED|UNKNOWN_BUILTIN_MODULE)|^MODULE_NOT_FOUND/,
    'better-sqlite3 can not be loaded',
    'Install it for this platform and version of Node (`npm rebuild better-sqlite3`), or give another store (`store:`).',
  ],
]

/**
 * Any failure as the one error a store throws: what and where, what is wrong in the words of the system, and the next step.
 * @param what such as `The audit log at /srv/audit.db`.
 */
export function unavailable(what: string, error: unknown): SentinelAuditUnavailableError {
  if (error instanceof SentinelAuditUnavailableError) return error
  const { reason, remedy } = explanationOf(error)
  return auditUnavailable(`${what} can not be used: ${reason}. ${remedy}`, error)
}

/** With the one thing that an agent may know: that it can help to try again later. */
export const auditUnavailable = (message: string, cause?: unknown): SentinelAuditUnavailableError =>
  new SentinelAuditUnavailableError(message, {
    cause,
    forModel: { retry: 'later', message: 'This call was refused because it could not be recorded.' },
  })

function explanationOf(error: unknown): { readonly reason: string; readonly remedy: string } {
  if (error instanceof Refusal) return { reason: error.message, remedy: error.remedy }
  const code = codeOf(error)
  const said = code === '' || messageOf(error).includes(code) ? messageOf(error) : `${code}: ${messageOf(error)}`
  const known = EXPLANATIONS.find(([start]) => start.test(code))
  return known === undefined
    ? { reason: said, remedy: 'The next call tries again.' }
    : { reason: `${known[1]} (${said})`, remedy: known[2] }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
