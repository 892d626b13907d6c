import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { NEWEST_VERSION } from '../../../src/audit/sqlite/schema.ts'
import { createSqliteStore } from '../../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../../src/audit/store.ts'
import { SentinelAuditUnavailableError, SentinelConfigError } from '../../../src/errors.ts'
import { entry } from '../entries.ts'
import { modeOf, type SqlitePlace, sqlitePlace } from './place.ts'

let place: SqlitePlace
const stores: AuditStore[] = []
const opened: SqlitePlace['open'] = (...options) => {
  const store = place.open(...options)
  stores.push(store)
  return store
}
beforeEach(() => {
  place = sqlitePlace()
})
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  place.remove()
})

const refusalOf = async (work: Promise<unknown>): Promise<SentinelAuditUnavailableError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SentinelAuditUnavailableError)
  return error as SentinelAuditUnavailableError
}

describe('what is made', () => {
  it.each([0o000, 0o022, 0o077, 0o777])('[P15] is for the owner alone, whatever the umask: %s', async (umask) => {
    const before = process.umask(umask)
    try {
      await opened().append([entry()])
    } finally {
      process.umask(before)
    }
    expect(modeOf(dirname(place.path))).toBe('700')
    for (const file of ['audit.db', 'audit.db-wal', 'audit.db-shm'])
      expect([file, modeOf(join(dirname(place.path), file))]).toEqual([file, '600'])
  })

  it('[P15] a directory that is made keeps itself out of git', async () => {
    await opened().open()
    expect(readFileSync(join(dirname(place.path), '.gitignore'), 'utf8')).toBe('*\n')
  })

  it('makes all directories that are missing', async () => {
    const path = join(place.directory, 'a', 'b', 'c', 'audit.db')
    await opened({ path }).append([entry()])
    expect(modeOf(join(place.directory, 'a'))).toBe('700')
    expect(existsSync(join(place.directory, 'a', '.gitignore'))).toBe(false)
    expect(existsSync(join(place.directory, 'a', 'b', 'c', '.gitignore'))).toBe(true)
  })

  it('[P15] a directory that was there is not changed', async () => {
    mkdirSync(dirname(place.path), { mode: 0o755 })
    const before = statSync(dirname(place.path))
    await opened().append([entry()])
    expect(modeOf(dirname(place.path))).toBe((before.mode & 0o777).toString(8))
    expect(readdirSync(dirname(place.path)).sort()).toEqual(['audit.db', 'audit.db-shm', 'audit.db-wal'])
  })

  it('nothing is made before the first use', () => {
    opened()
    expect(readdirSync(place.directory)).toEqual([])
  })

  it('a relative path is taken from where the process was when the store was made', async () => {
    const before = process.cwd()
    process.chdir(place.directory)
    const store = createSqliteStore({ path: 'here.db', durability: 'normal', clock: place.clock, writer: 'inline' })
    process.chdir('/')
    stores.push(store)
    await store.open()
    process.chdir(before)
    expect(existsSync(join(place.directory, 'here.db'))).toBe(true)
  })

  it.each(['', 'audit.db ', 'audit\0.db'])('%j is no path', (path) => {
    expect(() => createSqliteStore({ path, durability: 'normal', clock: place.clock })).toThrow(SentinelConfigError)
  })
})

describe('what is refused, and left as it is', () => {
  it.each(['', '-wal', '-shm', '-journal'])('[P15] a symbolic link in place of audit.db%s', async (suffix) => {
    mkdirSync(dirname(place.path))
    const target = join(place.directory, 'elsewhere')
    writeFileSync(target, '')
    symlinkSync(target, place.path + suffix)
    const { message } = await refusalOf(opened().open())
    expect(message).toContain(`${place.path}${suffix}' is a symbolic link`)
    expect(readFileSync(target, 'utf8')).toBe('')
    expect(lstatSync(place.path + suffix).isSymbolicLink()).toBe(true)
  })

  it('[P15] a symbolic link that leads nowhere', async () => {
    mkdirSync(dirname(place.path))
    symlinkSync(join(place.directory, 'nowhere'), place.path)
    expect((await refusalOf(opened().open())).message).toContain('is a symbolic link')
    expect(existsSync(join(place.directory, 'nowhere'))).toBe(false)
  })

  it.each(['', '-wal'])('[P11] a directory in place of audit.db%s', async (suffix) => {
    mkdirSync(place.path + suffix, { recursive: true })
    const { message } = await refusalOf(opened().append([entry()]))
    expect(message).toContain(`${place.path}${suffix}' is a directory, expected a file. Move it away`)
  })

  it('[P11] a file in place of the directory', async () => {
    writeFileSync(dirname(place.path), 'not a directory')
    const { message } = await refusalOf(opened().append([entry()]))
    expect(message).toMatch(/audit\.db can not be used: .*ENOTDIR.*`auditLogPath`.*`store:`.*`auditLog: false`/s)
    expect(readFileSync(dirname(place.path), 'utf8')).toBe('not a directory')
  })

  test.each`
    what              | bytes                                                            | because
    ${'text'}         | ${'a shopping list, long enough to have a header\n'.repeat(100)} | ${'is not a SQLite database'}
    ${'a cut header'} | ${'SQLite format 3\0'}                                           | ${'is not a SQLite database'}
  `('[P15] $what', async ({ bytes, because }: { bytes: string; because: string }) => {
    mkdirSync(dirname(place.path))
    writeFileSync(place.path, bytes)
    expect((await refusalOf(opened().append([entry()]))).message).toContain(because)
    expect(readFileSync(place.path, 'latin1')).toBe(bytes)
    expect(existsSync(`${place.path}-wal`)).toBe(false)
  })

  it('[P15] a damaged log', async () => {
    const store = opened()
    for (let index = 0; index < 200; index++) await store.append([entry({ note: 'x'.repeat(200) })])
    await store.close()
    const whole = readFileSync(place.path)
    truncateSync(place.path, 4096 * 3)
    const { message } = await refusalOf(opened().append([entry()]))
    expect(message).toContain('the file is damaged')
    expect(readFileSync(place.path).equals(whole.subarray(0, 4096 * 3))).toBe(true)
  })

  it("[P15] another program's database", async () => {
    mkdirSync(dirname(place.path))
    const other = new BetterSqlite3(place.path)
    other.exec('CREATE TABLE customers (name TEXT)')
    other.close()
    const before = readFileSync(place.path)
    expect((await refusalOf(opened().open())).message).toContain('the database of another program')
    expect(readFileSync(place.path).equals(before)).toBe(true)
  })

  it('[P15] a newer schema', async () => {
    const store = opened()
    await store.append([entry()])
    await store.close()
    const later = place.connect()
    later.pragma('user_version = 99')
    later.close()
    const { message } = await refusalOf(opened().append([entry()]))
    expect(message).toContain(
      `it was written by a newer version (schema 99, this version knows ${NEWEST_VERSION}). Update sentinel-guard`,
    )
    const still = place.connect()
    expect(still.pragma('user_version', { simple: true })).toBe(99)
    expect(still.prepare('SELECT count(*) FROM events').pluck().get()).toBe(1)
    still.close()
  })

  it('says where, why and what to do, and tells a model only to try later', async () => {
    mkdirSync(place.path, { recursive: true })
    const error = await refusalOf(opened().append([entry()]))
    expect(error.code).toBe('AUDIT_UNAVAILABLE')
    expect(error.cause).toBeInstanceOf(Error)
    expect(error.message).toContain(place.path)
    expect(error.forModel).toMatchObject({ decision: 'refused', retry: 'later' })
    expect(error.forModel.message).not.toContain(place.directory)
  })
})

describe('an empty file', () => {
  it('becomes a log, and keeps its mode', async () => {
    mkdirSync(dirname(place.path))
    writeFileSync(place.path, '', { mode: 0o640 })
    const mode = modeOf(place.path)
    await opened().append([entry()])
    expect(modeOf(place.path)).toBe(mode)
  })
})

describe('a store that only reads', () => {
  it('reads what is there, and stores nothing', async () => {
    await opened().append([entry({ tool: 'a' })])
    const reader = opened({ readOnly: true })
    expect(await reader.query()).toMatchObject([{ tool: 'a' }])
    await refusalOf(reader.append([entry()]))
    expect(await reader.query()).toHaveLength(1)
  })

  it('follows what others store', async () => {
    const writer = opened()
    await writer.append([entry()])
    const next = opened({ readOnly: true }).tail({ after: 0 })[Symbol.asyncIterator]()
    expect((await next.next()).value.seq).toBe(1)
    const second = next.next()
    await writer.append([entry()])
    await place.clock.advance(250)
    expect((await second).value.seq).toBe(2)
    await next.return?.()
  })

  it('makes nothing', async () => {
    const { message } = await refusalOf(opened({ readOnly: true }).query())
    expect(message).toContain(`${place.path} can not be used: there is no such file`)
    expect(readdirSync(place.directory)).toEqual([])
  })

  it('refuses a database that holds no log', async () => {
    mkdirSync(dirname(place.path))
    writeFileSync(place.path, '')
    expect((await refusalOf(opened({ readOnly: true }).query())).message).toContain('holds no audit log yet')
  })
})
