import { statSync } from 'node:fs'
import { walOf } from './place.ts'
import { Refusal } from './refusal.ts'

/** A file by what the system knows it by, whatever its name. */
interface Identity {
  readonly device: bigint
  readonly inode: bigint
}

/** There is another file where the log was. */
export class Replaced extends Refusal {
  /** The write-ahead log of the file that was there before. */
  readonly strayWal: Identity | undefined

  constructor(path: string) {
    super('the file was replaced while it was open', 'The next call writes to the file that is there now.')
    this.strayWal = identityOf(walOf(path))
  }
}

/**
 * Whether the path still leads to the file that is open. SQLite goes on writing to a file that was deleted or renamed, without an
 * error, and all of it is lost.
 */
export class FilePresence {
  readonly #path: string
  readonly #opened: Identity | undefined

  /** Made right after the file was opened. */
  constructor(path: string) {
    this.#path = path
    this.#opened = identityOf(path)
  }

  /** @throws Refusal when the file was deleted, `Replaced` when another one is there. */
  confirm(): void {
    const found = identityOf(this.#path)
    if (found === undefined)
      throw new Refusal(
        'the file was deleted or moved away while it was open',
        'Put it back; when its -wal file is gone too, the next call begins a new log.',
      )
    if (!isSame(found, this.#opened)) throw new Replaced(this.#path)
  }
}

/** SQLite would read a write-ahead log into whatever file is beside it. @throws Refusal */
export function refuseStrayWal(path: string, stray: Identity | undefined): void {
  const wal = walOf(path)
  if (stray !== undefined && isSame(stray, identityOf(wal)))
    throw new Refusal(`'${wal}' belongs to the file that was replaced`, 'Move it away, and the -shm file with it.')
}

const isSame = (one: Identity, other: Identity | undefined): boolean =>
  one.device === other?.device && one.inode === other.inode

function identityOf(path: string): Identity | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && { device: found.dev, inode: found.ino }
}
