import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { AuditStore } from '../../../src/audit/store.ts'
import { SentinelAuditUnavailableError } from '../../../src/errors.ts'
import { entry } from '../entries.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

let place: SqlitePlace
let store: AuditStore
beforeEach(async () => {
  place = sqlitePlace()
  store = place.open()
  await store.append([entry({ tool: 'first' })])
})
afterEach(async () => {
  await store.close()
  place.remove()
})

const append = (tool: string) => store.append([entry({ tool })])
const tools = async () => (await store.query({ order: 'oldest-first' })).map(({ tool }) => tool)
const move = (from: string, to: string): void => {
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix)
}

describe('[P11] the file is taken away while it is open', () => {
  it('nothing is acknowledged, and it goes on when the file is back', async () => {
    renameSync(place.path, `${place.path}.away`)
    await expect(append('lost')).rejects.toThrow(SentinelAuditUnavailableError)
    await expect(append('lost')).rejects.toThrow(
      /the file is gone, and its write-ahead log .*audit\.db-wal' is still there\. Put the file back/,
    )
    expect(existsSync(place.path)).toBe(false)
    renameSync(`${place.path}.away`, place.path)
    await append('second')
    const found = await tools()
    expect(found[0]).toBe('first')
    expect(found.at(-1)).toBe('second')
  })

  it('says what happened and what to do', async () => {
    rmSync(place.path)
    await expect(append('lost')).rejects.toThrow(
      /audit\.db can not be used: the file was deleted or moved away while it was open\. Put it back/,
    )
  })

  it('reading finds out as well', async () => {
    move(place.path, `${place.path}.away`)
    await expect(store.query()).rejects.toThrow(/deleted or moved away/)
  })

  it('with all that belongs to it: the next call begins a new log, and the head says that there was another', async () => {
    const troubles: string[] = []
    await store.close()
    store = place.open({ onTrouble: (message) => void troubles.push(message) })
    await append('second')
    await place.clock.advance(1_000)
    rmSync(dirname(place.path), { recursive: true })
    await expect(append('lost')).rejects.toThrow(/deleted or moved away/)
    await append('third')
    expect(await tools()).toEqual(['third'])
    expect(troubles).toEqual([])
  })

  it('but for its head: verifying tells that the log was another one', async () => {
    await place.clock.advance(1_000)
    await append('second')
    await place.clock.advance(1_000)
    for (const file of readdirSync(dirname(place.path)).filter((name) => !name.endsWith('.head')))
      rmSync(join(dirname(place.path), file))
    await expect(append('lost')).rejects.toThrow(/deleted or moved away/)
    await append('third')
    expect(await store.verify()).toMatchObject({ status: 'broken', code: 'cut' })
  })
})

describe('[P11] another file is put in its place', () => {
  it('nothing is acknowledged, and the next call writes to that one', async () => {
    const other = sqlitePlace()
    const elsewhere = other.open()
    await elsewhere.append([entry({ tool: 'other' })])
    await elsewhere.close()
    move(place.path, `${place.path}.away`)
    copyFileSync(other.path, place.path)
    await expect(append('lost')).rejects.toThrow(
      /the file was replaced while it was open\. The next call writes to the file/,
    )
    await append('second')
    expect(await tools()).toEqual(['other', 'second'])
    other.remove()
  })

  it('the write-ahead log of the old one is not read into the new one', async () => {
    const backup = join(place.directory, 'backup.db')
    await store.close()
    copyFileSync(place.path, backup)
    store = place.open()
    await append('in the old log')
    renameSync(backup, place.path)
    const before = readFileSync(place.path)
    await expect(append('lost')).rejects.toThrow(/replaced while it was open/)
    await expect(append('lost')).rejects.toThrow(/audit\.db-wal' belongs to the file that was replaced\. Move it away/)
    expect(readFileSync(place.path).equals(before)).toBe(true)
    move(`${place.path}-wal`, join(place.directory, 'old-wal'))
    rmSync(`${place.path}-shm`)
    await append('second')
    expect(await tools()).toEqual(['first', 'second'])
  })

  it('with files beside it that are its own: they are read with it', async () => {
    const backup = join(place.directory, 'backup.db')
    for (const suffix of ['', '-wal', '-shm']) copyFileSync(place.path + suffix, backup + suffix)
    await append('after the backup')
    move(place.path, `${place.path}.away`)
    move(backup, place.path)
    await expect(append('lost')).rejects.toThrow(/replaced while it was open/)
    await append('second')
    expect(await tools()).toEqual(['first', 'second'])
  })
})

describe('[P11] what SQLite keeps beside the file is taken away', () => {
  /** What is left when the process is killed now. */
  async function toolsOnDisk(): Promise<readonly (string | undefined)[]> {
    const other = sqlitePlace()
    mkdirSync(dirname(other.path), { recursive: true })
    for (const suffix of ['', '-wal']) copyFileSync(place.path + suffix, other.path + suffix)
    const left = other.open()
    const found = (await left.query({ order: 'oldest-first' })).map(({ tool }) => tool)
    await left.close()
    other.remove()
    return found
  }

  const wal = (): string => `${place.path}-wal`
  const shm = (): string => `${place.path}-shm`

  test.each`
    what                      | change                                                       | named
    ${'the -wal'}             | ${() => rmSync(wal())}                                       | ${/audit\.db-wal' was deleted or replaced while the log was open\. Leave it alone/}
    ${'the -shm'}             | ${() => rmSync(shm())}                                       | ${/audit\.db-shm' was deleted or replaced while the log was open/}
    ${'both'}                 | ${() => [wal(), shm()].forEach((file) => void rmSync(file))} | ${/audit\.db-wal' was deleted/}
    ${'the -wal, for a copy'} | ${() => replaced(wal())}                                     | ${/audit\.db-wal' was deleted or replaced/}
    ${'the -shm, for a copy'} | ${() => replaced(shm())}                                     | ${/audit\.db-shm' was deleted or replaced/}
  `('$what: nothing is acknowledged, and nothing that was is lost', async ({ change, named }) => {
    await append('second')
    await expectNoticed(change, named)
  })

  test.each`
    what          | change
    ${'the -wal'} | ${() => rmSync(wal())}
    ${'the -shm'} | ${() => rmSync(shm())}
  `('$what, where nothing has changed for long: it is noticed all the same', async ({ change }) => {
    // Long before now, so that it is known to be over.
    utimesSync(place.directory, 0, 0)
    await append('second')
    await expectNoticed(change, /was deleted or replaced/)
  })

  async function expectNoticed(change: () => void, named: RegExp): Promise<void> {
    change()
    await expect(append('lost')).rejects.toThrow(named)
    await append('third')
    expect(await toolsOnDisk()).toEqual(['first', 'second', 'third'])
    expect(await store.verify()).toMatchObject({ status: 'not-verifiable', events: 3 })
  }

  function replaced(file: string): void {
    copyFileSync(file, `${file}.copy`)
    renameSync(`${file}.copy`, file)
  }

  it('a store beside it in this process does not keep the one that was deleted', async () => {
    const other = place.open()
    await other.append([entry({ tool: 'other' })])
    rmSync(shm())
    await expect(append('lost')).rejects.toThrow(/audit\.db-shm' was deleted/)
    await expect(append('lost')).rejects.toThrow(/audit\.db-shm' was deleted/)
    await expect(other.append([entry({ tool: 'lost' })])).rejects.toThrow(/audit\.db-shm' was deleted/)
    await append('second')
    expect(existsSync(shm())).toBe(true)
    await other.close()
  })
})

test.each`
  what                | size     | then
  ${'to nothing'}     | ${0}     | ${/the file is empty, and its write-ahead log .*audit\.db-wal' is still there\. Put the file back/}
  ${'to a few pages'} | ${8_192} | ${/the file is damaged/}
`('[P11] a file that is cut $what while it is open is not written on', async ({ size, then }) => {
  truncateSync(place.path, size)
  await expect(append('lost')).rejects.toThrow(/cut short while it was open\. The next call opens what is left/)
  await expect(append('lost')).rejects.toThrow(then)
})
