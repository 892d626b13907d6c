import type { KeyObject } from 'node:crypto'
import type { Clock } from '../../support/clock.ts'
import type { Ids } from '../../support/ids.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { DatabaseOptions } from './database.ts'

/** `SqliteStoreOptions` with every choice made. */
export interface StoreSettings extends Omit<DatabaseOptions, 'key'> {
  /** Called when the log is opened; throws while the key can not be had. */
  readonly key: () => KeyObject | undefined
  /** Absolute. */
  readonly headPath: string
  readonly onCheckpoint: ((head: Checkpoint) => unknown) | undefined
  readonly onTrouble: ((message: string) => void) | undefined
  readonly clock: Clock
  readonly ids: Ids
}
