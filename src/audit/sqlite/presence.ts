import { type BigIntStats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DirectoryChanges } from './directory-changes.ts'
import { shmOf, walOf } from './place.ts'
import { Refusal } from './refusal.ts'

/** A file by what the system knows it by, whatever its name. */
interface Identity {
  readonly device: bigint
  readonly inode: bigint
}

type Companions = readonly [wal: Identity | undefined, shm: Identity | undefined]

/** There is another file where the log was. */
export class Replaced extends Refusal {
  /** The write-ahead log of the file that was there before. */
  readonly strayWal: Identity | undefined

  constructor(strayWal: Identity | undefined) {
    super('the file was replaced while it was open', 'The next call writes to the file that is there now.')
    this.strayWal = strayWal
  }
}

/** What SQLite keeps beside the file is not there any more, or is something else. */
export class Bereft extends Refusal {
  /** Nobody has begun anew: what the lost write-ahead log holds is the newest there is. */
  readonly isLatest: boolean

  constructor(path: string, { isLatest }: { readonly isLatest: boolean }) {
    super(
      `'${path}' was deleted or replaced while the log was open`,
      'Leave it alone while a guard runs; the next call opens the log anew.',
    )
    this.isLatest = isLatest
  }
}

/**
 * Whether the path still leads to the file that is open. SQLite goes on writing to a file that was deleted or renamed, without an
 * error, and all of it is lost.
 */
export class FilePresence {
  readonly #path: string
  readonly #opened: Identity | undefined
  readonly #changes: DirectoryChanges
  /** Undefined until they were seen. */
  #wal: Identity | undefined
  #shm: Identity | undefined
  #size = 0n

  /** Made right after the file was opened. */
  constructor(path: string) {
    this.#path = path
    this.#opened = identityOf(path)
    this.#changes = new DirectoryChanges(dirname(path))
  }

  /**
   * To be called before anything is done: a -wal that is gone is written to all the same, and who has another -shm than the others
   * does not see their locks, and writes over what they wrote.
   * @throws as `confirm`.
   */
  confirmCompanions(): void {
    if (!this.#changes.maybe()) return
    const [wal, shm] = this.#companions()
    if (isAsSeen(wal, this.#wal) && isAsSeen(shm, this.#shm)) return
    this.confirm()
    const isLatest = isAsSeen(wal ?? this.#wal, this.#wal) && isAsSeen(shm ?? this.#shm, this.#shm)
    throw new Bereft(isAsSeen(wal, this.#wal) ? shmOf(this.#path) : walOf(this.#path), { isLatest })
  }

  /**
   * To be called before what was done is acknowledged.
   * @throws Refusal when the file was deleted or cut, `Replaced` when another one is there, `Bereft`.
   */
  confirm(): void {
    const found = statusOf(this.#path)
    if (found === undefined)
      throw new Refusal(
        'the file was deleted or moved away while it was open',
        'Put it back; when its -wal file is gone too, the next call begins a new log.',
      )
    if (!isSame(identityIn(found), this.#opened)) throw new Replaced(this.#wal)
    this.#confirmSize(found.size)
    // SQLite makes them when it first reads.
    if (this.#wal === undefined) this.#see(this.#companions())
  }

  #see([wal, shm]: Companions): void {
    this.#wal = wal
    this.#shm = shm
    // Another connection of this process holds one that was deleted, and SQLite has let this one in on it.
    if (wal !== undefined && shm === undefined) throw new Bereft(shmOf(this.#path), { isLatest: false })
  }

  #companions(): Companions {
    return [identityOf(walOf(this.#path)), identityOf(shmOf(this.#path))]
  }

  /** SQLite would go on with the pages that it remembers. */
  #confirmSize(size: bigint): void {
    const before = this.#size
    this.#size = size
    if (size < before)
      throw new Refusal(
        'the file was cut short while it was open',
        'The next call opens what is left; when that is damaged, put back a copy.',
      )
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

/** Where nothing was seen, SQLite did without. */
const isAsSeen = (found: Identity | undefined, seen: Identity | undefined): boolean =>
  seen === undefined || isSame(seen, found)

const statusOf = (path: string): BigIntStats | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })

const identityIn = ({ dev, ino }: BigIntStats): Identity => ({ device: dev, inode: ino })

function identityOf(path: string): Identity | undefined {
  const found = statusOf(path)
  return found && identityIn(found)
}
