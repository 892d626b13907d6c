import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { isCode, makeDirectory, refuseNonFile, statusOf, writeNewFile } from './sqlite/place.ts'
import { Refusal } from './sqlite/refusal.ts'

export const KEY_BYTES = 32

const GROUP_AND_OTHERS = 0o077
/** Windows has no such modes, and opens no directory. */
const IS_POSIX = process.platform !== 'win32'

/**
 * The key in a file, which is made for the owner alone, with its directory, when it is missing. Of several processes that make it at
 * once one wins, and all get its key.
 * @throws Refusal, or the error of the operating system.
 */
export function readOrMakeKey(path: string): Buffer {
  makeDirectory(dirname(path))
  if (statusOf(path) === undefined) makeKey(path)
  return readKey(path)
}

/** @throws Refusal, or the error of the operating system; also when there is no file. */
export function readKey(path: string): Buffer {
  refuseNonFile(path, 'Move it away, or give the key itself (`auditKey`, or SENTINEL_AUDIT_KEY).')
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { mode, size } = fstatSync(file)
    if (IS_POSIX && (mode & GROUP_AND_OTHERS) !== 0) throw readableByOthers(mode)
    if (size !== KEY_BYTES) throw ofWrongLength(size)
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** Written whole under another name first: nobody ever reads half a key, and a process that dies leaves none behind. */
function makeKey(path: string): void {
  const draft = `${path}.${randomUUID()}`
  try {
    writeNewFile(draft, randomBytes(KEY_BYTES))
    linkSync(draft, path)
    syncDirectory(dirname(path))
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    if (statusOf(draft) !== undefined) unlinkSync(draft)
  }
}

/** A name is on the disk when its directory is. */
function syncDirectory(path: string): void {
  if (!IS_POSIX) return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

const readableByOthers = (mode: number): Refusal =>
  new Refusal(
    `others than its owner may read or write it (mode ${(mode & 0o777).toString(8)})`,
    'If nobody has, run `chmod 600` on it. Else remove it: a new one is made, and digests of before compare with none of after.',
  )

const ofWrongLength = (size: number): Refusal =>
  new Refusal(
    `it has ${size} bytes, and a key has ${KEY_BYTES}`,
    'Bring back the file from a backup. Without one, remove it: a new one is made, and digests of before compare with none of after.',
  )
