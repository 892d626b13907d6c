import { execFile } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, test } from 'vitest'
import { type AuditKey, givenKey, keyBeside, randomKey } from '../../src/audit/key.ts'
import { SentinelAuditUnavailableError } from '../../src/errors.ts'
import { tempDir } from '../support/guards.ts'
import { modeOf } from './sqlite/place.ts'

const PROCESS = join(import.meta.dirname, 'key-process.ts')
const run = promisify(execFile)

const hex = (key: AuditKey, purpose: Parameters<AuditKey['for']>[0] = 'redaction'): string =>
  key.for(purpose).export().toString('hex')

/** A database that is not there yet, and the key beside it. */
function place(): { readonly database: string; readonly file: string } {
  const database = join(tempDir(), '.sentinel', 'audit.db')
  return { database, file: join(dirname(database), 'audit.key') }
}

function refusalOf(key: AuditKey): SentinelAuditUnavailableError {
  try {
    key.for('redaction')
  } catch (error) {
    if (error instanceof SentinelAuditUnavailableError) return error
    throw error
  }
  throw new Error('the key was there')
}

describe('a key', () => {
  it('is one for each purpose, always the same', () => {
    const key = givenKey(createSecretKey(Buffer.from('k'.repeat(40))))
    expect(hex(key)).toBe(hex(givenKey(createSecretKey(Buffer.from('k'.repeat(40))))))
    expect(hex(key)).toHaveLength(64)
    expect(hex(key)).not.toBe(hex(key, 'chain'))
    expect(hex(key)).not.toBe(hex(givenKey(createSecretKey(Buffer.from('k'.repeat(41))))))
  })

  it('that nobody gave and no file holds is another for each guard', () => {
    const key = randomKey()
    expect(hex(key)).toBe(hex(key))
    expect(hex(key)).not.toBe(hex(randomKey()))
  })
})

describe('the key file', () => {
  it.each([0o000, 0o022, 0o077, 0o777])('[P15] is for the owner alone, whatever the umask: %s', (umask) => {
    const { database, file } = place()
    const before = process.umask(umask)
    try {
      hex(keyBeside(database))
    } finally {
      process.umask(before)
    }
    expect([modeOf(dirname(file)), modeOf(file)]).toEqual(['700', '600'])
    expect(readFileSync(file)).toHaveLength(32)
  })

  it('is made at the first use, and not before; no draft stays behind', () => {
    const { database, file } = place()
    const key = keyBeside(database)
    expect(existsSync(dirname(file))).toBe(false)
    hex(key)
    expect(readdirSync(dirname(file)).sort()).toEqual(['.gitignore', 'audit.key'])
  })

  it('is read again by the next guard, and read once by each', () => {
    const { database, file } = place()
    const first = keyBeside(database)
    const redaction = hex(first)
    expect(hex(keyBeside(database))).toBe(redaction)
    const stored = readFileSync(file)
    rmSync(file)
    expect(hex(first, 'chain')).toBe(hex(givenKey(createSecretKey(stored)), 'chain'))
    expect(hex(keyBeside(database))).not.toBe(redaction)
  })

  it('is one for all processes that make it at once', async () => {
    const { database, file } = place()
    const told = await Promise.all(Array.from({ length: 6 }, () => run(process.execPath, [PROCESS, database])))
    expect(new Set(told.map(({ stdout }) => stdout))).toEqual(new Set([hex(keyBeside(database))]))
    expect(readdirSync(dirname(file)).sort()).toEqual(['.gitignore', 'audit.key'])
  })
})

describe('a key file that can not be used is refused, and left as it is', () => {
  test.each<{ what: string; put: (file: string) => void; says: string; remedy: string }>([
    {
      what: 'others may read it',
      put: (file) => {
        writeFileSync(file, Buffer.alloc(32))
        chmodSync(file, 0o640)
      },
      says: 'others than its owner may read or write it (mode 640)',
      remedy: 'chmod 600',
    },
    {
      what: 'it is too short',
      put: (file) => writeFileSync(file, Buffer.alloc(31), { mode: 0o600 }),
      says: 'it has 31 bytes, and a key has 32',
      remedy: 'from a backup',
    },
    {
      what: 'it is empty',
      put: (file) => writeFileSync(file, '', { mode: 0o600 }),
      says: 'it has 0 bytes',
      remedy: 'from a backup',
    },
    {
      what: 'it is too long',
      put: (file) => writeFileSync(file, Buffer.alloc(33), { mode: 0o600 }),
      says: 'it has 33 bytes',
      remedy: 'from a backup',
    },
    {
      what: 'it is a directory',
      put: (file) => mkdirSync(file),
      says: 'is a directory, expected a file',
      remedy: 'SENTINEL_AUDIT_KEY',
    },
    {
      what: 'it is a symbolic link to a key',
      put: (file) => {
        writeFileSync(`${file}.elsewhere`, Buffer.alloc(32), { mode: 0o600 })
        symlinkSync(`${file}.elsewhere`, file)
      },
      says: 'is a symbolic link, expected a file',
      remedy: 'SENTINEL_AUDIT_KEY',
    },
    {
      what: 'it is a symbolic link that leads nowhere',
      put: (file) => symlinkSync(`${file}.nowhere`, file),
      says: 'is a symbolic link, expected a file',
      remedy: 'SENTINEL_AUDIT_KEY',
    },
  ])('[P15] $what', ({ put, says, remedy }) => {
    const { database, file } = place()
    mkdirSync(dirname(file))
    put(file)
    const before = lstatSync(file)
    const error = refusalOf(keyBeside(database))
    expect(error.message).toContain(`The audit key at ${file} can not be used: `)
    expect(error.message).toContain(says)
    expect(error.message).toContain(remedy)
    expect(error.forModel).toMatchObject({ decision: 'refused', retry: 'later' })
    expect(lstatSync(file)).toMatchObject({ ino: before.ino, mode: before.mode, size: before.size })
  })

  it('[P11] and is tried again by the next call', () => {
    const { database, file } = place()
    writeFileSync(dirname(file), 'a file in place of the directory')
    const key = keyBeside(database)
    expect(refusalOf(key).message).toContain('ENOTDIR')
    rmSync(dirname(file))
    expect(hex(key)).toHaveLength(64)
  })
})
