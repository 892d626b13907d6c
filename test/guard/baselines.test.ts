import { describe, expect, it, test } from 'vitest'
import type { SentinelConfig } from '../../src/config/config.ts'
import { type TestGuard, testGuard } from '../support/guards.ts'

type Pay = (order: { readonly amount: number; readonly to: string }) => Promise<unknown>
const DAY_MS = 86_400_000
const order = (amount: number, to = 'bob@example.com') => ({ amount, to })
const outlier = { tool: 'pay', params: order(5_000) }
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

/** A guard that learned five usual payments. */
async function taught(config: SentinelConfig = {}): Promise<TestGuard & { readonly pay: Pay }> {
  const guard = testGuard(config)
  const pay: Pay = guard.sentinel.wrap('pay', async (_: object) => 'paid')
  for (const amount of [50, 60, 70, 80, 90]) await pay(order(amount))
  return { ...guard, pay }
}

const anomalyId = async ({ events }: TestGuard): Promise<string> =>
  (await events()).findLast(({ event }) => event === 'anomaly_detected')?.id ?? ''

describe('what is usual', () => {
  it('is told in plain numbers, by tool and agent', async () => {
    const { sentinel, pay } = await taught()
    await sentinel.as({ agentId: 'clerk' }, () => pay(order(7)))
    const [usual, ofClerk] = await sentinel.baselines.get('pay')
    expect(usual).toMatchObject({ tool: 'pay', agentId: 'default', samples: 5 })
    expect(ofClerk).toMatchObject({ agentId: 'clerk', samples: 1 })
    const [amount, to] = usual?.parameters ?? []
    expect(amount).toMatchObject({
      param: 'amount',
      numbers: { count: 5, mean: 70, recent: [50, 60, 70, 80, 90], quantiles: { p5: 52, p50: 70, p95: 88 } },
    })
    expect(amount?.numbers?.sd).toBeCloseTo(15.811, 3)
    expect(to).toMatchObject({
      param: 'to',
      numbers: undefined,
      topValues: [{ value: 'bob@example.com', count: 5, share: 1 }],
      topDestinations: [{ value: 'mail domain:example.com', count: 5, share: 1 }],
      distinct: 1,
    })
    expect(await sentinel.baselines.get('nothing')).toEqual([])
    expect((await sentinel.baselines.list()).map(({ tool }) => tool)).toEqual(['pay', 'pay'])
  })

  it('is told by the plain method too', async () => {
    const { sentinel } = await taught({ anomalyMethod: 'zscore' })
    const [usual] = await sentinel.baselines.get('pay')
    expect(usual?.parameters[0]).toMatchObject({ param: 'amount', numbers: { count: 5, mean: 70 } })
    expect(await sentinel.baselines.health()).toMatchObject({ promised: undefined })
  })

  it('is told as learned: a secret by its digest', async () => {
    const guard = testGuard()
    const login = guard.sentinel.wrap('login', async (_: object) => 'in')
    for (let call = 0; call < 3; call++) await login({ password: 'hunter2' })
    const [usual] = await guard.sentinel.baselines.get('login')
    expect(usual?.parameters[0]?.topValues).toEqual([
      { value: expect.stringMatching(/^\[redacted:[\da-f]{16}\]$/), count: 3, share: 1 },
    ])
  })

  it('is not there where nothing is scored', async () => {
    const { sentinel } = testGuard({ anomalyDetection: false })
    for (const asked of [sentinel.baselines.list(), sentinel.baselines.health(), sentinel.baselines.rebuild()])
      await expect(asked).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('health', () => {
  it('counts scored calls and alarms, and says what was promised beside what was measured', async () => {
    const { sentinel, pay } = await taught({ approval: ({ params }) => params.amount !== 150 })
    expect(await sentinel.baselines.health()).toEqual({
      ...{ calls: 0, warned: 0, escalated: 0, approved: 0, denied: 0 },
      promised: { escalatePer1000: 2, warnPer1000: 46 },
      measured: undefined,
    })
    for (let call = 0; call < 8; call++) await pay(order(70))
    await caught(pay(order(5_000)))
    const health = await sentinel.baselines.health()
    expect(health).toMatchObject({ calls: 9, warned: 0, escalated: 1 })
    expect(health.measured?.escalate.per1000).toBeCloseTo(1_000 / 9, 6)
    expect(health.measured?.escalate.low).toBeLessThan(1_000 / 9)
    expect(health.measured?.escalate.high).toBeGreaterThan(1_000 / 9)
    expect(await sentinel.baselines.health('pay')).toEqual(health)
    expect(await sentinel.baselines.health('other')).toMatchObject({ calls: 0 })
  })

  test.each([
    { approved: true, approves: 1, denies: 0 },
    { approved: false, approves: 0, denies: 1 },
  ])('counts what humans said of escalated calls: $approved', async ({ approved, approves, denies }) => {
    const { sentinel, pay } = await taught({ anomalyBlockThreshold: 10, approval: () => approved })
    await caught(pay(order(500)))
    expect(await sentinel.baselines.health()).toMatchObject({ escalated: 1, approved: approves, denied: denies })
  })
})

describe('accept', () => {
  it('makes what was an anomaly usual, and records who said so', async () => {
    const guard = await taught()
    const { sentinel, pay, events } = guard
    expect(await caught(pay(order(5_000)))).toMatchObject({ code: 'BLOCKED' })
    const id = await anomalyId(guard)
    await sentinel.baselines.accept(id, { by: 'ada', note: 'the yearly rent' })
    expect(await sentinel.check(outlier)).toMatchObject({ action: 'allow' })
    expect(await sentinel.check({ ...outlier, params: order(50_000) })).toMatchObject({ action: 'block' })
    expect((await events()).findLast(({ event }) => event === 'baseline_changed')).toMatchObject({
      ...{ tool: 'pay', agentId: 'default', approvedBy: 'ada', note: 'the yearly rent' },
      details: { change: 'accepted', anomalyId: id },
    })
  })

  it('accepts a destination for what it is', async () => {
    const guard = testGuard()
    const { sentinel } = guard
    const mail = sentinel.wrap('mail', async (_: object) => 'sent', {
      destinations: { params: ['to'], whenNew: 'escalate' },
    })
    for (let call = 0; call < 100; call++) await mail({ to: `p${call % 3}@work.example` })
    expect(await caught(mail({ to: 'eve@new.example' }))).toMatchObject({ code: 'APPROVAL_UNAVAILABLE' })
    await sentinel.baselines.accept(await anomalyId(guard))
    expect(await mail({ to: 'eve@new.example' })).toBe('sent')
    expect(await caught(mail({ to: 'eve@other.example' }))).toMatchObject({ code: 'APPROVAL_UNAVAILABLE' })
  })

  it.each(['nope', ''])('knows no anomaly %j', async (id) => {
    const { sentinel } = await taught()
    await expect(sentinel.baselines.accept(id)).rejects.toMatchObject({ code: 'ANOMALY_UNKNOWN' })
  })

  it('takes no other event for an anomaly', async () => {
    const { sentinel, events } = await taught()
    const [first] = await events()
    await expect(sentinel.baselines.accept(first?.id ?? '')).rejects.toMatchObject({ code: 'ANOMALY_UNKNOWN' })
  })
})

describe('forget and rebuild', () => {
  it('forgets a tool, or one of its parameters', async () => {
    const { sentinel, pay } = await taught()
    await sentinel.baselines.forget('pay', 'amount')
    expect((await sentinel.baselines.get('pay'))[0]?.parameters.map(({ param }) => param)).toEqual(['to'])
    await sentinel.baselines.forget('pay', undefined, { by: 'ada' })
    expect(await sentinel.baselines.get('pay')).toEqual([])
    expect(await pay(order(5_000))).toBe('paid')
  })

  it('builds everything anew from the last days of the log, what was forgotten and accepted included', async () => {
    const guard = await taught({ anomalyLookbackDays: 10 })
    const { sentinel, pay, clock } = guard
    await caught(pay(order(5_000)))
    await sentinel.baselines.accept(await anomalyId(guard))
    await sentinel.baselines.rebuild({ by: 'ada' })
    expect(await sentinel.check(outlier)).toMatchObject({ action: 'allow', samples: 5 })
    await clock.advance(11 * DAY_MS)
    expect(await sentinel.check(outlier)).toMatchObject({ samples: 5 })
    await sentinel.baselines.rebuild()
    expect(await sentinel.check(outlier)).toMatchObject({ samples: 0 })
  })
})

describe('a level that moves', () => {
  const EVERY_MS = 3 * 3_600_000
  const wave = (index: number): number => 10 * Math.sin(index) + 5 * Math.sin(index * 2.7)

  /** 400 payments around 100, three hours apart, and 220 more that rise by a half each, up to 145. */
  async function boiled({ sentinel, clock }: TestGuard): Promise<void> {
    const pay: Pay = sentinel.wrap('pay', async (_: object) => 'paid')
    for (let index = 0; index < 620; index++) {
      await caught(pay(order(100 + Math.min(45, Math.max(0, index - 400) / 2) + wave(index))))
      await clock.advance(EVERY_MS)
    }
  }

  test.each([
    { approval: undefined, risk: 6.9, answers: 'there is nobody to ask' },
    {
      approval: { name: 'away', request: async () => ({ outcome: 'unavailable', because: 'away' }) as const },
      risk: 7,
      answers: 'nobody answers',
    },
  ])('is announced, and taken as it is seven days later where $answers', async ({ approval, risk }) => {
    const guard = testGuard(approval === undefined ? {} : { approval })
    await boiled(guard)
    const events = await guard.events()
    const shown = events.filter(
      ({ event, signals }) => event === 'anomaly_detected' && signals.some(({ kind }) => kind === 'level_shift'),
    )
    const shifts = shown.flatMap(({ signals }) => signals.filter(({ kind }) => kind === 'level_shift'))
    expect(new Set(shifts.map((shift) => shift.risk))).toEqual(new Set([risk]))
    const [rebased] = events.filter(({ details }) => details?.change === 'rebased')
    expect(rebased).toMatchObject({ tool: 'pay', agentId: 'default', details: { param: 'amount' } })
    const waited = Date.parse(rebased?.time ?? '') - Date.parse(shown[0]?.time ?? '')
    expect(waited / DAY_MS).toBeGreaterThanOrEqual(7)
    expect(waited / DAY_MS).toBeLessThan(8)
  })

  it('is the level at once when somebody approves it, and stays a shift when somebody says no', async () => {
    const approving = testGuard({ approval: () => true })
    await boiled(approving)
    const denying = testGuard({ approval: () => false })
    await boiled(denying)
    const shiftsOf = async (guard: TestGuard): Promise<number> =>
      (await guard.events()).filter(
        ({ event, signals }) => event === 'approval_requested' && signals.some(({ kind }) => kind === 'level_shift'),
      ).length
    expect(await shiftsOf(approving)).toBeGreaterThan(0)
    expect(await shiftsOf(denying)).toBeGreaterThan(5 * (await shiftsOf(approving)))
    for (const guard of [approving, denying])
      expect((await guard.events()).filter(({ event }) => event === 'baseline_changed')).toEqual([])
  })
})
