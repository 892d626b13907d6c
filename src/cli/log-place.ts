import { createSqliteStore, type SqliteStoreOptions } from '../audit/sqlite/store.ts'
import type { AuditStore } from '../audit/store.ts'
import { DEFAULTS } from '../config/config.ts'
import type { Terminal } from './terminal.ts'

export interface LogPlaceOptions {
  readonly db?: string
}

/** The log that a command is about: the one named, the one of the environment, or the one that a guard here would use. */
export function openLog(
  { env }: Terminal,
  { db }: LogPlaceOptions,
  options: Omit<SqliteStoreOptions, 'path'>,
): AuditStore {
  const path = db ?? env.SENTINEL_AUDIT_PATH ?? DEFAULTS.auditLogPath
  return createSqliteStore({ path, writer: 'inline', ...options })
}
