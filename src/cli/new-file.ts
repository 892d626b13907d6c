import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { isCode } from '../audit/sqlite/place.ts'
import { CommandError } from './terminal.ts'

const OWNER_ONLY_FILE = 0o600

export interface NewFile {
  readonly path: string
  /** A file that is there: replaced as a whole once the new one is, or left alone. */
  readonly whenThere: 'replace' | 'refuse'
}

/**
 * Writes a file for its owner alone. One that could not be written to its end does not stay.
 * @throws CommandError when there is a file that may not be replaced, and what `pieces` or the file system throw.
 */
export async function writeNewFile(
  { path, whenThere }: NewFile,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  const target = whenThere === 'replace' ? `${path}.${randomUUID()}` : path
  const file = await opened(target)
  try {
    for await (const piece of pieces) await file.write(piece)
    await file.sync()
    await file.close()
    // In one step, and of a link the link itself: what it leads to is not ours.
    if (target !== path) await rename(target, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(target, { force: true })
    throw error
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', OWNER_ONLY_FILE)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
    throw new CommandError(`${path} is here already, and nothing was written; use --force to replace it`)
  }
}
