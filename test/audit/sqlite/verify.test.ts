import { createSecretKey, type KeyObject } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { Chain } from '../../../src/audit/chain.ts'
import { type Checkpoint, checkpointText, parseCheckpoint } from '../../../src/audit/checkpoint.ts'
import { readHead } from '../../../src/audit/sqlite/head.ts'
import { openForReading } from '../../../src/audit/sqlite/open.ts'
import { COLUMNS, type Row } from '../../../src/audit/sqlite/row.ts'
import { endsOf, type Measure, rangesOf, walkSection } from '../../../src/audit/sqlite/section.ts'
import { type Against, verified } from '../../../src/audit/sqlite/sections.ts'
import { LAST_NUMBER } from '../../../src/audit/sqlite/statements.ts'
import { type LongLog, threadsFor, walkInThreads } from '../../../src/audit/sqlite/verify-threads.ts'
import type { Verification, VerifyOptions, VerifyProgress } from '../../../src/audit/verification.ts'
import { SentinelAuditUnavailableError } from '../../../src/errors.ts'
import { callId, entries, entry } from '../entries.ts'
import { modeOf, type SqlitePlace, sqlitePlace } from './place.ts'

const keyFrom = (byte: number): KeyObject => createSecretKey(Buffer.alloc(32, byte))
const KEY = keyFrom(7)
type Key = KeyObject | 'none'
const keyOf = (key: Key): KeyObject | undefined => (key === 'none' ? undefined : key)

let place: SqlitePlace
beforeEach(() => {
  place = sqlitePlace()
})
afterEach(() => place.remove())

const headPath = (): string => `${place.path}.head`
const head = (): Checkpoint => parseCheckpoint(readFileSync(headPath(), 'utf8')) as Checkpoint

/** A log of ten events, closed, so that its head names the last of them. */
async function written(key: Key = KEY): Promise<void> {
  const store = place.open({ key: keyOf(key) })
  await store.append(entries(9, { callId: callId('call-1'), note: 'as it was' }))
  await store.append([entry({ tool: 'last' })])
  await store.close()
}

async function verify(key: Key = KEY, options: VerifyOptions = {}): Promise<Verification> {
  const store = place.open({ key: keyOf(key), readOnly: true })
  try {
    const found = await store.verify(options)
    for (const parts of [2, 3, 7]) expect(inParts(parts, key, options)).toEqual(found)
    return found
  } finally {
    await store.close()
  }
}

const measureOf = (key: Key, { heads = [] }: VerifyOptions): Measure => ({
  key: keyOf(key),
  heads: [readHead(headPath()), ...heads].filter((head) => head !== undefined),
})

/** The same log looked at in so many parts, each from the link that is stored before it. */
function inParts(parts: number, key: Key, options: VerifyOptions): Verification {
  const database = openForReading(BetterSqlite3, { path: place.path, standstillMs: 0 })
  const measure = measureOf(key, options)
  const sections = rangesOf(endsOf(database) ?? { first: 1, last: 0 }, parts).map((range) => {
    const walking = walkSection(database, range, measure)
    let step = walking.next()
    while (!step.done) step = walking.next()
    return step.value
  })
  const lastNumber = database.prepare<[], number>(LAST_NUMBER).pluck().get() ?? 0
  database.close()
  return verified(sections, { chain: new Chain(keyOf(key)), heads: measure.heads, lastNumber })
}

/** Changes the file as someone may who does not care for triggers. */
function tamper(change: string | ((database: BetterSqlite3.Database) => void)): void {
  const database = place.connect()
  database.exec('DROP TRIGGER IF EXISTS events_no_update; DROP TRIGGER IF EXISTS events_no_delete')
  if (typeof change === 'string') database.exec(change)
  else change(database)
  database.close()
}

/** Makes the chain anew from one event on, as one may who has the key in `key`. */
const resealed =
  (from: number, key: KeyObject | undefined) =>
  (database: BetterSqlite3.Database): void => {
    const chain = new Chain(key)
    let previous: Uint8Array =
      database
        .prepare<number[], Uint8Array>('SELECT chain FROM events WHERE seq = ?')
        .pluck()
        .get(from - 1) ?? new Uint8Array(32)
    const rows = database
      .prepare<number[], [number, ...Row]>(`SELECT seq, ${COLUMNS.join(', ')} FROM events WHERE seq >= ? ORDER BY seq`)
      .raw()
      .all(from)
    for (const [seq, ...cells] of rows) {
      previous = chain.link({ seq, cells, previous })
      database.prepare('UPDATE events SET chain = ?, format = ? WHERE seq = ?').run(previous, chain.format, seq)
    }
  }

const reseal = (from: number, change: string, key?: KeyObject) => (database: BetterSqlite3.Database) => {
  database.exec(change)
  resealed(from, key)(database)
}

const COPY = `INSERT INTO events (seq, ${COLUMNS}, format, chain) SELECT 11, ${COLUMNS}, format, chain FROM events WHERE seq = 10`
const putInAs = (seq: number, chain: string): string =>
  `INSERT INTO events (seq, ${COLUMNS}, format, chain) SELECT ${seq}, ${COLUMNS}, format, ${chain} FROM events WHERE seq = 1`
const SWAP =
  'UPDATE events SET seq = -4 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 5; UPDATE events SET seq = 5 WHERE seq = -4'
const CUT = 'DELETE FROM events WHERE seq > 7'
const CUT_AND_COUNT = `${CUT}; UPDATE sqlite_sequence SET seq = 7`

describe('an untouched log', () => {
  it('[P13] is intact with its key, and its head is in it', async () => {
    await written()
    const heads = [head()]
    expect(heads).toMatchObject([{ seq: 10, count: 10 }])
    expect(await verify()).toEqual({ status: 'intact', events: 10, firstSeq: 1, lastSeq: 10, heads })
  })

  test.each`
    sealed    | given     | because
    ${KEY}    | ${'none'} | ${'the key that seals the events was not given: SENTINEL_AUDIT_KEY of the guard, or audit.key beside its log'}
    ${'none'} | ${'none'} | ${'no key seals the events: whoever can write the file can make the chain anew'}
    ${'none'} | ${KEY}    | ${'no key seals the events: whoever can write the file can make the chain anew'}
  `('[P13] is not verifiable: $because', async ({ sealed, given, because }) => {
    await written(sealed)
    expect(await verify(given)).toMatchObject({ status: 'not-verifiable', because })
  })

  it('[P13] that got its key later is not verifiable: who lacks the key can make its beginning so', async () => {
    await written('none')
    await written(KEY)
    expect(await verify()).toMatchObject({
      status: 'not-verifiable',
      events: 20,
      because: 'no key seals the first 10 events: whoever could write the file can have made them anew',
    })
    tamper(reseal(3, "UPDATE events SET note = 'changed' WHERE seq = 3"))
    expect(await verify()).toMatchObject({ status: 'broken' })
  })

  it('[P11] is not written on without its key', async () => {
    await written()
    const store = place.open()
    await expect(store.append([entry()])).rejects.toThrow(/sealed with a key, and none was given\. Give the key/)
    await store.close()
    expect(await verify()).toMatchObject({ status: 'intact', events: 10 })
  })

  it('tells at once, and once, that its key was replaced, or its last event changed', async () => {
    await written()
    const troubles: string[] = []
    const onTrouble = (message: string): void => void troubles.push(message)
    const fits = place.open({ key: KEY, onTrouble })
    await fits.open()
    await fits.close()
    expect(troubles).toEqual([])
    const other = place.open({ key: keyFrom(8), onTrouble })
    await other.open()
    await other.open()
    expect(troubles).toEqual([
      expect.stringContaining('Event 10, the last one of the audit log, was changed, or the key'),
    ])
    await other.append([entry()])
    await other.close()
    expect(await verify()).toMatchObject({ status: 'broken', seq: 11 })
  })

  it('goes on after the head: events that came since are no fault', async () => {
    await written()
    const before = head()
    const store = place.open({ key: KEY, headPath: `${place.path}.elsewhere` })
    await store.append(entries(5))
    await store.close()
    expect(head()).toEqual(before)
    expect(await verify()).toMatchObject({ status: 'intact', events: 15 })
  })

  it('may be in use, and is read as it was when the look began', async () => {
    const store = place.open({ key: KEY })
    await store.append(entries(1_200))
    let turns = 0
    const verifying = store.verify({ onProgress: () => void (turns++ === 0 && void store.append(entries(3))) })
    expect(await verifying).toMatchObject({ status: 'intact', events: 1_200 })
    expect(await store.verify()).toMatchObject({ status: 'intact', events: 1_203 })
    await store.close()
  })

  it('tells how far it is, and can be stopped', async () => {
    const store = place.open({ key: KEY })
    await store.append(entries(1_200))
    const seen: VerifyProgress[] = []
    await store.verify({ onProgress: (progress) => void seen.push(progress) })
    expect(seen).toEqual([500, 1_000, 1_200].map((events) => ({ events, of: 1_200 })))
    const stop = new AbortController()
    const reason = new Error('enough')
    await expect(store.verify({ signal: stop.signal, onProgress: () => stop.abort(reason) })).rejects.toBe(reason)
    await store.close()
  })
})

describe('[P13] a log that was changed is broken, and the first bad place is named', () => {
  test.each`
    what                              | change                                                                               | seq   | code
    ${'a text'}                       | ${"UPDATE events SET note = 'changed' WHERE seq = 4"}                                | ${4}  | ${'altered'}
    ${'a number'}                     | ${'UPDATE events SET risk = 0.1 WHERE seq = 1'}                                      | ${1}  | ${'altered'}
    ${'a text that was not there'}    | ${"UPDATE events SET session = '' WHERE seq = 10"}                                   | ${10} | ${'altered'}
    ${'a number that is none'}        | ${'UPDATE events SET duration_ms = 9e999 WHERE seq = 6'}                             | ${6}  | ${'altered'}
    ${'a link'}                       | ${'UPDATE events SET chain = zeroblob(32) WHERE seq = 5'}                            | ${5}  | ${'altered'}
    ${'no link'}                      | ${'UPDATE events SET chain = NULL, format = NULL WHERE seq = 5'}                     | ${5}  | ${'altered'}
    ${'half a link'}                  | ${'UPDATE events SET chain = zeroblob(16) WHERE seq = 5'}                            | ${5}  | ${'altered'}
    ${'an unknown format'}            | ${'UPDATE events SET format = 3 WHERE seq = 2'}                                      | ${2}  | ${'altered'}
    ${'one event taken out'}          | ${'DELETE FROM events WHERE seq = 4'}                                                | ${4}  | ${'missing'}
    ${'several taken out'}            | ${'DELETE FROM events WHERE seq IN (4, 5, 6)'}                                       | ${4}  | ${'missing'}
    ${'the first taken out'}          | ${'DELETE FROM events WHERE seq < 4'}                                                | ${1}  | ${'missing'}
    ${'taken out and closed up'}      | ${'DELETE FROM events WHERE seq = 4; UPDATE events SET seq = seq - 1 WHERE seq > 4'} | ${4}  | ${'altered'}
    ${'two that changed places'}      | ${SWAP}                                                                              | ${4}  | ${'altered'}
    ${'one put in again at the end'}  | ${COPY}                                                                              | ${11} | ${'altered'}
    ${'one put in before the first'}  | ${putInAs(0, 'zeroblob(32)')}                                                        | ${0}  | ${'altered'}
    ${'one put in long before it'}    | ${`${putInAs(-5, 'chain')}; ${putInAs(0, 'zeroblob(32)')}`}                          | ${-5} | ${'altered'}
    ${'the end cut'}                  | ${CUT}                                                                               | ${8}  | ${'cut'}
    ${'the end cut, numbers as well'} | ${CUT_AND_COUNT}                                                                     | ${8}  | ${'cut'}
    ${'everything cut'}               | ${'DELETE FROM events; DELETE FROM sqlite_sequence'}                                 | ${1}  | ${'cut'}
    ${'sealed anew without the key'}  | ${reseal(4, "UPDATE events SET note = 'changed' WHERE seq = 4")}                     | ${4}  | ${'altered'}
    ${'sealed anew with another key'} | ${reseal(4, "UPDATE events SET note = 'changed' WHERE seq = 4", keyFrom(8))}         | ${4}  | ${'altered'}
    ${'all unsealed'}                 | ${'UPDATE events SET chain = NULL, format = NULL'}                                   | ${10} | ${'replaced'}
    ${'sealed anew with the key'}     | ${reseal(4, "UPDATE events SET note = 'changed' WHERE seq = 4", KEY)}                | ${10} | ${'replaced'}
  `('$what -> $code at $seq', async ({ change, seq, code }) => {
    await written()
    tamper(change)
    const found = await verify()
    expect(found).toMatchObject({ status: 'broken', seq, code })
    expect(found.status === 'broken' && found.because).not.toBe('')
  })

  it('whichever event, and whichever column', async () => {
    await written()
    const untouched = readFileSync(place.path)
    const change = fc.record({
      seq: fc.integer({ min: 1, max: 10 }),
      column: fc.constantFrom(
        ...COLUMNS.filter((name) => !['risk', 'duration_ms', 'degraded', 'enforced'].includes(name)),
      ),
    })
    await fc.assert(
      fc.asyncProperty(change, async ({ seq, column }) => {
        writeFileSync(place.path, untouched)
        tamper(`UPDATE events SET ${column} = coalesce(${column}, '') || 'x' WHERE seq = ${seq}`)
        expect(await verify()).toMatchObject({ status: 'broken', seq, code: 'altered' })
      }),
      { numRuns: 60 },
    )
  })

  it('is not vouched for when it was sealed anew without the key, its head taken away, and written on', async () => {
    await written()
    tamper(reseal(1, "UPDATE events SET note = 'changed' WHERE seq = 4"))
    rmSync(headPath())
    const store = place.open({ key: KEY })
    await store.append([entry()])
    await store.close()
    expect(await verify()).toMatchObject({ status: 'not-verifiable' })
  })

  it('says that the key may be another one when nothing fits', async () => {
    await written()
    expect(await verify(keyFrom(9))).toMatchObject({
      status: 'broken',
      seq: 1,
      because: expect.stringContaining('or the key is not the one it was sealed with'),
    })
  })

  it('without the key still finds what needs none', async () => {
    await written()
    tamper('DELETE FROM events WHERE seq = 4')
    expect(await verify('none')).toMatchObject({ status: 'broken', seq: 4, code: 'missing' })
  })

  it('without any key finds an edit, and not one that made the chain anew', async () => {
    await written('none')
    tamper("UPDATE events SET note = 'changed' WHERE seq = 4")
    expect(await verify('none')).toMatchObject({ status: 'broken', seq: 4 })
    rmSync(headPath())
    tamper(resealed(4, undefined))
    expect(await verify('none')).toMatchObject({ status: 'not-verifiable' })
  })
})

describe('[P13] a long log, in several threads', () => {
  const THREADS = 3
  const inThreads = (options: VerifyOptions = {}, about: Partial<LongLog> = {}) =>
    walkInThreads(
      { path: place.path, first: 1, last: 10, threads: THREADS, ...measureOf(KEY, options), ...about },
      options,
    )
  const against = (): Against => ({ chain: new Chain(KEY), heads: [head()], lastNumber: 10 })

  it('is intact as it was sealed', async () => {
    await written()
    const sections = (await inThreads()) ?? []
    expect(sections).toHaveLength(THREADS)
    expect(verified(sections, against())).toEqual(await verify())
  })

  it.each([1, 2, 4, 5, 7, 10])(
    'is broken at event %i when that was changed, and what follows is not waited for',
    async (seq) => {
      await written()
      tamper(`UPDATE events SET note = 'changed' WHERE seq >= ${seq}`)
      const sections = (await inThreads()) ?? []
      expect(verified(sections, against())).toEqual(await verify())
      expect(sections).toHaveLength(Math.ceil((seq * THREADS) / 10))
    },
  )

  it('tells how far it is, and can be stopped', async () => {
    await written()
    const seen: VerifyProgress[] = []
    await inThreads({ onProgress: (progress) => void seen.push(progress) })
    expect(seen.at(-1)).toEqual({ events: 10, of: 10 })
    const stop = new AbortController()
    const reason = new Error('enough')
    const stopping = expect(inThreads({ signal: stop.signal })).rejects.toBe(reason)
    stop.abort(reason)
    await stopping
    await expect(inThreads({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test.each<{ because: string; about: Partial<LongLog> }>([
    { because: 'one thread is no more than none', about: { threads: 1 } },
    { because: 'a thread can not open the file', about: { path: '/nowhere/audit.db' } },
    { because: 'the log was pruned meanwhile', about: { first: 0 } },
  ])('is left to the thread that asks when $because', async ({ about }) => {
    await written()
    expect(await inThreads({}, about)).toBeUndefined()
  })

  it('is looked at so when there is work enough', () => {
    expect(threadsFor({ first: 1, last: 40_000 })).toBe(0)
    expect(threadsFor({ first: 1, last: 99_999 })).toBeLessThan(2)
    expect(threadsFor({ first: 1, last: 10_000_000 })).toBe(Math.min(8, availableParallelism()))
  })
})

describe('heads', () => {
  it('[P13] a cut end is found against a head that was kept elsewhere, and not without one', async () => {
    await written()
    const kept = head()
    tamper(CUT_AND_COUNT)
    rmSync(headPath())
    expect(await verify()).toMatchObject({ status: 'intact', heads: [] })
    expect(await verify(KEY, { heads: [kept] })).toMatchObject({ status: 'broken', seq: 8, code: 'cut' })
  })

  it('[P13] so is an older state that was put back and written on', async () => {
    await written()
    const older = readFileSync(place.path)
    const store = place.open({ key: KEY })
    await store.append(entries(2))
    await store.close()
    const kept = head()
    writeFileSync(place.path, older)
    rmSync(headPath())
    const again = place.open({ key: KEY })
    await again.append(entries(5))
    await again.close()
    expect(await verify()).toMatchObject({ status: 'intact' })
    expect(await verify(KEY, { heads: [kept] })).toMatchObject({ status: 'broken', seq: 12, code: 'replaced' })
  })

  it('[P15] the file is private, and holds one head', async () => {
    const before = process.umask(0o777)
    try {
      await written()
    } finally {
      process.umask(before)
    }
    expect(modeOf(headPath())).toBe('600')
    expect(readFileSync(headPath(), 'utf8')).toBe(checkpointText(head()))
  })

  it('a file that holds none is named, and not replaced', async () => {
    await written()
    writeFileSync(headPath(), 'seven')
    await expect(verify()).rejects.toThrow(/audit\.db\.head' is not a head of an audit log\. Move it away/)
    await expect(verify()).rejects.toThrow(SentinelAuditUnavailableError)
    const troubles: string[] = []
    const store = place.open({ key: KEY, onTrouble: (message) => void troubles.push(message) })
    await store.append([entry()])
    await store.close()
    expect(troubles).toEqual([expect.stringContaining('is not a head of an audit log')])
    expect(readFileSync(headPath(), 'utf8')).toBe('seven')
  })

  it('[P13] a head that the log contradicts is evidence: it is told, once, and stays', async () => {
    await written()
    const kept = readFileSync(headPath(), 'utf8')
    tamper(CUT_AND_COUNT)
    const troubles: string[] = []
    const store = place.open({ key: KEY, onTrouble: (message) => void troubles.push(message) })
    await store.append([entry()])
    await place.clock.advance(1_000)
    await store.append(entries(9))
    await place.clock.advance(1_000)
    await store.close()
    expect(troubles).toEqual([expect.stringContaining('names event 10, which is not in the log as it was')])
    expect(readFileSync(headPath(), 'utf8')).toBe(kept)
    expect(await verify()).toMatchObject({ status: 'broken', seq: 10, code: 'replaced' })
  })

  it('go to whoever wants them: soon after a commit, and every minute when nothing is written', async () => {
    const heads: Checkpoint[] = []
    const store = place.open({ key: KEY, onCheckpoint: (checkpoint) => void heads.push(checkpoint) })
    await store.append(entries(3))
    expect(heads).toEqual([])
    await store.append(entries(2))
    await place.clock.advance(1_000)
    expect(heads).toEqual([{ seq: 5, count: 5, digest: expect.any(String), time: '2026-01-05T09:00:01.000Z' }])
    expect(heads).toEqual([head()])
    await place.clock.advance(120_000)
    expect(heads.map(({ seq, time }) => [seq, time.slice(14, 19)])).toEqual([
      [5, '00:01'],
      [5, '01:01'],
      [5, '02:01'],
    ])
    await store.append([entry()])
    await store.close()
    expect(heads.at(-1)?.seq).toBe(6)
    await place.clock.advance(600_000)
    expect(heads).toHaveLength(4)
  })

  it('[P24] are not waited for without end: whoever never takes one keeps no store from closing', async () => {
    const troubles: string[] = []
    const onTrouble = (message: string): void => void troubles.push(message)
    const store = place.open({ onCheckpoint: () => new Promise(() => undefined), onTrouble })
    await store.append([entry()])
    const closing = store.close()
    await place.clock.advance(5_000)
    await closing
    expect(troubles).toEqual([expect.stringContaining('had not done so after 5000 ms')])
  })

  it('[P15] no link is followed to a head, nor replaced by one', async () => {
    await written()
    renameSync(headPath(), `${place.path}.elsewhere`)
    symlinkSync(`${place.path}.elsewhere`, headPath())
    await expect(verify()).rejects.toThrow(/audit\.db\.head' is a symbolic link, expected a file\. Move it away/)
    const troubles: string[] = []
    const store = place.open({ key: KEY, onTrouble: (message) => void troubles.push(message) })
    await store.append([entry()])
    await store.close()
    expect(troubles).toEqual([expect.stringContaining('is a symbolic link')])
    expect(lstatSync(headPath()).isSymbolicLink()).toBe(true)
  })

  it('[P25] whoever takes them and fails stops nothing', async () => {
    const troubles: string[] = []
    const onCheckpoint = async (): Promise<void> => Promise.reject(new Error('no network'))
    const store = place.open({ onCheckpoint, onTrouble: (message) => void troubles.push(message) })
    await store.append([entry()])
    await place.clock.advance(120_000)
    expect(troubles).toEqual(['The head of the audit log could not be published: no network'])
    expect(existsSync(headPath())).toBe(true)
    await store.close()
  })
})

describe('a pruned log', () => {
  const at = (day: number, about = {}) => entry({ time: `2026-01-0${day}T00:00:00.000Z`, ...about })

  async function pruned(): Promise<void> {
    const store = place.open({ key: KEY })
    await store.append([at(1), at(1), at(1), at(2), at(3), at(4)])
    await store.prune({ before: '2026-01-03' })
    await store.append([at(5)])
    await store.close()
  }

  it('[P13] is intact, and stays so when it is pruned again', async () => {
    await pruned()
    expect(await verify()).toMatchObject({ status: 'intact', firstSeq: 5, lastSeq: 8 })
    const store = place.open({ key: KEY })
    await store.prune({ before: '2026-01-04' })
    await store.close()
    expect(await verify()).toMatchObject({ status: 'intact', firstSeq: 6, lastSeq: 9 })
  })

  it('is held against heads from before: what was pruned is told by whoever has the key', async () => {
    await written()
    const kept = head()
    const store = place.open({ key: KEY })
    await store.prune({ before: '2026-01-06' })
    await store.close()
    expect(await verify(KEY, { heads: [kept] })).toMatchObject({ status: 'intact', firstSeq: 11 })
  })

  test.each`
    what                                | change                                                                                                                 | seq  | code
    ${'more taken out'}                 | ${'DELETE FROM events WHERE seq = 5'}                                                                                  | ${5} | ${'missing'}
    ${'one put in before'}              | ${`INSERT INTO events (seq, ${COLUMNS}, format, chain) SELECT 4, ${COLUMNS}, format, chain FROM events WHERE seq = 5`} | ${5} | ${'altered'}
    ${'the first that is left changed'} | ${"UPDATE events SET note = 'x' WHERE seq = 5"}                                                                        | ${5} | ${'altered'}
    ${'the story of it changed'}        | ${"UPDATE events SET params = replace(params, '4', '5') WHERE seq = 7"}                                                | ${7} | ${'altered'}
    ${'the story of it taken out'}      | ${'DELETE FROM events WHERE seq = 7'}                                                                                  | ${7} | ${'missing'}
  `('$what -> $code at $seq', async ({ change, seq, code }) => {
    await pruned()
    tamper(change)
    expect(await verify()).toMatchObject({ status: 'broken', seq, code })
  })

  it('overwrites what was pruned', async () => {
    const store = place.open({ key: KEY })
    await store.append([at(1, { note: 'a long forgotten sentence' }), at(5)])
    await store.prune({ before: '2026-01-03' })
    await store.close()
    expect(readFileSync(place.path).includes('a long forgotten sentence')).toBe(false)
  })

  it('refuses deletes as before', async () => {
    await pruned()
    const database = place.connect()
    expect(() => database.exec('DELETE FROM events')).toThrow(/append-only/)
    database.close()
  })
})

describe('a log from before there was a chain', () => {
  it('is read and written on, and its old events are not vouched for', async () => {
    await written()
    tamper((database) => {
      database.exec(
        'UPDATE events SET note = NULL; ALTER TABLE events DROP COLUMN chain; ALTER TABLE events DROP COLUMN format;',
      )
      const later = database
        .prepare<[], string>(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('events', 'sqlite_sequence', 'baseline_head', 'baseline_rows')",
        )
        .pluck()
      for (const table of later.all()) database.exec(`DROP TABLE ${table}`)
      database.pragma('user_version = 2')
    })
    rmSync(headPath())
    const store = place.open({ key: KEY })
    expect(await store.append([entry()])).toEqual({ status: 'stored', lastSeq: 11 })
    await store.close()
    expect(await verify()).toMatchObject({
      status: 'not-verifiable',
      because: 'the first 10 events were written before there was a chain',
    })
    tamper('UPDATE events SET chain = NULL, format = NULL WHERE seq = 11')
    tamper("UPDATE events SET note = 'x' WHERE seq = 11")
    expect(await verify()).toMatchObject({ status: 'broken', code: 'replaced', seq: 11 })
  })
})
