import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditStore } from '../../../src/audit/store.ts'
import type { Reservation } from '../../../src/domain/window.ts'
import { SentinelAuditUnavailableError } from '../../../src/errors.ts'
import { callId, entry } from '../entries.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

let place: SqlitePlace
let latest: BetterSqlite3.Database
/** What SQLite was told, and at which `PRAGMA synchronous` it committed. */
let statements: string[]
let committedAt: unknown[]
let failing: (statement: number) => boolean

class Watched extends BetterSqlite3 {
  #level = 'unset'

  constructor(path: string, options?: BetterSqlite3.Options) {
    super(path, { ...options, verbose: (sql) => this.#told(String(sql)) })
    latest = this
  }

  #told(sql: string): void {
    statements.push(sql)
    if (failing(statements.length)) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' })
    this.#level = /^PRAGMA synchronous = (\w+)/.exec(sql)?.[1] ?? this.#level
    if (sql === 'COMMIT') committedAt.push(this.#level)
  }
}

beforeEach(() => {
  place = sqlitePlace()
  statements = []
  committedAt = []
  failing = () => false
})
afterEach(() => place.remove())

const opened = async (): Promise<AuditStore> => {
  const store = place.open({ durability: 'full' }, Watched)
  await store.open()
  statements = []
  committedAt = []
  return store
}
const reservation = (id: string): Reservation => ({
  callId: callId(id),
  entries: [{ counter: 'c', amount: undefined, keepMs: 1_000 }],
  questions: [{ key: 'k', counter: 'c', windowMs: 1_000, of: 'calls', atLeast: 2 }],
  holdMs: 300,
  waitMs: 400,
  now: place.clock.now(),
  steadyMs: undefined,
})

describe('reservations with full durability', () => {
  it('[P21] of one turn share one transaction, each seeing those before it', async () => {
    const store = await opened()
    const reserved = await Promise.all(['a', 'b', 'c'].map((id) => store.reserve(reservation(id))))
    expect(reserved.map(({ usage }) => usage.get('k'))).toEqual([false, false, true])
    await Promise.all(['a', 'b', 'c'].map((id) => store.release(callId(id))))
    expect(committedAt).toHaveLength(2)
    await store.close()
  })

  it('[P10] are written without a sync of their own, and the decision that follows has one', async () => {
    const store = await opened()
    await store.reserve(reservation('a'))
    await store.append([entry({ callId: callId('a') })])
    await store.release(callId('a'))
    await store.append([entry()])
    expect(committedAt).toEqual(['normal', 'full', 'normal', 'full'])
    await store.close()
  })

  const statementsInAll = 40
  it.each(Array.from({ length: statementsInAll }, (_, index) => index + 1))(
    '[P10] [P11] whichever statement fails, number %i, the next decision has its sync',
    async (n) => {
      const store = await opened()
      failing = (number) => number === n
      const outcome = await Promise.allSettled([store.reserve(reservation('a'))])
      const [failed] = outcome.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      if (failed !== undefined) expect(failed).toBeInstanceOf(SentinelAuditUnavailableError)
      failing = () => false
      committedAt = []
      await store.append([entry()])
      expect(committedAt.at(-1)).toBe('full')
      expect(latest.pragma('synchronous', { simple: true })).toBe(2)
      await store.close()
    },
  )

  it('has no more statements than were tried', async () => {
    const store = await opened()
    await store.reserve(reservation('a'))
    expect(statements.length).toBeGreaterThan(8)
    expect(statements.length).toBeLessThan(statementsInAll)
    await store.close()
  })
})
