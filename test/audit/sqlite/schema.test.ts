import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { eventFilter } from '../../../src/audit/filter.ts'
import type { Driver } from '../../../src/audit/sqlite/open.ts'
import { COLUMNS } from '../../../src/audit/sqlite/row.ts'
import { NEWEST_VERSION } from '../../../src/audit/sqlite/schema.ts'
import { FIND_DECISIONS, selectEvents } from '../../../src/audit/sqlite/statements.ts'
import { originalText, storableText } from '../../../src/audit/sqlite/text.ts'
import type { AuditQuery } from '../../../src/audit/store.ts'
import type { Durability } from '../../../src/domain/settings.ts'
import { SentinelAuditUnavailableError } from '../../../src/errors.ts'
import { anyText, callId, entries, entry } from '../entries.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

let place: SqlitePlace
beforeEach(async () => {
  place = sqlitePlace()
})
afterEach(() => place.remove())

async function filled(): Promise<BetterSqlite3.Database> {
  const store = place.open()
  await store.append(entries(10, { callId: callId('call-1') }))
  await store.close()
  return place.connect()
}

describe('the table', () => {
  it('has one column for each field, and refuses what its columns do not hold', async () => {
    const database = await filled()
    const columns = database.prepare("SELECT name FROM pragma_table_info('events')").pluck().all()
    expect(columns.toSorted()).toEqual(['seq', ...COLUMNS, 'format', 'chain'].toSorted())
    expect(database.prepare("SELECT strict FROM pragma_table_list WHERE name = 'events'").pluck().get()).toBe(1)
    database.close()
  })

  it.each(["UPDATE events SET tool = 'other'", 'DELETE FROM events', 'UPDATE events SET risk = 0 WHERE seq = 3'])(
    'is append-only: %s',
    async (sql) => {
      const database = await filled()
      expect(() => database.exec(sql)).toThrow(/append-only/)
      expect(database.prepare("SELECT count(*) FROM events WHERE tool = 'pay'").pluck().get()).toBe(10)
      database.close()
    },
  )

  it('never uses a sequence number again', async () => {
    const database = await filled()
    database.exec('DROP TRIGGER events_no_delete; DELETE FROM events WHERE seq > 5')
    database.close()
    const store = place.open()
    expect(await store.append([entry()])).toEqual({ status: 'stored', lastSeq: 11 })
    await store.close()
  })

  it('can be read with SQL alone', async () => {
    const store = place.open()
    await store.append([entry({ params: { amount: 50, to: 'bob@example.com' }, ruleIds: ['limit'] })])
    await store.close()
    const database = place.connect()
    expect(
      database
        .prepare("SELECT tool, event, params ->> 'amount' AS amount, rule_ids ->> 0 AS rule, signals FROM events")
        .all(),
    ).toEqual([{ tool: 'pay', event: 'allow', amount: 50, rule: 'limit', signals: null }])
    database.close()
  })

  it('names the event that was made unreadable, and reads the others', async () => {
    const database = await filled()
    database.exec("DROP TRIGGER events_no_update; UPDATE events SET params = '[oops' WHERE seq = 4")
    database.close()
    const store = place.open()
    await expect(store.query()).rejects.toThrow(/Event 4 of the audit log at .* can not be read/)
    await expect(store.query()).rejects.toThrow(SentinelAuditUnavailableError)
    expect(await store.query({ before: 4 })).toHaveLength(3)
    await store.close()
  })
})

describe('an older log', () => {
  const FIRST = `CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, ${COLUMNS.filter(
    (name) => name !== 'details',
  )
    .map((name) => `${name} TEXT`)
    .join(', ')});
    CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    INSERT INTO events (id, time, event, degraded, enforced) VALUES ('old', '2026-01-01T00:00:00.000Z', 'fault', 0, 1);
    PRAGMA application_id = ${0x5367414c}; PRAGMA user_version = 1`
  const older = (): BetterSqlite3.Database => {
    mkdirSync(dirname(place.path))
    const database = place.connect()
    database.exec(FIRST)
    return database
  }

  it('is brought up to date when it is opened, and keeps what it holds', async () => {
    older().close()
    const store = place.open()
    await store.append([entry()])
    expect((await store.query({ order: 'oldest-first' })).map(({ seq, id }) => [seq, id === 'old'])).toEqual([
      [1, true],
      [2, false],
    ])
    await store.close()
    const database = place.connect()
    expect(database.pragma('user_version', { simple: true })).toBe(NEWEST_VERSION)
    database.close()
  })

  it('[P11] stays as it was when a step fails', async () => {
    const database = older()
    // The second column of the step is there already.
    database.exec('ALTER TABLE events ADD COLUMN chain BLOB')
    database.close()
    await expect(place.open().open()).rejects.toThrow(/duplicate column name: chain/)
    const after = place.connect()
    expect(after.pragma('user_version', { simple: true })).toBe(1)
    expect(after.prepare("SELECT count(*) FROM pragma_table_info('events') WHERE name = 'format'").pluck().get()).toBe(
      0,
    )
    after.close()
  })

  it('is not read as it is: only who may write brings it up to date', async () => {
    older().close()
    await expect(place.open({ readOnly: true }).query()).rejects.toThrow(
      `written by an older version (schema 1, this version reads ${NEWEST_VERSION})`,
    )
  })
})

describe('query plans', () => {
  const planOf = async (sql: string, cells: readonly unknown[]): Promise<string> => {
    const database = await filled()
    const steps = database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...cells)
    database.close()
    return steps.map(({ detail }) => detail).join('; ')
  }

  it('the look for a decided call uses its index, and does not sort', async () => {
    expect(await planOf(FIND_DECISIONS, ['call-1'])).toBe('SEARCH events USING INDEX events_by_call (call_id=?)')
  })

  test.each`
    query                                   | plan
    ${{}}                                   | ${'SCAN events'}
    ${{ order: 'oldest-first' }}            | ${'SCAN events'}
    ${{ after: 5 }}                         | ${'SEARCH events USING INTEGER PRIMARY KEY (rowid>?)'}
    ${{ before: 5, after: 2 }}              | ${'SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'}
    ${{ since: '2026-01-05', minRisk: 4 }}  | ${'SCAN events'}
    ${{ tool: 'pay' }}                      | ${'SEARCH events USING INDEX events_by_tool (tool=?)'}
    ${{ tool: 'pay', since: '2026-01-05' }} | ${'SEARCH events USING INDEX events_by_tool (tool=?)'}
    ${{ tool: 'pay', before: 5 }}           | ${'SEARCH events USING INDEX events_by_tool (tool=? AND seq<?)'}
    ${{ callId: 'call-1' }}                 | ${'SEARCH events USING INDEX events_by_call (call_id=?)'}
    ${{ callId: 'call-1', tool: 'pay' }}    | ${'SEARCH events USING INDEX events_by_call (call_id=?)'}
  `('$query: $plan, without a sort', async ({ query, plan }: { query: AuditQuery; plan: string }) => {
    const { sql, cells } = selectEvents(eventFilter(query))
    expect(await planOf(sql, cells)).toBe(plan)
  })

  it('a choice of events adds no sort', async () => {
    const { sql, cells } = selectEvents(eventFilter({ event: ['allow', 'warn'] }))
    expect(await planOf(sql, cells)).not.toContain('TEMP B-TREE')
  })

  it('there are two indexes beyond the key', async () => {
    const database = await filled()
    expect(database.prepare("SELECT count(*) FROM pragma_index_list('events')").pluck().get()).toBe(2)
    database.close()
  })
})

describe('durability', () => {
  const connections: BetterSqlite3.Database[] = []
  const Caught: Driver = class extends BetterSqlite3 {
    constructor(path: string, options?: BetterSqlite3.Options) {
      super(path, options)
      connections.push(this)
    }
  }

  test.each`
    durability  | synchronous
    ${'full'}   | ${2}
    ${'normal'} | ${1}
  `('[P10] $durability holds at the first open and at every later one', async ({ durability, synchronous }) => {
    for (const other of ['full', 'normal'] as const) {
      for (const chosen of [other, durability as Durability]) {
        const store = place.open({ durability: chosen }, Caught)
        await store.append([entry()])
        if (chosen === durability) {
          expect(connections.at(-1)?.pragma('synchronous', { simple: true })).toBe(synchronous)
          expect(connections.at(-1)?.pragma('journal_mode', { simple: true })).toBe('wal')
        }
        await store.close()
      }
    }
  })

  it('[P10] a SQLite that does not take the setting is refused', async () => {
    const Deaf: Driver = class extends BetterSqlite3 {
      override pragma(source: string, options?: BetterSqlite3.PragmaOptions): unknown {
        return source.startsWith('synchronous =') ? undefined : super.pragma(source, options)
      }
    }
    await place.open().append([entry()])
    await expect(place.open({ durability: 'full' }, Deaf).append([entry()])).rejects.toThrow(
      /PRAGMA synchronous reads 1 after it was set to full/,
    )
  })
})

describe('stored text', () => {
  it('comes back, whatever it is, and survives UTF-8', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const stored = storableText(text)
        expect(originalText(stored)).toBe(text)
        expect(Buffer.from(stored, 'utf8').toString('utf8')).toBe(stored)
        expect(stored).not.toContain('\0')
      }),
      { numRuns: 2_000 },
    )
  })

  it('never makes one of two', () => {
    fc.assert(
      fc.property(anyText(), anyText(), (one, other) => {
        expect(storableText(one) === storableText(other)).toBe(one === other)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['plain', 'C:\\users\\bob', 'Zoë 東京 👍', "it's", '\\u00', '\\uD800'])('%s is stored as it is', (text) => {
    expect(storableText(text)).toBe(text)
  })
})
