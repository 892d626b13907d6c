import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { GroupCommit } from '../../../src/audit/sqlite/group-commit.ts'
import type { AuditStore } from '../../../src/audit/store.ts'
import { entries, entry } from '../entries.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

let place: SqlitePlace
let store: AuditStore
beforeEach(() => {
  place = sqlitePlace()
  store = place.open()
})
afterEach(async () => {
  await store.close()
  place.remove()
})

/** How often the event loop turned while something was done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let isWorking = true
  const turn = (): void => {
    turns++
    if (isWorking) setImmediate(turn)
  }
  setImmediate(turn)
  await work
  isWorking = false
  return turns
}

describe('[P22] the event loop turns', () => {
  it('while many events are read', async () => {
    await store.append(entries(3_500))
    expect(await turnsDuring(store.query({ limit: 10_000 }))).toBeGreaterThanOrEqual(3)
  })

  it('while many callers go on', async () => {
    await store.open()
    const caller = async (): Promise<void> => void (await store.append([entry()]))
    expect(await turnsDuring(Promise.all(Array.from({ length: 640 }, caller)))).toBeGreaterThanOrEqual(39)
  })
})

describe('[P22] the event loop turns while callers never stop, and another thread answers at once', () => {
  it.each([1, 8, 31, 64, 200])('%i of them', async (callers) => {
    const group = new GroupCommit<number, { unit: number }>(
      async (units) => units.map((unit) => ({ unit })),
      'another-thread',
    )
    const caller = async (unit: number): Promise<void> => {
      for (let call = 0; call < 6_400 / callers; call++) await group.add(unit, 0)
    }
    const turns = await turnsDuring(Promise.all(Array.from({ length: callers }, (_, index) => caller(index))))
    // One for each 16 that are told, or more.
    expect(turns).toBeGreaterThanOrEqual(399)
  })
})

test.each`
  limit    | order             | first    | last
  ${2_500} | ${'newest-first'} | ${3_000} | ${501}
  ${2_500} | ${'oldest-first'} | ${1}     | ${2_500}
  ${2_000} | ${'newest-first'} | ${3_000} | ${1_001}
  ${9_000} | ${'newest-first'} | ${3_000} | ${1}
  ${9_000} | ${'oldest-first'} | ${1}     | ${3_000}
`('a query for $limit, $order, gives all from $first to $last', async ({ limit, order, first, last }) => {
  await store.append(entries(3_000))
  const seqs = (await store.query({ limit, order })).map(({ seq }) => seq)
  const step = first < last ? 1 : -1
  expect(seqs).toEqual(Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => first + step * index))
})
