import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Refusal } from './refusal.ts'

const OWNER_ONLY_DIRECTORY = 0o700
const OWNER_ONLY_FILE = 0o600

/** What SQLite keeps beside a database; it gives these the mode of the database itself. */
const COMPANIONS = ['-wal', '-shm', '-journal'] as const

/**
 * Makes the directory and an empty database file where they are missing, for the owner alone. Never changes what it did not make.
 * @throws Refusal, or the error of the operating system.
 */
export function makePlace(path: string): void {
  makeDirectory(dirname(path))
  refuseUnusable(path)
  refuseRemains(path)
  makeFile(path)
}

/**
 * Refuses symbolic links, which could lead the log to a place of someone else's choosing, and what is not a file.
 * @throws Refusal
 */
export function refuseUnusable(path: string): void {
  for (const candidate of [path, ...COMPANIONS.map((companion) => path + companion)])
    refuseNonFile(candidate, 'Move it away, or give another `auditLogPath`.')
}

/** What is missing is not refused. @throws Refusal */
export function refuseNonFile(path: string, remedy: string): void {
  const found = statusOf(path)
  if (found === undefined || found.isFile()) return
  const kind = found.isSymbolicLink() ? 'a symbolic link' : found.isDirectory() ? 'a directory' : 'not a regular file'
  throw new Refusal(`'${path}' is ${kind}, expected a file`, remedy)
}

export const walOf = (path: string): string => `${path}-wal`
export const shmOf = (path: string): string => `${path}-shm`

/** Waits until the disk has what was written to a file, by whomever. Does nothing where there is no such file. */
export function syncFile(path: string): void {
  if (statusOf(path) === undefined) return
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A write-ahead log without its database would be read into the new one, or deleted for it. @throws Refusal */
function refuseRemains(path: string): void {
  const file = statusOf(path)
  if ((file !== undefined && file.size > 0) || statusOf(walOf(path)) === undefined) return
  throw new Refusal(
    `the file is ${file === undefined ? 'gone' : 'empty'}, and its write-ahead log '${walOf(path)}' is still there`,
    'Put the file back, or move the -wal file away to begin a new log.',
  )
}

/** @throws Refusal */
export function refuseMissing(path: string): void {
  if (statusOf(path) === undefined)
    throw new Refusal(
      'there is no such file',
      'Look for it elsewhere; a guard that may write makes it at its first call.',
    )
}

/** Makes a directory for its owner alone, and keeps it out of git; one that is there stays as it is. */
export function makeDirectory(path: string): void {
  if (statusOf(path) !== undefined) return
  mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_DIRECTORY })
  try {
    mkdirSync(path, { mode: OWNER_ONLY_DIRECTORY })
  } catch (error) {
    if (isCode(error, 'EEXIST')) return
    throw error
  }
  // The mode given to mkdir is narrowed by the umask, which may take away the owner's own rights.
  chmodSync(path, OWNER_ONLY_DIRECTORY)
  writeFileSync(join(path, '.gitignore'), '*\n', { flag: 'wx', mode: OWNER_ONLY_FILE })
}

/**
 * Made here rather than by SQLite, which would make it readable by all. A file that exists is not even opened: closing it again would
 * drop the locks that SQLite holds on it in this process.
 */
function makeFile(path: string): void {
  if (statusOf(path) !== undefined) return
  try {
    closeSync(openNewFile(path))
  } catch (error) {
    if (isCode(error, 'EEXIST')) return
    throw error
  }
}

/** A descriptor of a file that was not there before, for the owner alone whatever the umask. */
function openNewFile(path: string): number {
  const file = openSync(path, 'wx', OWNER_ONLY_FILE)
  fchmodSync(file, OWNER_ONLY_FILE)
  return file
}

/** Writes a file that was not there before, for the owner alone; what it holds is on the disk when this returns. */
export function writeNewFile(path: string, content: string | Uint8Array): void {
  const file = openNewFile(path)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export const statusOf = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false })

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
