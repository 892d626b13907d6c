import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import type { Anomaly } from '../../src/domain/anomaly.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { type TestGuard, testGuard } from '../support/guards.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

type Tool = (params?: object) => Promise<unknown>
interface Busy extends TestGuard {
  readonly work: Tool
  readonly fail: Tool
}

const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

/** A guard without a scorer, and two tools: what is found is found in the history of the agent. */
function busy(config: SentinelConfig = {}): Busy {
  const guard = testGuard({ anomalyDetection: false, ...config })
  const work: Tool = guard.sentinel.wrap('work', async (_?: object) => 'done')
  const failing = guard.sentinel.wrap('fail', async (_?: object) => Promise.reject(new TypeError('no')))
  return { ...guard, work, fail: (params) => caught(failing(params)) }
}

async function times(count: number, run: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < count; time++) await run()
}

const found = async ({ sentinel }: TestGuard): Promise<readonly Anomaly[]> =>
  (await sentinel.anomalies.detect()).anomalies
const types = async (guard: TestGuard): Promise<readonly string[]> => (await found(guard)).map(({ type }) => type)

/** The one open anomaly, or the one of a type. */
async function only(guard: TestGuard, type?: Anomaly['type']): Promise<Anomaly> {
  const [first, ...others] = (await found(guard)).filter((anomaly) => (type ?? anomaly.type) === anomaly.type)
  expect(others).toEqual([])
  return first as Anomaly
}

describe('an agent that nobody knows yet is held to fixed limits', () => {
  test.each`
    calls | expected          | because
    ${50} | ${[]}             | ${'50 calls in an hour are allowed'}
    ${51} | ${['rate_spike']} | ${'51 are more than 50'}
  `('$calls calls in an hour: $expected, because $because', async ({ calls, expected }) => {
    const guard = busy()
    await times(calls, async () => {
      await guard.work()
      await guard.clock.advance(MINUTE_MS)
    })
    expect(await types(guard)).toEqual(expected)
  })

  test.each`
    good | bad  | expected                 | because
    ${3} | ${1} | ${[]}                    | ${'four outcomes are too few'}
    ${4} | ${1} | ${[]}                    | ${'one of five is 20 %, not more'}
    ${3} | ${2} | ${['high_failure_rate']} | ${'two of five are 40 %'}
    ${0} | ${5} | ${['high_failure_rate']} | ${'all failed'}
  `('$bad of $good + $bad calls fail: $expected, because $because', async ({ good, bad, expected }) => {
    const guard = busy()
    await times(bad, () => guard.fail())
    await times(good, () => guard.work())
    expect(await types(guard)).toEqual(expected)
  })

  it('tells each in a sentence, in figures, and with all that is asked of an anomaly', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    const { detectedAt, total, anomalies } = await guard.sentinel.anomalies.detect()
    expect({ detectedAt, total }).toEqual({ detectedAt: '2026-01-05T09:00:00.000Z', total: 1 })
    expect(JSON.parse(JSON.stringify(anomalies))).toEqual([
      {
        id: expect.stringMatching(/^anom_[\da-f]{24}$/),
        ...{ type: 'rate_spike', severity: 'high', status: 'open', agentId: 'default' },
        description: "Agent 'default' made 51 calls in an hour, more than 50",
        metadata: { count: 51, windowHours: 1, judgedBy: 'fixed limit', threshold: 50 },
        ...{ detectedAt: '2026-01-05T09:00:00.000Z', lastSeenAt: '2026-01-05T09:00:00.000Z' },
      },
    ])
  })

  it('takes the severities from what each is about', async () => {
    const guard = busy()
    await guard.clock.advance(13 * HOUR_MS)
    await guard.sentinel.as({ principalId: 'ada' }, () => times(51, () => guard.fail()))
    const severities = (await found(guard)).map(({ type, severity, principalId }) => [type, severity, principalId])
    expect(severities.toSorted()).toEqual([
      ['high_failure_rate', 'medium', undefined],
      ['new_principal', 'low', 'ada'],
      ['off_hours_activity', 'low', undefined],
      ['rate_spike', 'high', undefined],
    ])
  })

  it('tells an agent from another one, and takes a hostile name for a name', async () => {
    const guard = busy()
    for (const agentId of ['a', '__proto__', '\u001b[31mred\nred'])
      await guard.sentinel.as({ agentId }, () => times(51, () => guard.work()))
    await guard.sentinel.as({ agentId: 'b' }, () => times(50, () => guard.work()))
    const anomalies = await found(guard)
    expect(anomalies.map(({ agentId }) => agentId).toSorted()).toEqual(['\u001b[31mred\nred', '__proto__', 'a'])
    for (const { description } of anomalies) expect(description).toMatch(/^[ -~]+$/)
  })
})

describe('a condition that goes on', () => {
  it('is one anomaly, that tells of its worst moment and of its last', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    const first = await only(guard)
    await times(9, () => guard.work())
    await guard.clock.advance(59 * MINUTE_MS)
    await guard.work()
    expect(await only(guard)).toMatchObject({
      ...{ id: first.id, detectedAt: first.detectedAt, lastSeenAt: '2026-01-05T09:59:00.000Z' },
      metadata: { count: 61 },
    })
    await guard.clock.advance(2 * HOUR_MS)
    await guard.work()
    expect(await only(guard)).toMatchObject({ id: first.id, metadata: { count: 61 } })
  })

  it('is found later, too, however long ago it was', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    await guard.clock.advance(5 * DAY_MS)
    expect(await only(guard)).toMatchObject({ detectedAt: '2026-01-05T09:00:00.000Z' })
  })

  it('is no news beyond the days that are looked back', async () => {
    const guard = busy({ anomalyLookbackDays: 3 })
    await times(51, () => guard.work())
    await guard.clock.advance(5 * DAY_MS)
    expect(await found(guard)).toEqual([])
  })

  it('is over when it was not seen for eight days, and another one when it comes back', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    const first = await only(guard)
    await guard.clock.advance(8 * DAY_MS + HOUR_MS)
    await times(60, () => guard.work())
    const both = await found(guard)
    expect(both.map(({ type }) => type)).toEqual(['rate_spike', 'rate_spike'])
    expect(both[1]?.id).toBe(first.id)
    expect(both[0]?.id).not.toBe(first.id)
  })

  it('looked at twice is the same to the last letter', async () => {
    const guard = busy()
    await times(60, () => guard.fail())
    const once = await guard.sentinel.anomalies.detect()
    expect(await guard.sentinel.anomalies.detect()).toEqual(once)
    expect(await Promise.all([guard.sentinel.anomalies.detect(), guard.sentinel.anomalies.detect()])).toEqual([
      once,
      once,
    ])
  })
})

describe('acknowledge', () => {
  it('says who looked, records it, and answers with the anomaly as it is now', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    const { id } = await only(guard)
    await guard.clock.advance(MINUTE_MS)
    const acknowledged = await guard.sentinel.anomalies.acknowledge(id, { by: 'ada', note: 'a load test' })
    expect(acknowledged).toMatchObject({
      ...{ id, status: 'acknowledged', acknowledgedAt: '2026-01-05T09:01:00.000Z', by: 'ada', note: 'a load test' },
      resolvedAt: undefined,
    })
    expect((await guard.events()).at(-1)).toMatchObject({
      ...{ event: 'anomaly_acknowledged', agentId: 'default', approvedBy: 'ada', note: 'a load test' },
      details: { anomalyId: id, type: 'rate_spike' },
    })
    expect(await found(guard)).toEqual([])
    expect(await guard.sentinel.anomalies.list({ unacknowledged: true })).toMatchObject({ total: 0 })
    expect(await guard.sentinel.anomalies.list()).toMatchObject({ total: 1, anomalies: [acknowledged] })
  })

  test.each`
    more  | loud     | because
    ${24} | ${false} | ${'75 calls are less than half as many again as 51'}
    ${26} | ${true}  | ${'77 are more than that'}
  `('keeps it quiet until it gets worse: $more more, loud: $loud, because $because', async ({ more, loud }) => {
    const guard = busy()
    await times(51, () => guard.work())
    const { id } = await only(guard)
    await guard.sentinel.anomalies.acknowledge(id, { by: 'ada' })
    await times(more, () => guard.work())
    const told = await found(guard)
    expect(told.map((anomaly) => anomaly.id)).toEqual(loud ? [id] : [])
    if (loud)
      expect(told[0]).toMatchObject({
        ...{ status: 'open', acknowledgedAt: undefined, by: undefined },
        metadata: { count: 77, acknowledgedBefore: { at: '2026-01-05T09:00:00.000Z', by: 'ada' } },
      })
  })

  it('stands as it was said first', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    const { id } = await only(guard)
    const first = await guard.sentinel.anomalies.acknowledge(id, { by: 'ada' })
    expect(await guard.sentinel.anomalies.acknowledge(id, { by: 'bob' })).toEqual(first)
    const resolved = await guard.sentinel.anomalies.resolve(id, { by: 'bob' })
    expect(resolved).toMatchObject({ status: 'resolved', by: 'bob', acknowledgedAt: first.acknowledgedAt })
    expect(await guard.sentinel.anomalies.acknowledge(id, { by: 'eve' })).toEqual(resolved)
    expect(await guard.sentinel.anomalies.resolve(id, { by: 'eve' })).toEqual(resolved)
    expect((await guard.names()).filter((name) => name.startsWith('anomaly_'))).toEqual([
      'anomaly_acknowledged',
      'anomaly_resolved',
    ])
  })

  it('takes secrets out of what is said', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    const { id } = await only(guard)
    const note = 'see sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'
    const { note: stored } = await guard.sentinel.anomalies.acknowledge(id, { note })
    expect(stored).not.toContain('abcdefghijklmnop')
  })

  it.each([['nope'], [''], [undefined], [{}]])('knows no anomaly %j', async (id) => {
    const { sentinel } = busy()
    for (const answer of [sentinel.anomalies.acknowledge, sentinel.anomalies.resolve])
      await expect(answer(id as string)).rejects.toMatchObject({ code: 'ANOMALY_UNKNOWN' })
  })

  it.each([{ who: 'ada' }, { by: 5 }, { note: 'x'.repeat(10_001) }])('refuses %j as an actor', async (actor) => {
    const { sentinel } = busy()
    await expect(sentinel.anomalies.resolve('x', actor as object)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('resolve', () => {
  it('ends it, for the calls that it was told by; the next ones are another anomaly', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    const { id } = await only(guard)
    expect(await guard.sentinel.anomalies.resolve(id, { by: 'ada' })).toMatchObject({
      ...{ status: 'resolved', resolvedAt: '2026-01-05T09:00:00.000Z', acknowledgedAt: undefined },
    })
    await guard.work()
    expect(await found(guard)).toEqual([])
    await guard.clock.advance(2 * HOUR_MS)
    await times(51, () => guard.work())
    const again = await only(guard)
    expect(again.id).not.toBe(id)
    expect(await guard.sentinel.anomalies.list()).toMatchObject({ total: 2 })
  })

  it('does not hide that it gets worse', async () => {
    const guard = busy()
    await times(51, () => guard.work())
    const { id } = await only(guard)
    await guard.sentinel.anomalies.resolve(id)
    await times(40, () => guard.work())
    expect((await only(guard)).id).not.toBe(id)
  })
})

describe('list', () => {
  async function filled(): Promise<Busy> {
    const guard = busy()
    await guard.sentinel.as({ agentId: 'a' }, () => times(51, () => guard.fail()))
    await guard.clock.advance(MINUTE_MS)
    await guard.sentinel.as({ agentId: 'b', principalId: 'p' }, () => times(51, () => guard.work()))
    await guard.sentinel.anomalies.acknowledge(
      (await guard.sentinel.anomalies.list({ type: 'new_principal' })).anomalies[0]?.id ?? '',
    )
    return guard
  }

  test.each`
    query                                          | total | because
    ${undefined}                                   | ${4}  | ${'nothing is asked'}
    ${{ unacknowledged: true }}                    | ${3}  | ${'one is acknowledged'}
    ${{ unacknowledged: false }}                   | ${4}  | ${'that asks for nothing'}
    ${{ type: 'rate_spike' }}                      | ${2}  | ${'both agents were quick'}
    ${{ type: 'rate_spike', agentId: 'a' }}        | ${1}  | ${'all conditions hold'}
    ${{ severity: 'medium' }}                      | ${1}  | ${'one agent failed'}
    ${{ agentId: 'nobody' }}                       | ${0}  | ${'there is no such agent'}
    ${{ since: '2026-01-05T09:01:00Z' }}           | ${2}  | ${'the other agent was before'}
    ${{ since: new Date('2026-01-05T09:00:00Z') }} | ${4}  | ${'a Date will do'}
    ${{ since: Date.parse('2026-01-06') }}         | ${0}  | ${'that is yet to come'}
  `('$query gives $total, because $because', async ({ query, total }) => {
    const { sentinel } = await filled()
    const listed = await sentinel.anomalies.list(query)
    expect(listed.total).toBe(total)
    expect(listed.anomalies).toHaveLength(total)
  })

  it('gives those seen last first, as many as are asked for, and says how many there are', async () => {
    const { sentinel } = await filled()
    const { anomalies, total } = await sentinel.anomalies.list({ limit: 3 })
    expect({ total, agents: anomalies.map(({ agentId }) => agentId) }).toEqual({ total: 4, agents: ['b', 'b', 'a'] })
  })

  it.each([
    { unacknowledged: 'yes' },
    { type: 'strange' },
    { severity: 'critical' },
    { agentId: 5 },
    { since: 'yesterday' },
    { limit: 0 },
    { limit: 1_001 },
    { agent: 'a' },
  ])('refuses %j', async (query) => {
    const { sentinel } = busy()
    await expect(sentinel.anomalies.list(query as object)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('what the scorer found on a call', () => {
  type Pay = (order: { readonly amount: number; readonly to?: string }) => Promise<unknown>

  async function taught(config: SentinelConfig = {}): Promise<TestGuard & { readonly pay: Pay }> {
    const guard = testGuard({ anomalyMethod: 'zscore', ...config })
    const pay: Pay = guard.sentinel.wrap('pay', async (_: object) => 'paid')
    for (const amount of [50, 60, 70, 80, 90]) await pay({ amount })
    return { ...guard, pay: (order) => caught(pay(order)) }
  }

  it('is an anomaly by the id of its first event, which can be accepted', async () => {
    const guard = await taught()
    await guard.pay({ amount: 5_000 })
    await guard.pay({ amount: 5_000 })
    const ids = (await guard.events()).filter(({ event }) => event === 'anomaly_detected').map(({ id }) => id)
    expect(ids).toHaveLength(2)
    const anomaly = await only(guard, 'value_outlier')
    expect(anomaly).toMatchObject({
      ...{ id: ids[0], type: 'value_outlier', severity: 'high', agentId: 'default' },
      description: "Tool 'pay': Parameter 'amount' is 311.8 standard deviations from mean (70.00)",
      metadata: { tool: 'pay', param: 'amount', risk: 10, level: 'CRITICAL', auditId: ids[1], calls: 2 },
    })
    await guard.sentinel.baselines.accept(anomaly.id, { by: 'ada', note: 'the rent' })
    expect((await guard.sentinel.anomalies.list({ type: 'value_outlier' })).anomalies).toMatchObject([
      { id: anomaly.id, status: 'resolved', by: 'ada', note: 'the rent' },
    ])
    expect(await guard.pay({ amount: 5_000 })).toBe('paid')
  })

  it('accepted by a later event of it is dealt with too', async () => {
    const guard = await taught()
    await guard.pay({ amount: 5_000 })
    await guard.sentinel.as({ principalId: 'ada' }, () => guard.pay({ amount: 5_000 }))
    await guard.pay({ amount: 5_000 })
    const third = (await guard.events()).findLast(({ event }) => event === 'anomaly_detected')
    await guard.sentinel.baselines.accept(third?.id ?? '')
    const outliers = (await guard.sentinel.anomalies.list({ type: 'value_outlier' })).anomalies
    expect(outliers.map(({ status, principalId }) => [status, principalId])).toEqual([
      ['open', 'ada'],
      ['resolved', undefined],
    ])
  })

  test.each`
    amount | severity    | because
    ${104} | ${'low'}    | ${'it is warned about'}
    ${130} | ${'medium'} | ${'somebody is asked'}
    ${150} | ${'high'}   | ${'it is stopped'}
  `('of $amount is of $severity severity, because $because', async ({ amount, severity }) => {
    const guard = await taught()
    await guard.pay({ amount })
    expect(await only(guard, 'value_outlier')).toMatchObject({ type: 'value_outlier', severity })
  })

  test.each`
    first  | then         | loud     | because
    ${130} | ${131}       | ${false} | ${'it is about as far from usual'}
    ${104} | ${150}       | ${true}  | ${'the severity rises'}
    ${500} | ${5_000_000} | ${true}  | ${'both are stopped, but one is far worse'}
  `('acknowledged at $first, $then is loud: $loud, because $because', async ({ first, then, loud }) => {
    const guard = await taught({ approval: () => false, anomalyMinSamples: 5 })
    await guard.pay({ amount: first })
    const { id } = await only(guard, 'value_outlier')
    await guard.sentinel.anomalies.acknowledge(id)
    await guard.pay({ amount: then })
    expect((await found(guard)).some((anomaly) => anomaly.id === id)).toBe(loud)
  })

  it('resolved and done again is another anomaly', async () => {
    const guard = await taught()
    await guard.pay({ amount: 5_000 })
    const { id } = await only(guard, 'value_outlier')
    await guard.sentinel.anomalies.resolve(id)
    await guard.clock.advance(MINUTE_MS)
    await guard.pay({ amount: 5_000 })
    const again = await only(guard, 'value_outlier')
    expect(again.id).not.toBe(id)
    await guard.sentinel.baselines.accept(again.id)
    expect(await types(guard)).not.toContain('value_outlier')
  })

  it('is one anomaly for each new destination: to know one is not to know them all', async () => {
    const guard = await taught()
    for (const to of ['a@one.example', 'b@two.example', 'c@three.example']) await guard.pay({ amount: 70, to })
    await guard.pay({ amount: 70, to: 'd@four.example' })
    const first = await only(guard, 'new_destination')
    expect(first).toMatchObject({ type: 'new_destination', severity: 'low', metadata: { param: 'to' } })
    await guard.sentinel.anomalies.acknowledge(first.id)
    await guard.pay({ amount: 70, to: 'd@five.example' })
    expect((await only(guard, 'new_destination')).description).toContain('five.example')
  })

  it('is there in shadow mode, and says that nothing was refused', async () => {
    const guard = await taught({ shadow: true })
    expect(await guard.pay({ amount: 5_000 })).toBe('paid')
    expect(await only(guard, 'value_outlier')).toMatchObject({ type: 'value_outlier', metadata: { enforced: false } })
  })
})

describe('the place where it is kept', () => {
  it('is the log: without one, every method says so', async () => {
    const { anomalies } = new Sentinel({ auditLog: false, anomalyDetection: false, logger: false })
    for (const asked of [anomalies.detect(), anomalies.list(), anomalies.acknowledge('x'), anomalies.resolve('x')])
      await expect(asked).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
  })

  it('gives another guard what the first one found and was told', async () => {
    const store = createMemoryStore()
    const one = busy({ store })
    const other = busy({ store })
    await times(30, () => one.work())
    await times(30, () => other.work())
    const anomaly = await only(one)
    expect(await only(other)).toEqual(anomaly)
    await other.sentinel.anomalies.acknowledge(anomaly.id, { by: 'ada' })
    expect(await found(one)).toEqual([])
  })
})
