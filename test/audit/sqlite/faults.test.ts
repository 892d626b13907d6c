import { mkdirSync, rmdirSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assembleStore } from '../../../src/audit/sqlite/assemble.ts'
import type { Driver } from '../../../src/audit/sqlite/open.ts'
import { createSqliteStore } from '../../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../../src/audit/store.ts'
import { SentinelAuditUnavailableError } from '../../../src/errors.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'
import { callId, entries, entry } from '../entries.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

let place: SqlitePlace
beforeEach(() => {
  place = sqlitePlace()
})
afterEach(() => place.remove())

/** What became of a promise so far. */
function watched(work: Promise<unknown>): { state: 'waiting' | 'done' | 'failed'; error?: unknown } {
  const seen: { state: 'waiting' | 'done' | 'failed'; error?: unknown } = { state: 'waiting' }
  work.then(
    () => {
      seen.state = 'done'
    },
    (error: unknown) => {
      seen.state = 'failed'
      seen.error = error
    },
  )
  return seen
}

/** SQLite as it is, told before each statement, `BEGIN` and `COMMIT` included; what `before` throws, the statement throws. */
const driverThat = (before: (sql: string) => void): Driver =>
  class extends BetterSqlite3 {
    constructor(path: string, options?: BetterSqlite3.Options) {
      super(path, { ...options, verbose: (sql) => before(String(sql)) })
    }
  }

class FailingDriver {
  statements = 0
  failing: (statement: number) => boolean = () => false
  readonly driver: Driver = driverThat(() => {
    if (this.failing(++this.statements)) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' })
  })
}

/** One append, one that is claimed, a query. Resolves to how many appends were acknowledged. */
async function work(store: AuditStore): Promise<number> {
  const appends = [
    () => store.append(entries(3, { tool: 'three' })),
    () => store.append(entries(2, { tool: 'two', callId: callId('call-1') }), { claim: callId('call-1') }),
  ]
  let acknowledged = 0
  for (const append of appends) {
    await append().then(
      () => acknowledged++,
      (error: unknown) => expect(error).toBeInstanceOf(SentinelAuditUnavailableError),
    )
    await store.query().catch((error: unknown) => expect(error).toBeInstanceOf(SentinelAuditUnavailableError))
  }
  return acknowledged
}

const statementsInAll = await (async () => {
  const own = sqlitePlace()
  const counting = new FailingDriver()
  const store = own.open({}, counting.driver)
  await work(store)
  await store.close()
  own.remove()
  return counting.statements
})()
const everyStatement = Array.from({ length: statementsInAll }, (_, index) => index + 1)

describe('a statement fails', () => {
  it('there is something to fail', () => expect(statementsInAll).toBeGreaterThan(15))

  it.each(everyStatement)('[P11] statement %i alone: nothing is half written, and the next append works', async (n) => {
    const failing = new FailingDriver()
    const store = place.open({}, failing.driver)
    failing.failing = (statement) => statement === n
    const acknowledged = await work(store)
    failing.failing = () => false
    expect(acknowledged).toBeGreaterThanOrEqual(1)
    await store.append([entry({ tool: 'after' })])
    await expectWholeAppends(store)
    await store.close()
  })

  it.each(everyStatement)('[P11] all from statement %i on, until the cause is gone', async (n) => {
    const failing = new FailingDriver()
    const store = place.open({}, failing.driver)
    failing.failing = (statement) => statement >= n
    const acknowledged = await work(store)
    failing.failing = () => false
    await store.append([entry({ tool: 'after' })])
    const tools = await expectWholeAppends(store)
    // Nothing that was acknowledged is lost.
    expect(tools.filter((tool) => tool === 'three' || tool === 'two').length).toBeGreaterThanOrEqual(acknowledged)
    await store.close()
  })

  async function expectWholeAppends(store: AuditStore): Promise<readonly (string | undefined)[]> {
    const tools = (await store.query({ order: 'oldest-first' })).map(({ tool }) => tool)
    const count = (wanted: string): number => tools.filter((tool) => tool === wanted).length
    expect([0, 3]).toContain(count('three'))
    expect([0, 2]).toContain(count('two'))
    expect(count('after')).toBe(1)
    return tools
  }
})

describe('the place can not be written for a while', () => {
  /** A store, and the connection it uses, to spoil its surroundings with. */
  const spoiltStore = async (): Promise<{ store: AuditStore; pragma: (text: string) => void }> => {
    let latest: BetterSqlite3.Database | undefined
    class Caught extends BetterSqlite3 {
      constructor(path: string, options?: BetterSqlite3.Options) {
        super(path, options)
        latest = this
        for (const pragma of spoilt) this.pragma(pragma)
      }
    }
    const spoilt: string[] = []
    const store = place.open({}, Caught)
    await store.append([entry({ tool: 'before' })])
    const pragma = (text: string): void => {
      spoilt.length = 0
      spoilt.push(text)
      if (latest?.open) latest.pragma(text)
    }
    return { store, pragma }
  }

  it('[P11] a full disk is named, and service resumes when there is space', async () => {
    const { store, pragma } = await spoiltStore()
    pragma('max_page_count = 8')
    const fill = async (): Promise<void> => {
      for (let count = 0; count < 1_000; count++) await store.append([entry({ note: 'x'.repeat(5_000) })])
    }
    await expect(fill()).rejects.toThrow(/no space left \(SQLITE_FULL.*Free some space/)
    await expect(store.append(entries(3, { note: 'x'.repeat(50_000), tool: 'large' }))).rejects.toThrow(
      SentinelAuditUnavailableError,
    )
    // What is there can still be read.
    expect(await store.query({ tool: 'before' })).toHaveLength(1)
    expect(await store.query({ tool: 'large' })).toEqual([])
    pragma('max_page_count = 1000000')
    await store.append(entries(3, { note: 'x'.repeat(50_000), tool: 'large' }))
    expect(await store.query({ tool: 'large' })).toHaveLength(3)
    await store.close()
  })

  it('[P11] a read-only place is named with what to do, and service resumes when it can be written', async () => {
    const { store, pragma } = await spoiltStore()
    pragma('query_only = ON')
    await expect(store.append([entry({ tool: 'lost' })])).rejects.toThrow(
      /audit\.db can not be used: the place can not be written \(SQLITE_READONLY.*`auditLogPath`.*`store:`.*`auditLog: false`/,
    )
    pragma('query_only = OFF')
    await store.append([entry({ tool: 'after' })])
    expect((await store.query({ order: 'oldest-first' })).map(({ tool }) => tool)).toEqual(['before', 'after'])
    await store.close()
  })

  it('[P11] a read-only place is found out by open, not by the first call', async () => {
    await place.open().open()
    class ReadOnly extends BetterSqlite3 {
      constructor(path: string, options?: BetterSqlite3.Options) {
        super(path, { ...options, readonly: true })
      }
    }
    await expect(place.open({}, ReadOnly).open()).rejects.toThrow(/the place can not be written/)
  })

  it('[P11] something in the way of the file', async () => {
    mkdirSync(place.path, { recursive: true })
    const store = place.open()
    await expect(store.append([entry()])).rejects.toThrow(SentinelAuditUnavailableError)
    await expect(store.query()).rejects.toThrow(SentinelAuditUnavailableError)
    rmdirSync(place.path)
    await store.append([entry()])
    expect(await store.query()).toHaveLength(1)
    await store.close()
  })

  it('[P11] SQLite can not be loaded', async () => {
    let installed = false
    const load = async (): Promise<Driver> => {
      if (!installed)
        throw Object.assign(new Error("Cannot find package 'better-sqlite3'"), { code: 'ERR_MODULE_NOT_FOUND' })
      return BetterSqlite3
    }
    const store = assembleStore({ path: place.path, clock: place.clock, writer: 'inline' }, load)
    await expect(store.open()).rejects.toThrow(/better-sqlite3 can not be loaded .*npm rebuild better-sqlite3/)
    installed = true
    await store.append([entry()])
    await store.close()
  })

  it('loads SQLite by itself when it is not handed in', async () => {
    const store = createSqliteStore({ path: place.path, clock: place.clock, writer: 'inline' })
    await store.append([entry()])
    expect(await store.query()).toHaveLength(1)
    await store.close()
  })
})

describe('another program holds the lock', () => {
  it('[P11] waits for it, and stores when it is released, in the order of the calls', async () => {
    const store = place.open()
    await store.open()
    const other = place.connect()
    other.exec('BEGIN EXCLUSIVE')
    const waiting = watched(Promise.all(['a', 'b', 'c'].map((tool) => store.append([entry({ tool })]))))
    await settle()
    await place.clock.advance(2_000)
    expect(waiting.state).toBe('waiting')
    other.exec('ROLLBACK')
    await place.clock.advance(100)
    expect(waiting.state).toBe('done')
    expect((await store.query({ order: 'oldest-first' })).map(({ tool }) => tool)).toEqual(['a', 'b', 'c'])
    other.close()
    await store.close()
  })

  it('[P11] gives up after five seconds, all that waited, and works again after', async () => {
    const store = place.open()
    await store.open()
    const other = place.connect()
    other.exec('BEGIN EXCLUSIVE')
    const waiting = Array.from({ length: 20 }, () => watched(store.append([entry()])))
    await settle()
    await place.clock.advance(4_900)
    expect(waiting.map(({ state }) => state)).toEqual(waiting.map(() => 'waiting'))
    await place.clock.advance(200)
    expect(waiting.map(({ state }) => state)).toEqual(waiting.map(() => 'failed'))
    for (const { error } of waiting) {
      expect(error).toBeInstanceOf(SentinelAuditUnavailableError)
      expect((error as Error).message).toContain('another program keeps it locked')
    }
    other.exec('ROLLBACK')
    await store.append([entry()])
    expect(await store.query()).toHaveLength(1)
    other.close()
    await store.close()
  })

  it('[P11] tries no more when the process stood still meanwhile: what was counted of the call may have lapsed', async () => {
    class StoppedClock extends FakeClock {
      stoppedMs = 0
      override monotonicMs(): number {
        return super.monotonicMs() + this.stoppedMs
      }
    }
    const clock = new StoppedClock()
    const store = place.open({ clock })
    await store.open()
    const other = place.connect()
    other.exec('BEGIN EXCLUSIVE')
    const waiting = watched(store.append([entry({ tool: 'late' })]))
    await settle()
    clock.stoppedMs = 80_000
    other.exec('ROLLBACK')
    await clock.advance(100)
    expect(waiting.state).toBe('failed')
    expect(waiting.error).toMatchObject({ message: expect.stringContaining('stood still for too long') })
    await store.append([entry({ tool: 'next' })])
    expect((await store.query()).map(({ tool }) => tool)).toEqual(['next'])
    other.close()
    await store.close()
  })

  it('[P11] opening waits as well', async () => {
    await place.open().open()
    const other = place.connect()
    other.exec('BEGIN EXCLUSIVE')
    const store = place.open()
    const opening = watched(store.open())
    await settle()
    await place.clock.advance(1_000)
    expect(opening.state).toBe('waiting')
    other.exec('COMMIT')
    await place.clock.advance(100)
    expect(opening.state).toBe('done')
    other.close()
    await store.close()
  })

  it('what is stored can be read meanwhile', async () => {
    const store = place.open()
    await store.append([entry()])
    const other = place.connect()
    other.exec('BEGIN IMMEDIATE')
    expect(await store.query()).toHaveLength(1)
    other.close()
    await store.close()
  })

  it('closing waits for what was handed in', async () => {
    const store = place.open()
    await store.open()
    const other = place.connect()
    other.exec('BEGIN EXCLUSIVE')
    const append = watched(store.append([entry({ tool: 'last' })]))
    const closing = watched(store.close())
    await settle()
    expect([append.state, closing.state]).toEqual(['waiting', 'waiting'])
    other.exec('ROLLBACK')
    await place.clock.advance(100)
    expect([append.state, closing.state]).toEqual(['done', 'done'])
    expect(other.prepare('SELECT tool FROM events').pluck().all()).toEqual(['last'])
    other.close()
  })

  it('[P24] takes no more than ten thousand writes while it waits', async () => {
    const store = place.open()
    await store.open()
    const other = place.connect()
    other.exec('BEGIN EXCLUSIVE')
    const waiting = Array.from({ length: 10_000 }, () => store.append([entry()]))
    await expect(store.append([entry()])).rejects.toThrow(/10000 writes wait/)
    other.exec('ROLLBACK')
    await settle()
    await place.clock.advance(100)
    await Promise.all(waiting)
    expect(other.prepare('SELECT count(*) FROM events').pluck().get()).toBe(10_000)
    other.close()
    await store.close()
  })
})
