import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { AuditStore } from '../../src/audit/store.ts'
import { ACTIVITY_EVENTS } from '../../src/domain/activity.ts'
import type { Anomaly, AnomalyFilter, AnomalySave, AnomalyWanted, KeptAnomaly } from '../../src/domain/anomaly.ts'
import { AUDIT_EVENT_NAMES } from '../../src/domain/audit-event.ts'
import { SentinelAuditUnavailableError } from '../../src/errors.ts'
import { entries, entry } from '../audit/entries.ts'
import type { AuditPlace } from './audit-store.ts'

const NOTHING = { agents: [], conditions: [], ids: [] }
const ALL: AnomalyFilter = {
  ...{ status: undefined, type: undefined, severity: undefined, agentId: undefined, since: undefined },
  limit: 100,
}

const kept = (id: string, about: Partial<Anomaly> = {}, rest: Partial<KeptAnomaly> = {}): KeptAnomaly => ({
  anomaly: {
    ...{ id, type: 'rate_spike', severity: 'high', status: 'open', agentId: 'a', principalId: undefined },
    ...{ description: 'Agent made 51 calls', metadata: { count: 51, hours: [22, 23], deep: { share: 0.5 } } },
    ...{ detectedAt: '2026-01-05T09:00:00.000Z', lastSeenAt: '2026-01-05T09:00:00.000Z' },
    ...{ acknowledgedAt: undefined, resolvedAt: undefined, by: undefined, note: undefined },
    ...about,
  },
  ...{ condition: `of ${id}`, firstSeq: 1, figure: 51, events: 1, answered: undefined },
  ...rest,
})
const row = (key: string, ...bytes: number[]) => ({ key, bytes: Uint8Array.from(bytes) })

/** What every audit store must do for who looks through the log for anomalies. */
export function anomaliesContract(name: string, makePlace: () => AuditPlace): void {
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

  const head = (seq: number, make = 'm1') => ({ make, seq })
  const save = (about: Partial<AnomalySave>) =>
    store.saveAnomalies({ from: undefined, head: head(1), agents: [], which: 'changed', anomalies: [], ...about })
  const load = async (wanted: Partial<AnomalyWanted>) => {
    const state = await store.loadAnomalies({ ...NOTHING, ...wanted })
    return { ...state, agents: state.agents.map(({ key, bytes }) => [key, ...(bytes ?? [])]) }
  }
  const idsOf = async (filter: Partial<AnomalyFilter>): Promise<readonly string[]> =>
    (await store.listAnomalies({ ...ALL, ...filter })).anomalies.map(({ anomaly }) => anomaly.id)

  describe(`${name}: what agents did`, () => {
    it('is read from the events that tell of it, in order', async () => {
      for (const event of AUDIT_EVENT_NAMES) await store.append([entry({ event, principalId: event })])
      const all = await store.activity({ after: 0, upTo: AUDIT_EVENT_NAMES.length })
      expect(all.map(({ event }) => event).toSorted()).toEqual([...ACTIVITY_EVENTS].toSorted())
      expect(all.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq).toSorted((a, b) => a - b))
      expect(all[0]).toEqual({
        ...{ seq: 1, time: '2026-01-05T09:00:00.000Z', event: 'allow', agentId: 'shopper', principalId: 'allow' },
        enforced: true,
      })
    })

    it('is read of a range, whatever is beyond it, and leaves out events of nobody', async () => {
      await store.append([...entries(5), entry({ agentId: undefined, enforced: false })] as never)
      await store.append([entry({ enforced: false })])
      const seqs = async (after: number, upTo: number) => (await store.activity({ after, upTo })).map(({ seq }) => seq)
      expect(await seqs(0, 3)).toEqual([1, 2, 3])
      expect(await seqs(3, 100)).toEqual([4, 5, 7])
      expect(await seqs(7, 100)).toEqual([])
      expect((await store.activity({ after: 6, upTo: 7 }))[0]?.enforced).toBe(false)
    })

    test.each(['nul \0', 'half \ud800', '\\u0000', '"quoted"', '__proto__', '💰'])(
      'names agents as they were: %j',
      async (text) => {
        await store.append([entry({ agentId: text, principalId: text })])
        expect(await store.activity({ after: 0, upTo: 1 })).toMatchObject([{ agentId: text, principalId: text }])
      },
    )
  })

  describe(`${name}: anomalies`, () => {
    it('are none before a look was saved', async () => {
      expect(await store.loadAnomalies({ agents: ['a'], conditions: ['of x'], ids: ['x'] })).toEqual({
        ...{ head: undefined, agents: [], anomalies: [] },
      })
      expect(await store.listAnomalies(ALL)).toEqual({ anomalies: [], total: 0 })
    })

    it('come back whole, by id and by condition', async () => {
      const by = 'nul \0 half \ud800 \\u0000'
      const answered = { figure: 51, severity: 'high' } as const
      const one = kept('one', { by, note: '__proto__', status: 'acknowledged', agentId: undefined }, { answered })
      const other = kept('other', { metadata: { z: 311.8 } })
      expect(await save({ anomalies: [one, other] })).toBe('saved')
      expect((await store.loadAnomalies({ ...NOTHING, ids: ['one', 'none'] })).anomalies).toEqual([one])
      expect((await store.loadAnomalies({ ...NOTHING, conditions: ['of other', 'of none'] })).anomalies).toEqual([
        other,
      ])
      const both = await store.loadAnomalies({ ...NOTHING, ids: ['one', 'other'], conditions: ['of one'] })
      expect(both.anomalies.map(({ anomaly }) => anomaly.id).toSorted()).toEqual(['one', 'other'])
    })

    it('are replaced by their id; of a condition, the newest is loaded', async () => {
      await save({
        anomalies: [kept('old', {}, { condition: 'c', firstSeq: 3 }), kept('new', {}, { condition: 'c', firstSeq: 9 })],
      })
      await save({
        from: head(1),
        head: head(2),
        anomalies: [kept('old', { status: 'resolved' }, { condition: 'c', firstSeq: 3 })],
      })
      const { anomalies } = await store.loadAnomalies({ ...NOTHING, conditions: ['c'] })
      expect(anomalies.map(({ anomaly }) => anomaly.id)).toEqual(['new'])
      expect((await store.loadAnomalies({ ...NOTHING, ids: ['old'] })).anomalies[0]?.anomaly.status).toBe('resolved')
      expect((await store.listAnomalies(ALL)).total).toBe(2)
    })

    it('[P17] are saved only by who saw the last look; who did not changes nothing', async () => {
      expect(await save({ head: head(5), agents: [row('a', 1)], anomalies: [kept('one')] })).toBe('saved')
      const late = { head: head(6), agents: [row('a', 2)], anomalies: [kept('two')] }
      expect(await save(late)).toBe('moved')
      expect(await save({ ...late, from: head(4) })).toBe('moved')
      expect(await save({ ...late, from: head(5, 'm2') })).toBe('moved')
      expect(await load({ agents: ['a'], ids: ['two'] })).toEqual({
        ...{ head: head(5), agents: [['a', 1]], anomalies: [] },
      })
      expect(await save({ ...late, from: head(5) })).toBe('saved')
      expect((await load({ agents: ['a'] })).agents).toEqual([['a', 2]])
    })

    it('remember agents by any name, and forget those of another make', async () => {
      const names = ['a', '__proto__', 'nul \0', 'half \ud800', '\\u0000']
      await save({ agents: names.map((each, index) => row(each, index)) })
      expect((await load({ agents: names })).agents.toSorted()).toEqual(
        names.map((each, index) => [each, index]).toSorted(),
      )
      await save({ from: head(1), head: head(2), agents: [row('b', 9)], which: 'all' })
      expect((await load({ agents: [...names, 'b'] })).agents).toEqual([['b', 9]])
    })

    it('[P24] remember the agents that were seen last, up to a bound', async () => {
      const names = Array.from({ length: 10_001 }, (_, index) => `agent ${index}`)
      await save({ agents: names.slice(0, 1).map((each) => row(each, 1)) })
      await save({ from: head(1), head: head(2), agents: names.slice(1).map((each) => row(each, 1)) })
      const { agents } = await store.loadAnomalies({ ...NOTHING, agents: names })
      expect(agents).toHaveLength(10_000)
      expect(agents.some(({ key }) => key === 'agent 0')).toBe(false)
    })

    test.each([
      { filter: {}, ids: ['d', 'c', 'b', 'a'], because: 'those seen last come first' },
      { filter: { limit: 2 }, ids: ['d', 'c'], because: 'as many as are asked for' },
      { filter: { status: 'open' }, ids: ['c', 'b'], because: 'the others were answered for' },
      { filter: { type: 'new_principal' }, ids: ['b'], because: 'of that type' },
      { filter: { severity: 'low' }, ids: ['b'], because: 'of that severity' },
      { filter: { agentId: 'half \ud800' }, ids: ['c'], because: 'of that agent' },
      { filter: { since: '2026-01-07T00:00:00.000Z' }, ids: ['d', 'c'], because: 'seen at that time or later' },
      { filter: { status: 'open', since: '2026-01-06T00:00:00.001Z' }, ids: ['c'], because: 'all conditions hold' },
    ] as const)('$filter lists $ids: $because', async ({ filter, ids }) => {
      const seen = (day: number) => ({ lastSeenAt: `2026-01-0${day}T00:00:00.000Z` })
      await save({
        anomalies: [
          kept('a', { ...seen(5), status: 'acknowledged' }),
          kept('b', { ...seen(6), type: 'new_principal', severity: 'low' }),
          kept('d', { ...seen(7), status: 'resolved' }, { firstSeq: 2 }),
          kept('c', { ...seen(7), agentId: 'half \ud800' }),
        ],
      })
      expect(await idsOf(filter)).toEqual(ids)
      const { total } = await store.listAnomalies({ ...ALL, ...filter })
      expect(total).toBe('limit' in filter ? 4 : ids.length)
    })

    it('are shared by those who share the log', async () => {
      await save({ anomalies: [kept('one')] })
      const other = place.open()
      expect((await other.listAnomalies(ALL)).total).toBe(place.shared ? 1 : 0)
      await other.close()
    })

    it('can not be asked for when the store is closed', async () => {
      await store.close()
      const asked = [
        store.activity({ after: 0, upTo: 1 }),
        store.loadAnomalies(NOTHING),
        store.listAnomalies(ALL),
        save({ anomalies: [] }),
      ]
      for (const each of asked) await expect(each).rejects.toThrow(SentinelAuditUnavailableError)
    })
  })
}
