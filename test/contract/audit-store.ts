import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { AuditQuery, AuditStore } from '../../src/audit/store.ts'
import type { AuditEntry, AuditEvent } from '../../src/domain/audit-event.ts'
import type { NonEmpty } from '../../src/domain/decision.ts'
import type { Params } from '../../src/domain/plain.ts'
import { type EpochMs, riskScore } from '../../src/domain/units.ts'
import { SentinelAuditUnavailableError, SentinelConfigError } from '../../src/errors.ts'
import { anyEntry, anyEventName, callId, entries, entry } from '../audit/entries.ts'
import { type FakeClock, settle } from '../support/fake-clock.ts'

/** One place where a log can be kept. */
export interface AuditPlace {
  readonly clock: FakeClock
  /** A store for this place. Where `shared`, each is another connection to the same log; elsewhere each is a log of its own. */
  readonly open: () => AuditStore
  readonly shared: boolean
  readonly remove: () => void
}

const everything = { order: 'oldest-first', limit: 10_000 } as const
const names = (events: readonly AuditEvent[]): readonly (string | undefined)[] => events.map(({ tool }) => tool)
const withSeq = (stored: readonly AuditEntry[]): readonly AuditEvent[] =>
  stored.map((one, index) => ({ ...one, seq: index + 1 }))

/** What every audit store must do. A law is tried on a few cases only where stores take long to make. */
export function auditStoreContract(name: string, makePlace: () => AuditPlace, making: 'fast' | 'slow' = 'fast'): void {
  const runs = (usual: number): number => (making === 'slow' ? Math.ceil(usual / 20) : usual)
  let place: AuditPlace
  let store: AuditStore
  beforeEach(() => {
    place = makePlace()
    store = place.open()
  })
  afterEach(async () => {
    await store.close()
    place.remove()
  })

  const freshly = async (use: (fresh: AuditStore) => Promise<void>): Promise<void> => {
    const own = makePlace()
    const fresh = own.open()
    try {
      await use(fresh)
    } finally {
      await fresh.close()
      own.remove()
    }
  }

  describe(`${name}: what the scorer knows`, () => {
    const row = (key: string, ...bytes: number[]) => ({ key, bytes: Uint8Array.from(bytes) })
    const gone = (key: string) => ({ key, bytes: undefined })
    const loaded = async () => {
      const state = await store.loadBaselines()
      const rows = state?.rows.map(({ key, bytes }) => [key, ...(bytes ?? [])].join(' ')).toSorted()
      return state && { make: state.make, seq: state.seq, rows }
    }
    const full = (seq: number, make = 'm1') => ({ make, seq, since: undefined, rows: [row('a', 1), row('b', 2)] })

    it('is nothing before it was saved', async () => {
      expect(await store.loadBaselines()).toBeUndefined()
    })

    it('comes back whole, whatever its keys are called', async () => {
      const keys = ['a', 'é', '__proto__', 'nul \0', 'half \ud800', '\\u0000']
      await store.saveBaselines({
        make: 'm1',
        seq: 7,
        since: undefined,
        rows: keys.map((key, index) => row(key, index)),
      })
      const state = await store.loadBaselines()
      expect(new Map(state?.rows.map(({ key, bytes }) => [key, bytes?.[0]]))).toEqual(
        new Map(keys.map((key, index) => [key, index])),
      )
    })

    test.each([
      { save: { since: 5, seq: 9 }, says: 'saved', rows: ['a 9', 'c 3'], because: 'it goes on from what is stored' },
      {
        save: { since: 3, seq: 9 },
        says: 'saved',
        rows: ['a 9', 'c 3'],
        because: 'it holds all changes since, and more',
      },
      {
        save: { since: 6, seq: 9 },
        says: 'other-base',
        rows: ['a 1', 'b 2'],
        because: 'changes between would be lost',
      },
      { save: { since: 2, seq: 4 }, says: 'newer', rows: ['a 1', 'b 2'], because: 'another process was faster' },
      { save: { since: 2, seq: 5 }, says: 'newer', rows: ['a 1', 'b 2'], because: 'it is there already' },
    ])(
      'with 5 stored, changes since $save.since up to $save.seq: $says, because $because',
      async ({ save, says, rows }) => {
        await store.saveBaselines(full(5))
        expect(await store.saveBaselines({ make: 'm1', ...save, rows: [row('a', 9), gone('b'), row('c', 3)] })).toBe(
          says,
        )
        expect((await loaded())?.rows).toEqual(rows)
      },
    )

    it('of another make is replaced as a whole, and takes no changes', async () => {
      await store.saveBaselines(full(5))
      expect(await store.saveBaselines({ make: 'm2', seq: 9, since: 5, rows: [row('a', 9)] })).toBe('other-base')
      expect(await loaded()).toEqual({ make: 'm1', seq: 5, rows: ['a 1', 'b 2'] })
      expect(await store.saveBaselines({ make: 'm2', seq: 3, since: undefined, rows: [row('z', 1)] })).toBe('saved')
      expect(await loaded()).toEqual({ make: 'm2', seq: 3, rows: ['z 1'] })
    })

    it('is shared by those who share the log', async () => {
      await store.saveBaselines(full(5))
      const other = place.open()
      expect((await other.loadBaselines())?.seq).toBe(place.shared ? 5 : undefined)
      await other.close()
    })
  })

  describe(`${name}: append`, () => {
    it('numbers events from 1, in the order they are handed in', async () => {
      expect(await store.append([entry({ tool: 'a' }), entry({ tool: 'b' })])).toEqual({ status: 'stored', lastSeq: 2 })
      expect(await store.append([entry({ tool: 'c' })])).toEqual({ status: 'stored', lastSeq: 3 })
      const events = await store.query(everything)
      expect(names(events)).toEqual(['a', 'b', 'c'])
      expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3])
    })

    it('keeps that order when nobody waits for the one before', async () => {
      const tools = Array.from({ length: 50 }, (_, index) => `tool ${index}`)
      await Promise.all(tools.map((tool) => store.append([entry({ tool })])))
      expect(names(await store.query(everything))).toEqual(tools)
    })

    it('opens by itself, and opening again does nothing', async () => {
      await store.append([entry()])
      await store.open()
      await store.open()
      expect(await store.query()).toHaveLength(1)
    })

    it('[P25] stores all entries or none, says so with its own error, and goes on', async () => {
      const broken = entry({
        params: {
          get amount(): number {
            throw new Error('no amount today')
          },
        },
      })
      await expect(store.append([entry(), broken, entry()])).rejects.toThrow(SentinelAuditUnavailableError)
      expect(await store.query(everything)).toEqual([])
      expect(await store.append([entry()])).toEqual({ status: 'stored', lastSeq: 1 })
    })

    it('gives back what it was given, whatever the text', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyEntry(), { minLength: 1, maxLength: 4 }), (given) =>
          freshly(async (fresh) => {
            await fresh.append(given as unknown as NonEmpty<AuditEntry>)
            expect(await fresh.query(everything)).toEqual(withSeq(given))
          }),
        ),
        { numRuns: runs(60) },
      )
    })

    test.each`
      what                | text
      ${'NUL'}            | ${'a\0b'}
      ${'half a pair'}    | ${'a\ud83db'}
      ${'the other half'} | ${'\udc00'}
      ${'emoji'}          | ${'👩‍👩‍👧 👍🏽'}
      ${'our own escape'} | ${'\\u0000'}
      ${'a path'}         | ${'C:\\users\\bob'}
      ${'a mebibyte'}     | ${'x€'.repeat(2 ** 19)}
      ${'SQL'}            | ${"'; DROP TABLE events; --"}
      ${'nothing'}        | ${''}
    `('$what survives in every text field', async ({ text }: { text: string }) => {
      const given = entry({
        tool: text,
        callId: callId(text),
        params: { [text]: text, list: [text] },
        agentId: text,
        principalId: text,
        sessionId: text,
        note: text,
        approvedBy: text,
        errorClass: text,
        ruleIds: [text],
        redactedPaths: [text],
      })
      await store.append([given])
      expect(await store.query({ tool: text, agentId: text, callId: text })).toEqual([{ ...given, seq: 1 }])
    })

    it('keeps hostile keys as plain keys, and whole numbers with every digit', async () => {
      const hostile = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1, "toJSON": 2}')
      await store.append([entry({ params: Object.assign(hostile, { huge: 2n ** 70n }) as Params })])
      const [event] = await store.query()
      expect(Object.keys(event?.params ?? {})).toEqual(['__proto__', 'constructor', 'toJSON', 'huge'])
      expect(event?.params?.huge).toBe(2n ** 70n)
      expect(({} as { admin?: boolean }).admin).toBeUndefined()
      expect(Object.getPrototypeOf(event?.params)).toBeNull()
    })
  })

  describe(`${name}: claim`, () => {
    const claimed = (id: string, about: Partial<AuditEntry> = {}) =>
      store.append([entry({ callId: callId(id), ...about })], { claim: callId(id) })

    it.each(['allow', 'warn', 'block', 'approval_requested'] as const)(
      'a call decided as %s is known, and nothing more is stored',
      async (event) => {
        await claimed('call-1', { event })
        const again = await claimed('call-1', { tool: 'other' })
        expect(again).toMatchObject({ status: 'call-known', decided: { seq: 1, event, tool: 'pay', callId: 'call-1' } })
        expect(await store.query()).toHaveLength(1)
      },
    )

    it('names the first decision when there are several', async () => {
      await store.append([entry({ event: 'executed', callId: callId('call-1') })])
      await store.append([entry({ event: 'warn', callId: callId('call-1') }), entry({ callId: callId('call-1') })])
      expect(await claimed('call-1')).toMatchObject({ status: 'call-known', decided: { seq: 2, event: 'warn' } })
    })

    it('a call of which only other events are known is not decided', async () => {
      await store.append([entry({ event: 'executed', callId: callId('call-1') })])
      expect(await claimed('call-1')).toEqual({ status: 'stored', lastSeq: 2 })
    })

    it('tells ids apart that differ in half a pair or a NUL only', async () => {
      for (const id of ['id', 'id\0', 'id\ud800', 'id\ud801', 'id\ufffd', 'id\\u0000', 'ID'])
        expect(await claimed(id)).toMatchObject({ status: 'stored' })
    })

    it('of many at once exactly one is stored', async () => {
      const outcomes = await Promise.all(Array.from({ length: 40 }, () => claimed('call-1')))
      expect(outcomes.filter(({ status }) => status === 'stored')).toHaveLength(1)
      expect(await store.query(everything)).toHaveLength(1)
    })

    it('without a claim nothing is refused', async () => {
      await claimed('call-1')
      expect(await store.append([entry({ callId: callId('call-1') })])).toEqual({ status: 'stored', lastSeq: 2 })
    })
  })

  describe(`${name}: query`, () => {
    beforeEach(() => store.append(HISTORY).then(() => undefined))

    test.each`
      query                                                       | found                 | because
      ${undefined}                                                | ${[6, 5, 4, 3, 2, 1]} | ${'newest first, all of a short log'}
      ${{ order: 'oldest-first' }}                                | ${[1, 2, 3, 4, 5, 6]} | ${'or oldest first'}
      ${{ tool: 'pay' }}                                          | ${[5, 2, 1]}          | ${'one tool'}
      ${{ tool: 'PAY' }}                                          | ${[]}                 | ${'names are compared exactly'}
      ${{ agentId: 'clerk' }}                                     | ${[4, 3]}             | ${'one agent'}
      ${{ event: 'executed' }}                                    | ${[4]}                | ${'one kind of event'}
      ${{ event: ['executed', 'block'] }}                         | ${[5, 4]}             | ${'or several'}
      ${{ callId: 'call-2' }}                                     | ${[4, 3]}             | ${'one call'}
      ${{ since: '2026-01-05T11:00:00Z' }}                        | ${[6, 5, 4, 3]}       | ${'the start counts'}
      ${{ since: new Date('2026-01-05T11:00:00Z') }}              | ${[6, 5, 4, 3]}       | ${'as a Date'}
      ${{ since: Date.parse('2026-01-05T11:00:00Z') }}            | ${[6, 5, 4, 3]}       | ${'in milliseconds'}
      ${{ since: '2026-01-05T12:00:00+01:00' }}                   | ${[6, 5, 4, 3]}       | ${'in another zone'}
      ${{ since: '2026-01-05T11:00' }}                            | ${[6, 5, 4, 3]}       | ${'without a zone it is UTC, like the log'}
      ${{ until: '2026-01-05T11:00:00Z' }}                        | ${[2, 1]}             | ${'the end does not count'}
      ${{ since: '2026-01-05', until: '2026-01-06' }}             | ${[6, 5, 4, 3, 2, 1]} | ${'a day'}
      ${{ minRisk: 5 }}                                           | ${[5, 3]}             | ${'from this risk up'}
      ${{ minRisk: 0 }}                                           | ${[5, 3, 2, 1]}       | ${'what has no risk is not of risk 0'}
      ${{ limit: 2 }}                                             | ${[6, 5]}             | ${'the newest two'}
      ${{ limit: 2, order: 'oldest-first' }}                      | ${[1, 2]}             | ${'the oldest two'}
      ${{ before: 4 }}                                            | ${[3, 2, 1]}          | ${'the page before'}
      ${{ after: 4 }}                                             | ${[6, 5]}             | ${'what came since'}
      ${{ after: 1, before: 4, limit: 1, order: 'oldest-first' }} | ${[2]}                | ${'the next one'}
      ${{ after: 99 }}                                            | ${[]}                 | ${'nothing yet'}
      ${{ before: 0 }}                                            | ${[]}                 | ${'nothing before the first'}
      ${{ tool: 'pay', minRisk: 1, since: '2026-01-05' }}         | ${[5, 2]}             | ${'all conditions must hold'}
      ${{ tool: undefined, limit: undefined }}                    | ${[6, 5, 4, 3, 2, 1]} | ${'undefined is left out'}
    `('$query -> $found: $because', async ({ query, found }: { query?: AuditQuery; found: readonly number[] }) => {
      expect((await store.query(query)).map(({ seq }) => seq)).toEqual(found)
    })

    test.each`
      query                                  | path               | because
      ${{ limit: 0 }}                        | ${'query.limit'}   | ${'an answer needs room'}
      ${{ limit: 10_001 }}                   | ${'query.limit'}   | ${'more comes in pages'}
      ${{ limit: 2.5 }}                      | ${'query.limit'}   | ${'half an event'}
      ${{ limit: '5' }}                      | ${'query.limit'}   | ${'text is no number'}
      ${{ before: -1 }}                      | ${'query.before'}  | ${'numbers start at 1'}
      ${{ after: Number.NaN }}               | ${'query.after'}   | ${'not a number'}
      ${{ since: 'yesterday' }}              | ${'query.since'}   | ${'not ISO 8601'}
      ${{ since: '2026-02-30' }}             | ${'query.since'}   | ${'no such day'}
      ${{ since: new Date('x') }}            | ${'query.since'}   | ${'no such date'}
      ${{ until: Number.POSITIVE_INFINITY }} | ${'query.until'}   | ${'never'}
      ${{ minRisk: 11 }}                     | ${'query.minRisk'} | ${'risk ends at 10'}
      ${{ minRisk: Number.NaN }}             | ${'query.minRisk'} | ${'not a number'}
      ${{ event: 'allowed' }}                | ${'query.event'}   | ${'no such event'}
      ${{ event: [] }}                       | ${'query.event'}   | ${'none of them is no question'}
      ${{ order: 'newest' }}                 | ${'query.order'}   | ${'no such order'}
      ${{ tool: 7 }}                         | ${'query.tool'}    | ${'names are text'}
      ${{ agent: 'clerk' }}                  | ${'query.agent'}   | ${'a slip of the pen must not read as no filter'}
      ${null}                                | ${'query'}         | ${'null is no query'}
    `('$query is refused at $path: $because', async ({ query, path }) => {
      const error: unknown = await store.query(query).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(SentinelConfigError)
      expect((error as SentinelConfigError).issues.map((issue) => issue.path)).toEqual([path])
    })

    it('names everything that is wrong at once', async () => {
      const error: unknown = await store.query({ limit: 0, minRisk: 99 }).catch((thrown: unknown) => thrown)
      expect((error as SentinelConfigError).issues).toHaveLength(2)
    })

    it('answers any query as reading the whole log and choosing would', async () => {
      const anyQuery = fc.record(
        {
          tool: fc.constantFrom('pay', 'mail', 'none'),
          agentId: fc.constantFrom('shopper', 'clerk'),
          event: fc.oneof(anyEventName(), fc.uniqueArray(anyEventName(), { minLength: 1, maxLength: 5 })),
          since: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-01-03') }).map((ms) => new Date(ms)),
          until: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-01-03') }).map((ms) => new Date(ms)),
          minRisk: fc.integer({ min: 0, max: 10 }),
          callId: fc.constantFrom('call-1', 'call\0', 'call\ud800'),
          limit: fc.integer({ min: 1, max: 12 }),
          before: fc.integer({ min: 0, max: 14 }),
          after: fc.integer({ min: 0, max: 14 }),
          order: fc.constantFrom('newest-first' as const, 'oldest-first' as const),
        },
        { requiredKeys: [] },
      )
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyEntry(), { minLength: 1, maxLength: 12 }),
          fc.array(anyQuery, { minLength: 8, maxLength: 8 }),
          (given, queries) =>
            freshly(async (fresh) => {
              await fresh.append(given as unknown as NonEmpty<AuditEntry>)
              for (const query of queries) expect(await fresh.query(query)).toEqual(chosen(withSeq(given), query))
            }),
        ),
        { numRuns: runs(40) },
      )
    })

    it.each(['newest-first', 'oldest-first'] as const)(
      'pages %s through the whole log, each event once',
      async (order) => {
        await store.append(entries(37))
        const seen: number[] = []
        for (let from: number | undefined; ; ) {
          const page = await store.query({ order, limit: 5, [order === 'newest-first' ? 'before' : 'after']: from })
          seen.push(...page.map(({ seq }) => seq))
          from = page.at(-1)?.seq
          if (from === undefined) break
        }
        const all = Array.from({ length: 43 }, (_, index) => index + 1)
        expect(seen).toEqual(order === 'oldest-first' ? all : all.reverse())
      },
    )

    it('gives events that nobody can change', async () => {
      await store.append([
        entry({
          params: { order: { items: [{ price: 1 }] } },
          signals: [
            {
              kind: 'rate_spike',
              param: undefined,
              risk: riskScore(6),
              z: undefined,
              message: 'many',
              usual: undefined,
              oneIn: 40,
            },
          ],
          reasons: [
            { source: 'rule', ruleId: 'r', action: 'block', message: 'm', forModel: undefined, params: ['amount'] },
          ],
          ruleIds: ['r'],
          redactedPaths: ['card'],
        }),
      ])
      const [event] = await store.query()
      expect(everyObjectIn(event).filter((value) => !Object.isFrozen(value))).toEqual([])
    })

    it('is not changed by what happens later to an entry that was handed in', async () => {
      const params = { amount: 1, nested: { list: [1] } }
      const ruleIds = ['a']
      await store.append([entry({ params, ruleIds })])
      params.amount = 2
      params.nested.list.push(2)
      ruleIds.push('b')
      expect((await store.query({ limit: 1 }))[0]).toMatchObject({
        params: { amount: 1, nested: { list: [1] } },
        ruleIds: ['a'],
      })
    })
  })

  describe(`${name}: tail`, () => {
    it('gives each event of this store at once, from now on', async () => {
      await store.append([entry({ tool: 'before' })])
      const tail = store.tail()
      await store.append([entry({ tool: 'a' }), entry({ tool: 'b' })])
      const seen = collect(tail)
      await eventually(() => seen.length === 2)
      await store.append([entry({ tool: 'c' })])
      await eventually(() => seen.length === 3)
      expect(names(seen)).toEqual(['a', 'b', 'c'])
    })

    it('begins after a given event, and reads on in pages', async () => {
      await store.append(entries(1_300))
      const seen = collect(store.tail({ after: 3 }))
      await eventually(() => seen.length === 1_297)
      expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_297 }, (_, index) => index + 4))
    })

    it('tells each of several readers everything', async () => {
      await store.open()
      const readers = [collect(store.tail()), collect(store.tail({ after: 0 }))]
      await store.append(entries(3))
      await eventually(() => readers.every((seen) => seen.length === 3))
      expect(readers.map((seen) => seen.length)).toEqual([3, 3])
    })

    it('waits for a slow reader, who misses nothing', async () => {
      const reader = store.tail({ after: 0 })[Symbol.asyncIterator]()
      for (const tool of ['a', 'b', 'c', 'd']) {
        await store.append([entry({ tool })])
        const { value } = await reader.next()
        expect(value.tool).toBe(tool)
      }
    })

    it.each(['before it waits', 'while it waits'])('ends without an error when its signal aborts %s', async (when) => {
      const stop = new AbortController()
      if (when === 'before it waits') stop.abort()
      const ended = endOf(store.tail({ signal: stop.signal }))
      await settle()
      stop.abort()
      expect(await ended).toBe('ended')
      expect(place.clock.timers).toBe(0)
    })

    it('ends at once when the reader returns, also while it waits', async () => {
      const reader = store.tail()[Symbol.asyncIterator]()
      const next = reader.next()
      await settle()
      await reader.return?.()
      expect(await next).toEqual({ done: true, value: undefined })
      expect(await reader.next()).toEqual({ done: true, value: undefined })
      expect(place.clock.timers).toBe(0)
    })

    it('ends when the loop is left', async () => {
      await store.append(entries(2))
      for await (const event of store.tail({ after: 0 })) {
        expect(event.seq).toBe(1)
        break
      }
      expect(place.clock.timers).toBe(0)
    })

    it('ends when the store closes', async () => {
      const ended = endOf(store.tail())
      await settle()
      await store.close()
      expect(await ended).toBe('ended')
      expect(place.clock.timers).toBe(0)
    })

    it('[P25] of a closed store fails when it is read, and only then', async () => {
      await store.close()
      const unread = store.tail()
      await settle()
      await expect(endOf(store.tail())).rejects.toThrow(SentinelAuditUnavailableError)
      await expect(endOf(store.tail({ after: 0 }))).rejects.toThrow(SentinelAuditUnavailableError)
      expect(unread).toBeDefined()
    })
  })

  describe(`${name}: verify`, () => {
    it('finds nothing wrong with what it stored, and says what it looked at', async () => {
      expect(await store.verify()).toMatchObject({ events: 0, firstSeq: undefined, lastSeq: undefined })
      await store.append(entries(3))
      await store.append(entries(2))
      const verification = await store.verify()
      expect(verification).toMatchObject({ events: 5, firstSeq: 1, lastSeq: 5, heads: [] })
      expect(verification.status).not.toBe('broken')
    })

    it('finds nothing wrong with any event, whatever it holds', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyEntry(), { minLength: 1, maxLength: 4 }), (given) =>
          freshly(async (fresh) => {
            await fresh.append(given as unknown as NonEmpty<AuditEntry>)
            expect((await fresh.verify()).status).not.toBe('broken')
          }),
        ),
        { numRuns: runs(40) },
      )
    })
  })

  describe(`${name}: prune`, () => {
    const at = (...hours: readonly number[]): NonEmpty<AuditEntry> =>
      hours.map((hour) =>
        entry({ time: `2026-01-05T${String(hour).padStart(2, '0')}:00:00.000Z`, tool: String(hour) }),
      ) as unknown as NonEmpty<AuditEntry>
    const noon = '2026-01-05T12:00:00Z'

    test.each`
      hours              | left                  | because
      ${[9, 10, 13]}     | ${['13']}             | ${'what is older goes'}
      ${[11, 12, 13]}    | ${['12', '13']}       | ${'the time itself stays'}
      ${[9, 10]}         | ${[]}                 | ${'all may go'}
      ${[9, 13, 10, 14]} | ${['13', '10', '14']} | ${'behind a younger one everything stays: clocks are set, and the chain has no holes'}
    `('$hours -> $left: $because', async ({ hours, left }) => {
      await store.append(at(...hours))
      const gone = hours.length - left.length
      expect(await store.prune({ before: noon, note: 'by bob' })).toEqual({ events: gone, firstSeq: gone + 1 })
      const events = await store.query(everything)
      expect(names(events)).toEqual([...left, undefined])
      expect(events.at(-1)).toMatchObject({
        seq: hours.length + 1,
        event: 'pruned',
        params: { before: '2026-01-05T12:00:00.000Z', from: 1, upTo: gone, events: gone },
        note: 'by bob',
        time: new Date(place.clock.now()).toISOString(),
      })
      expect(await store.verify()).toMatchObject({ firstSeq: gone + 1, lastSeq: hours.length + 1 })
      expect((await store.verify()).status).not.toBe('broken')
    })

    it.each([[[]], [[12, 13]]])('takes nothing from %j, and leaves no event', async (hours) => {
      if (hours.length > 0) await store.append(at(...hours))
      expect(await store.prune({ before: noon })).toEqual({ events: 0, firstSeq: hours.length > 0 ? 1 : undefined })
      expect(await store.query()).toHaveLength(hours.length)
    })

    it('goes on where it ended, and events are numbered on', async () => {
      await store.append(at(9, 10, 11, 13))
      await store.prune({ before: '2026-01-05T10:30:00Z' })
      expect(await store.prune({ before: new Date(noon) })).toEqual({ events: 1, firstSeq: 4 })
      expect(await store.append(at(14))).toEqual({ status: 'stored', lastSeq: 7 })
      expect((await store.query(everything)).map(({ seq }) => seq)).toEqual([4, 5, 6, 7])
      expect((await store.verify()).status).not.toBe('broken')
    })

    it('takes many, and never what it writes itself', async () => {
      await store.append(entries(12_000, { time: '2026-01-01T00:00:00.000Z' }))
      expect(await store.prune({ before: '2099-01-01' })).toMatchObject({ events: 12_000, firstSeq: 12_001 })
      const left = await store.query(everything)
      expect(new Set(left.map(({ event }) => event))).toEqual(new Set(['pruned']))
      expect(left.reduce((sum, { params }) => sum + Number(params?.events), 0)).toBe(12_000)
      expect((await store.verify()).status).not.toBe('broken')
    })

    it('forgets the calls that only those events knew', async () => {
      const claim = () => store.append([entry({ callId: callId('call-1'), time: noon })], { claim: callId('call-1') })
      await claim()
      await store.prune({ before: '2026-01-06' })
      expect(await claim()).toMatchObject({ status: 'stored' })
    })

    it.each(['yesterday', Number.NaN, undefined])('%s is no time', async (before) => {
      const error: unknown = await store.prune({ before: before as string }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(SentinelConfigError)
      expect((error as SentinelConfigError).issues.map(({ path }) => path)).toEqual(['before'])
    })
  })

  describe(`${name}: close`, () => {
    it('can be repeated, waits for what was handed in, and is final', async () => {
      const last = store.append([entry()])
      await Promise.all([store.close(), store.close()])
      await store.close()
      expect(await last).toEqual({ status: 'stored', lastSeq: 1 })
      await expect(store.append([entry()])).rejects.toThrow(SentinelAuditUnavailableError)
      await expect(store.query()).rejects.toThrow(SentinelAuditUnavailableError)
      await expect(store.open()).rejects.toThrow(SentinelAuditUnavailableError)
      await expect(store.verify()).rejects.toThrow(SentinelAuditUnavailableError)
      await expect(store.prune({ before: 0 as EpochMs })).rejects.toThrow(SentinelAuditUnavailableError)
    })

    it('of a store that was never used does nothing', async () => {
      const unused = place.open()
      await unused.close()
      await expect(unused.query()).rejects.toThrow(SentinelAuditUnavailableError)
    })
  })

  if (!isShared(makePlace)) return
  describe(`${name}: several stores on one log`, () => {
    it('finds everything again after it was closed', async () => {
      const given = entries(3)
      await store.append(given)
      await store.close()
      store = place.open()
      expect(await store.query(everything)).toEqual(withSeq(given))
      expect(await store.append([entry()])).toEqual({ status: 'stored', lastSeq: 4 })
    })

    it('sees what another one stores, and numbers on from there', async () => {
      const other = place.open()
      await store.append([entry({ tool: 'a' })])
      expect(await other.append([entry({ tool: 'b' })])).toEqual({ status: 'stored', lastSeq: 2 })
      expect(await store.append([entry({ tool: 'c' })])).toEqual({ status: 'stored', lastSeq: 3 })
      expect(names(await other.query(everything))).toEqual(['a', 'b', 'c'])
      await other.close()
    })

    it('a call that another one decided is known', async () => {
      const other = place.open()
      await other.append([entry({ callId: callId('call-1') })], { claim: callId('call-1') })
      expect(await store.append([entry({ callId: callId('call-1') })], { claim: callId('call-1') })).toMatchObject({
        status: 'call-known',
        decided: { seq: 1 },
      })
      await other.close()
    })

    it('follows what another one stores, within a quarter of a second', async () => {
      const other = place.open()
      await store.open()
      const seen = collect(store.tail())
      const waits = (): boolean => place.clock.timers > 0
      await eventually(waits)
      await other.append([entry({ tool: 'a' })])
      await place.clock.advance(250)
      await eventually(() => seen.length === 1 && waits())
      await store.append([entry({ tool: 'b' })])
      await eventually(() => seen.length === 2 && waits())
      await other.append([entry({ tool: 'c' })])
      await place.clock.advance(250)
      await eventually(() => seen.length === 3)
      expect(names(seen)).toEqual(['a', 'b', 'c'])
      await other.close()
    })
  })
}

function isShared(makePlace: () => AuditPlace): boolean {
  const place = makePlace()
  place.remove()
  return place.shared
}

const HISTORY: NonEmpty<AuditEntry> = [
  entry({ tool: 'pay', time: '2026-01-05T09:00:00.000Z', risk: riskScore(0) }),
  entry({ tool: 'pay', time: '2026-01-05T10:59:59.999Z', risk: riskScore(4.9), callId: callId('call-1') }),
  entry({
    tool: 'mail',
    time: '2026-01-05T11:00:00.000Z',
    risk: riskScore(5),
    agentId: 'clerk',
    callId: callId('call-2'),
  }),
  entry({
    tool: 'mail',
    event: 'executed',
    time: '2026-01-05T12:00:00.000Z',
    risk: undefined,
    agentId: 'clerk',
    callId: callId('call-2'),
  }),
  entry({ tool: 'pay', event: 'block', time: '2026-01-05T13:00:00.000Z', risk: riskScore(10) }),
  entry({ tool: undefined, event: 'fault', time: '2026-01-05T14:00:00.000Z', risk: undefined, agentId: undefined }),
]

/** The meaning of a query, written down a second time. */
function chosen(log: readonly AuditEvent[], query: AuditQuery): readonly AuditEvent[] {
  const found = log.filter((event) => {
    if (query.tool !== undefined && query.tool !== event.tool) return false
    if (query.agentId !== undefined && query.agentId !== event.agentId) return false
    if (query.callId !== undefined && query.callId !== event.callId) return false
    if (query.event !== undefined && ![query.event].flat().includes(event.event)) return false
    const time = Date.parse(event.time)
    if (query.since !== undefined && time < Number(query.since)) return false
    if (query.until !== undefined && time >= Number(query.until)) return false
    if (query.minRisk !== undefined && !(event.risk !== undefined && event.risk >= query.minRisk)) return false
    return event.seq < (query.before ?? 1_000) && event.seq > (query.after ?? 0)
  })
  return (query.order === 'oldest-first' ? found : found.reverse()).slice(0, query.limit ?? 100)
}

function everyObjectIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return []
  return [value, ...Object.values(value).flatMap(everyObjectIn)]
}

/** What a tail gives, as it gives it. */
function collect(tail: AsyncIterable<AuditEvent>): readonly AuditEvent[] {
  const seen: AuditEvent[] = []
  const read = async (): Promise<void> => {
    for await (const event of tail) seen.push(event)
  }
  void read()
  return seen
}

async function endOf(tail: AsyncIterable<AuditEvent>): Promise<'ended'> {
  for await (const _ of tail);
  return 'ended'
}

async function eventually(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !isSo(); turn++) await settle()
}
