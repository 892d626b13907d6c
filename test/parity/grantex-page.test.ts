import { describe, expect, it } from 'vitest'
import { ANOMALY_TYPES, SEVERITIES } from '../../src/domain/anomaly.ts'
import type { Sentinel } from '../../src/sentinel.ts'
import { type TestGuard, testGuard } from '../support/guards.ts'

/** Grantex's page about its client for anomalies, section by section: `client.anomalies` is `sentinel.anomalies`. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const NIGHT_MS = 14 * 3_600_000

const agent = (sentinel: Sentinel, agentId: string) => {
  const tool = sentinel.wrap('issue_token', async ({ fail }: { fail?: boolean }) => {
    if (fail) throw new Error('refused')
  })
  return (params: { fail?: boolean } = {}, principalId?: string): Promise<unknown> =>
    sentinel.as({ agentId, principalId }, () => tool(params)).catch(() => undefined)
}

/** A log in which four agents did one odd thing each. */
async function oddLog(): Promise<TestGuard> {
  const guard = testGuard({ anomalyWarnThreshold: 10, anomalyEscalationThreshold: 10, anomalyBlockThreshold: 10 })
  const { sentinel, clock } = guard
  const [busy, clumsy, shared, nightly] = ['busy', 'clumsy', 'shared', 'nightly'].map((id) => agent(sentinel, id))
  for (let call = 0; call < 60; call++) await busy?.()
  for (let call = 0; call < 10; call++) await clumsy?.({ fail: call < 5 })
  for (const principal of ['ann', 'ann', 'bob']) await shared?.({}, principal)
  await clock.advance(NIGHT_MS)
  for (let call = 0; call < 12; call++) await nightly?.()
  await clock.advance(100)
  return guard
}

describe('Detect', () => {
  it('looks across all agents, and answers with detectedAt, total and the anomalies', async () => {
    const { sentinel } = await oddLog()
    const { detectedAt, total, anomalies } = await sentinel.anomalies.detect()
    expect(detectedAt).toMatch(ISO)
    expect(total).toBe(anomalies.length)
    const found = anomalies.map(({ type, agentId }) => `${type} of ${agentId}`)
    expect(found).toEqual(
      expect.arrayContaining([
        'rate_spike of busy',
        'high_failure_rate of clumsy',
        'new_principal of shared',
        'off_hours_activity of nightly',
      ]),
    )
  })

  it('finds nothing where nothing is odd', async () => {
    const { sentinel } = testGuard()
    await agent(sentinel, 'calm')()
    expect(await sentinel.anomalies.detect()).toMatchObject({ total: 0, anomalies: [] })
  })
})

describe('List', () => {
  it('gives all stored anomalies, or only those that nobody acknowledged', async () => {
    const { sentinel } = await oddLog()
    const { anomalies } = await sentinel.anomalies.detect()
    const all = await sentinel.anomalies.list()
    expect(all.total).toBe(anomalies.length)
    await sentinel.anomalies.acknowledge(anomalies[0]?.id ?? '')
    expect((await sentinel.anomalies.list()).total).toBe(all.total)
    const open = await sentinel.anomalies.list({ unacknowledged: true })
    expect(open.total).toBe(all.total - 1)
    expect(open.anomalies.map(({ id }) => id)).not.toContain(anomalies[0]?.id)
  })
})

describe('Acknowledge', () => {
  it('marks an anomaly as reviewed, and returns it with the time', async () => {
    const { sentinel } = await oddLog()
    const { anomalies } = await sentinel.anomalies.detect()
    const before = anomalies[0]
    expect(before?.acknowledgedAt).toBeUndefined()
    const after = await sentinel.anomalies.acknowledge(before?.id ?? '')
    expect(after).toMatchObject({ id: before?.id, type: before?.type, status: 'acknowledged' })
    expect(after.acknowledgedAt).toMatch(ISO)
  })
})

describe('Anomaly type', () => {
  it('has every field of the page', async () => {
    const { sentinel } = await oddLog()
    const { anomalies } = await sentinel.anomalies.detect()
    for (const anomaly of anomalies) {
      expect(anomaly).toMatchObject({
        id: expect.any(String),
        type: expect.any(String),
        agentId: expect.any(String),
        description: expect.any(String),
        metadata: expect.any(Object),
        detectedAt: expect.stringMatching(ISO),
      })
      expect(SEVERITIES).toContain(anomaly.severity)
      expect(anomaly).toHaveProperty('principalId')
      expect(anomaly).toHaveProperty('acknowledgedAt')
    }
    expect(anomalies.find(({ type }) => type === 'new_principal')?.principalId).toBe('bob')
  })

  it('knows the four types of the page, and those that the scorer finds', () => {
    expect(ANOMALY_TYPES).toEqual(
      expect.arrayContaining(['rate_spike', 'high_failure_rate', 'new_principal', 'off_hours_activity']),
    )
    expect(ANOMALY_TYPES).toEqual(
      expect.arrayContaining(['value_outlier', 'new_destination', 'level_shift', 'unusual_pattern']),
    )
  })
})

describe('Example: monitor and acknowledge', () => {
  it('ends with nothing that is left to look at', async () => {
    const { sentinel } = await oddLog()
    const printed: string[] = []
    const detection = await sentinel.anomalies.detect()
    for (const { id, severity, type, description } of detection.anomalies) {
      printed.push(`[${severity.toUpperCase()}] ${type}: ${description}`)
      await sentinel.anomalies.acknowledge(id, { by: 'ann', note: 'seen' })
    }
    expect(printed).toHaveLength(detection.total)
    expect((await sentinel.anomalies.list({ unacknowledged: true })).total).toBe(0)
    // Looking again finds the same, and those stay quiet.
    expect((await sentinel.anomalies.detect()).total).toBe(0)
  })
})
