import { resolve } from 'node:path'
import { SentinelConfigError } from '../../errors.ts'
import { systemClock } from '../../support/clock.ts'
import { randomIds } from '../../support/ids.ts'
import type { AuditStore } from '../store.ts'
import type { DatabaseOptions } from './database.ts'
import { InlineExecutor } from './executor.ts'
import type { Driver } from './open.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { SqliteStoreOptions } from './store.ts'
import { ThreadExecutor } from './thread.ts'

/**
 * A store by its options. Apart from these, so that what the package exports names no type of better-sqlite3, which has none of its own.
 * @param driver how to get at better-sqlite3, for a log that is written inline; loaded when first used, so that importing this library
 * loads no native code.
 */
export function assembleStore(options: SqliteStoreOptions, driver: () => Promise<Driver>): AuditStore {
  const path = fileAt(options.path, 'auditLogPath')
  const headPath = fileAt(options.headPath ?? `${options.path}.head`, 'auditHeadPath')
  const { durability = 'full', readOnly = false, key, onCheckpoint, onTrouble } = options
  const { writer = durability === 'full' ? 'thread' : 'inline' } = options
  const { clock = systemClock, ids = randomIds } = options
  const settings = { path, durability, readOnly, key: typeof key === 'function' ? key : () => key }
  const database = (): DatabaseOptions => ({ path, durability, readOnly, key: settings.key() })
  // Who only reads does so now and then: a thread would take longer to start than to answer.
  const inline = writer === 'inline' || readOnly
  const executor = inline ? new InlineExecutor(database, driver) : new ThreadExecutor(database)
  return new SqliteStore({ ...settings, headPath, onCheckpoint, onTrouble, clock, ids }, executor, driver)
}

function fileAt(given: string, key: string): string {
  const path = resolve(given)
  if (given !== '' && path === path.trim() && !path.includes('\0')) return path
  const message = `expected the path of a file, without NUL and without space at its end, found ${JSON.stringify(given)}`
  throw new SentinelConfigError([{ path: key, code: 'wrong_value', message }])
}
