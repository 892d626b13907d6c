import { statSync } from 'node:fs'

/** File systems note times by clocks that tick at least this often. */
const TICK_MAX_MS = 100

/**
 * Whether anything was made, moved or deleted in a directory: what was seen in it before is there otherwise. One question to the system
 * in place of one for each file, before every call.
 */
export class DirectoryChanges {
  readonly #path: string
  #inode = Number.NaN
  #changedAtMs = Number.NaN

  constructor(path: string) {
    this.#path = path
  }

  /** False only when nothing changed since the last time this was asked. What is seen after it was asked counts as seen. */
  maybe(): boolean {
    const { ino = Number.NaN, mtimeMs = Number.NaN } = statSync(this.#path, { throwIfNoEntry: false }) ?? {}
    const isSame = ino === this.#inode && mtimeMs === this.#changedAtMs
    // A later change within the same tick would leave the same time.
    const isOver = Date.now() - mtimeMs > TICK_MAX_MS
    this.#inode = ino
    this.#changedAtMs = isOver ? mtimeMs : Number.NaN
    return !isSame
  }
}
