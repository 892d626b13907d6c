import type { KeyObject } from 'node:crypto'
import type { Durability } from '../../domain/settings.ts'
import type { Clock } from '../../support/clock.ts'
import type { Ids } from '../../support/ids.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { AuditStore } from '../store.ts'
import { assembleStore } from './assemble.ts'

export interface SqliteStoreOptions {
  /** The database file; a relative path is resolved now, so that a later `chdir` does not move the log. */
  readonly path: string
  /**
   * `full` (default): what is acknowledged survives power loss. `normal`: it survives a killed process, and power loss may take the
   * last moments.
   */
  readonly durability?: Durability | undefined
  /**
   * Seals the chain of events; keep it where who can write the file can not read it. A function is called when the log is opened.
   * Undefined: digests alone, which show accidents.
   */
  readonly key?: KeyObject | (() => KeyObject | undefined) | undefined
  /** The file that holds the end of the chain. Default: beside the database, with `.head` after its name. */
  readonly headPath?: string | undefined
  /** Gets each head that was written, also in quiet hours. What it throws is told to `onTrouble`. */
  readonly onCheckpoint?: ((head: Checkpoint) => unknown) | undefined
  /** Told what is wrong with the head file, or with the seal of the last event, which stops no call. */
  readonly onTrouble?: ((message: string) => void) | undefined
  /**
   * `thread`: a thread of its own writes, so that a slow disk stops nothing else. `inline`: this one does, which saves the way there and
   * back. Default: `thread` where each call waits for the disk (`full`), `inline` where none does (`normal`).
   */
  readonly writer?: 'thread' | 'inline' | undefined
  /** Reads an existing log and makes or changes nothing; `append` is refused. Default false. */
  readonly readOnly?: boolean | undefined
  /** For waits and the times of heads. Default: the system's. */
  readonly clock?: Clock | undefined
  /** For `pruned` events. */
  readonly ids?: Ids | undefined
}

/**
 * The audit log in a SQLite file. Opens at the first use; makes the directory (0700) and the file (0600) when they are missing.
 * @throws SentinelConfigError when `path` or `headPath` is not usable as a path.
 */
export const createSqliteStore = (options: SqliteStoreOptions): AuditStore =>
  assembleStore(options, async () => (await import('better-sqlite3')).default)
