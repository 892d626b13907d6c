import { describe, expect, it, test } from 'vitest'
import { exportEvents } from '../../src/audit/export.ts'
import { createAuditLog } from '../../src/audit/log.ts'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditEntry } from '../../src/domain/audit-event.ts'
import type { NonEmpty } from '../../src/domain/decision.ts'
import { riskScore } from '../../src/domain/units.ts'
import { SentinelAuditUnavailableError, SentinelConfigError } from '../../src/errors.ts'
import { callId, entries, entry } from './entries.ts'

async function storeWith(...given: NonEmpty<AuditEntry>) {
  const store = createMemoryStore()
  await store.append(given)
  return store
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

/** RFC 4180, read as a spreadsheet does. */
function parsedCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end === '\r\n') {
      rows.push(row)
      row = []
    }
  }
  return rows
}

describe('JSON lines', () => {
  it('are one event each, oldest first, without what does not apply', async () => {
    const store = await storeWith(
      entry({ params: { amount: 2n ** 70n, text: 'a\nb\ud800' }, callId: callId('call-1') }),
      entry({ tool: undefined, params: undefined, event: 'fault', note: 'x' }),
    )
    const lines = await all(exportEvents(store, 'jsonl'))
    expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true)
    const [first, second] = lines.map((line) => JSON.parse(line))
    expect(first).toMatchObject({ seq: 1, event: 'allow', tool: 'pay', callId: 'call-1' })
    expect(lines[0]).toContain('"amount":1180591620717411303424')
    expect(first.params.text).toBe('a\nb\ud800')
    expect(second).toMatchObject({ seq: 2, event: 'fault', note: 'x' })
    expect(Object.keys(second)).not.toContain('tool')
  })

  it('hold every event of a long log, and none that came later', async () => {
    const store = await storeWith(...entries(2_500))
    const exported = exportEvents(store, 'jsonl')
    const first = await exported.next()
    await store.append(entries(10))
    const rest = await all(exported)
    expect([first.value, ...rest].map((line) => JSON.parse(String(line)).seq)).toEqual(
      Array.from({ length: 2_500 }, (_, index) => index + 1),
    )
  })

  it('hold what matches', async () => {
    const store = await storeWith(
      entry({ tool: 'a' }),
      entry({ tool: 'b' }),
      entry({ tool: 'a' }),
      entry({ tool: 'a' }),
    )
    const lines = await all(exportEvents(store, 'jsonl', { tool: 'a', after: 1, before: 4 }))
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([3])
  })

  it('of an empty log are none', async () => {
    expect(await all(exportEvents(createMemoryStore(), 'jsonl'))).toEqual([])
  })
})

describe('CSV', () => {
  it('has a header, and a record for each event in the same order', async () => {
    const store = await storeWith(
      entry({ note: 'a "quoted", text\r\nof two lines', risk: riskScore(4.5), durationMs: 12.25, ruleIds: ['a', 'b'] }),
      entry({ params: undefined, risk: undefined }),
    )
    const text = (await all(exportEvents(store, 'csv'))).join('')
    const [header = [], first = [], second = []] = parsedCsv(text)
    expect(header).toEqual(
      'seq,id,time,event,callId,tool,params,redactedPaths,digest,agentId,principalId,sessionId,ruleIds,rulesDigest,risk,level,signals,reasons,lesson,approvedBy,note,details,durationMs,errorClass,degraded,enforced'.split(
        ',',
      ),
    )
    const cell = (row: readonly string[], name: string): string | undefined => row[header.indexOf(name)]
    expect(cell(first, 'note')).toBe('a "quoted", text\r\nof two lines')
    expect(cell(first, 'params')).toBe('{"amount":50}')
    expect(cell(first, 'ruleIds')).toBe('["a","b"]')
    expect([cell(first, 'risk'), cell(first, 'durationMs'), cell(first, 'seq')]).toEqual(['4.5', '12.25', '1'])
    expect([cell(second, 'params'), cell(second, 'risk'), cell(second, 'ruleIds')]).toEqual(['', '', ''])
    expect([cell(first, 'degraded'), cell(first, 'enforced')]).toEqual(['false', 'true'])
    expect(second).toHaveLength(header.length)
  })

  test.each`
    text                 | cell                   | because
    ${'=HYPERLINK("x")'} | ${'\'=HYPERLINK("x")'} | ${'a formula'}
    ${'+1'}              | ${"'+1"}               | ${'a formula'}
    ${'-1'}              | ${"'-1"}               | ${'text that looks like a number is still text'}
    ${'@SUM(A1)'}        | ${"'@SUM(A1)"}         | ${'a formula'}
    ${'\t=1'}            | ${"'\t=1"}             | ${'a tab is skipped by a spreadsheet'}
    ${'\r=1'}            | ${"'\r=1"}             | ${'so is a carriage return'}
    ${'a=1'}             | ${'a=1'}               | ${'only the first character counts'}
    ${"'quoted"}         | ${"'quoted"}           | ${'an apostrophe is itself'}
  `('[P14] writes $text as $cell: $because', async ({ text, cell }) => {
    const store = await storeWith(entry({ tool: text, note: text, agentId: text }))
    const [, row = []] = parsedCsv((await all(exportEvents(store, 'csv'))).join(''))
    expect(row.filter((value) => value === cell)).toHaveLength(3)
  })

  it('of an empty log is its header', async () => {
    expect(await all(exportEvents(createMemoryStore(), 'csv'))).toHaveLength(1)
  })
})

describe('what is refused', () => {
  test.each`
    format     | query                        | path
    ${'xml'}   | ${{}}                        | ${'format'}
    ${'csv'}   | ${{ limit: 5 }}              | ${'query.limit'}
    ${'csv'}   | ${{ order: 'newest-first' }} | ${'query.order'}
    ${'jsonl'} | ${{ tol: 'pay' }}            | ${'query.tol'}
    ${'jsonl'} | ${{ since: 'last week' }}    | ${'query.since'}
  `('$format with $query at $path', async ({ format, query, path }) => {
    const error: unknown = await all(exportEvents(createMemoryStore(), format, query)).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(SentinelConfigError)
    expect((error as SentinelConfigError).issues.map((issue) => issue.path)).toEqual([path])
  })
})

describe('the reading side of a store', () => {
  it('queries, follows and exports', async () => {
    const store = await storeWith(entry({ tool: 'a' }), entry({ tool: 'b' }))
    const log = createAuditLog(store)
    expect((await log.query({ tool: 'b' })).map(({ seq }) => seq)).toEqual([2])
    for await (const { tool } of log.tail({ after: 1 })) {
      expect(tool).toBe('b')
      break
    }
    expect(await all(log.export('jsonl'))).toHaveLength(2)
    expect(Object.keys(log)).toEqual(['query', 'tail', 'export', 'verify'])
  })

  it('[P25] says so when there is no log', async () => {
    const log = createAuditLog(undefined)
    await expect(log.query()).rejects.toThrow(SentinelAuditUnavailableError)
    await expect(all(log.tail())).rejects.toThrow(/`auditLog` is false/)
    await expect(all(log.export('csv'))).rejects.toThrow(SentinelAuditUnavailableError)
  })
})
