import { setImmediate as aTurn } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GroupCommit } from '../../../src/audit/sqlite/group-commit.ts'
import type { AuditStore } from '../../../src/audit/store.ts'
import { SentinelAuditUnavailableError } from '../../../src/errors.ts'
import { settle } from '../../support/fake-clock.ts'
import { callId, entry } from '../entries.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

let place: SqlitePlace
let store: AuditStore
const statements: string[] = []

/** SQLite that writes down what it is told. */
class Watched extends BetterSqlite3 {
  constructor(path: string, options?: BetterSqlite3.Options) {
    super(path, { ...options, verbose: (sql) => void statements.push(String(sql)) })
  }
}

beforeEach(async () => {
  place = sqlitePlace()
  store = place.open({}, Watched)
  await store.open()
  statements.length = 0
})
afterEach(async () => {
  await store.close()
  place.remove()
})

const commits = (): number => statements.filter((sql) => sql === 'COMMIT').length
const append = (tool: string) => store.append([entry({ tool })])

describe('calls that wait in the same turn', () => {
  it('share one transaction', async () => {
    await Promise.all(['a', 'b', 'c'].map(append))
    expect(commits()).toBe(1)
  })

  it('also when each has some way to go before it waits', async () => {
    const call = async (tool: string): Promise<void> => {
      for (let step = 0; step < 7; step++) await undefined
      await append(tool)
    }
    await Promise.all(['a', 'b', 'c', 'd'].map(call))
    expect(commits()).toBe(1)
  })

  it('in turns of their own have transactions of their own', async () => {
    for (const tool of ['a', 'b', 'c']) await append(tool)
    expect(commits()).toBe(3)
  })

  it('begin with the lock, so that none reads what another process is about to change', async () => {
    await append('a')
    expect(statements.find((sql) => sql.startsWith('BEGIN'))).toBe('BEGIN IMMEDIATE')
  })

  it('[P22] leave the event loop its turns, also where each waits only for the one before', async () => {
    let turns = 0
    let working = true
    const turn = (): void => {
      turns++
      if (working) setImmediate(turn)
    }
    setImmediate(turn)
    for (let call = 0; call < 100; call++) await append('a')
    working = false
    expect(turns).toBeGreaterThan(10)
  })

  it('[P10] are acknowledged after the commit, none before', async () => {
    const seen: string[] = []
    const appends = ['a', 'b'].map((tool) => append(tool).then(() => seen.push(`${tool} after ${commits()}`)))
    await Promise.all(appends)
    expect(seen).toEqual(['a after 1', 'b after 1'])
  })

  it('claim their calls in the order they came', async () => {
    const claim = (tool: string) =>
      store.append([entry({ tool, callId: callId('call-1') })], { claim: callId('call-1') })
    const [first, second] = await Promise.all([claim('a'), claim('b')])
    expect(first).toMatchObject({ status: 'stored' })
    expect(second).toMatchObject({ status: 'call-known', decided: { tool: 'a' } })
    expect(commits()).toBe(1)
  })

  it('are a thousand at most in one transaction', async () => {
    await Promise.all(Array.from({ length: 2_500 }, (_, index) => append(String(index))))
    expect(commits()).toBe(3)
  })

  it('do not suffer for one that can not be stored', async () => {
    const database = place.connect()
    database.exec(
      "CREATE TRIGGER no_b BEFORE INSERT ON events WHEN NEW.tool = 'b' BEGIN SELECT RAISE(ABORT, 'no b'); END",
    )
    database.close()
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map(append))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((await store.query({ order: 'oldest-first' })).map(({ tool }) => tool)).toEqual(['a', 'c'])
    expect((await store.verify()).status).not.toBe('broken')
  })

  it('an entry that lacks what it must have is refused before it meets the others', async () => {
    const broken = store.append([{ ...entry(), id: undefined as never }])
    await Promise.all([append('a'), expect(broken).rejects.toThrow(SentinelAuditUnavailableError)])
    expect(await store.query()).toHaveLength(1)
  })

  it('closing stores them all', async () => {
    const appends = Promise.all(['a', 'b'].map(append))
    await store.close()
    await appends
    await settle()
    store = place.open({ readOnly: true })
    expect(await store.query()).toHaveLength(2)
  })
})

describe('many calls, where another thread stores', () => {
  /** Calls one after another by each of so many callers, and what happened in which order. */
  async function turns(callers: number, calls: number): Promise<readonly string[]> {
    const seen: string[] = []
    const group = new GroupCommit<number, { unit: number }>(async (units) => {
      seen.push(`commit ${units.length}`)
      await aTurn()
      return units.map((unit) => ({ unit }))
    }, 'another-thread')
    const caller = async (unit: number): Promise<void> => {
      for (let call = 0; call < calls; call++) {
        expect(await group.add(unit, 0)).toEqual({ unit })
        if (unit % callers === 0) seen.push('told the first')
      }
    }
    await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)))
    await group.empty()
    return seen
  }

  it('are taken in two halves: the second is handed over before the callers of the first go on', async () => {
    expect(await turns(64, 1)).toEqual(['commit 32', 'commit 32', 'told the first'])
    const twice = await turns(64, 2)
    expect(twice).toEqual(['commit 32', 'commit 32', 'told the first', 'commit 32', 'commit 32', 'told the first'])
  })

  it('are not, when there are few', async () => {
    expect(await turns(31, 2)).toEqual(['commit 31', 'told the first', 'commit 31', 'told the first'])
  })
})
