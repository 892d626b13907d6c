import fc from 'fast-check'
import { describe, expect, it, test, vi } from 'vitest'
import { SpentBudget } from '../../src/llm/budget.ts'
import { llmGuard } from './guarding.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const tool = async (_: object) => 'done'

describe('a budget', () => {
  it('holds in every minute and every day, whenever they begin', () =>
    fc.assert(
      fc.property(
        fc.record({ perMinute: fc.integer({ min: 0, max: 5 }), perDay: fc.integer({ min: 0, max: 12 }) }),
        fc.array(fc.integer({ min: 0, max: 40_000_000 }), { maxLength: 200 }),
        (limits, gapsMs) => {
          const budget = new SpentBudget(limits)
          const takenAtMs: number[] = []
          let nowMs = 0
          for (const gapMs of gapsMs) {
            nowMs += gapMs % 3 === 0 ? gapMs : gapMs % 30_000
            const since = (windowMs: number): number => takenAtMs.filter((at) => at > nowMs - windowMs).length
            const free = since(MINUTE_MS) < limits.perMinute && since(DAY_MS) < limits.perDay
            const answer = budget.take(nowMs)
            expect(answer === 'taken').toBe(free)
            if (answer === 'taken') takenAtMs.push(nowMs)
          }
        },
      ),
    ))
})

describe('a budget that is used up', () => {
  test.each`
    limits                         | because
    ${{ perMinute: 1 }}            | ${'the budget of 1 a minute is used up'}
    ${{ perMinute: 5, perDay: 1 }} | ${'the budget of 1 a day is used up'}
  `('$limits: nobody is asked, statistics stand, and the record says so', async ({ limits, because }) => {
    const { sentinel, server, decisions } = await llmGuard({ anomalyLlmBudget: limits })
    server.behave({ says: { risk: 5 } })
    const pay = sentinel.wrap('pay', tool)
    await pay({ amount: 1 })
    await pay({ amount: 2 })
    expect(server.requests).toHaveLength(1)
    expect((await decisions()).map(({ event, details }) => [event, details?.llm])).toEqual([
      ['warn', expect.objectContaining({ status: 'answered' })],
      ['allow', { status: 'not-asked', because }],
    ])
  })

  it('is a failing model for who wants that', async () => {
    const { sentinel, decisions } = await llmGuard({ anomalyLlmBudget: { perMinute: 0, whenUsedUp: 'fail' } })
    await sentinel.wrap('pay', tool)({ amount: 1 })
    expect(await decisions()).toMatchObject([
      {
        event: 'approval_requested',
        reasons: expect.arrayContaining([expect.objectContaining({ source: 'fault', stage: 'llm' })]),
        details: { llm: { status: 'not-asked' } },
      },
    ])
  })

  it('is free again a minute later', async () => {
    const { sentinel, server, clock } = await llmGuard({ anomalyLlmBudget: { perMinute: 1 } })
    const pay = sentinel.wrap('pay', tool)
    await pay({ amount: 1 })
    await clock.advance(MINUTE_MS)
    await pay({ amount: 2 })
    expect(server.requests).toHaveLength(2)
  })
})

describe('the same call again', () => {
  it('is answered from memory for ten minutes, for the same agent and session', async () => {
    const { sentinel, server, clock, lastConsultation } = await llmGuard()
    server.behave({ says: { risk: 5 } })
    const pay = sentinel.wrap('pay', tool)
    await pay({ amount: 1 })
    await pay({ amount: 1 })
    expect(server.requests).toHaveLength(1)
    expect(await lastConsultation()).toMatchObject({ status: 'answered', from: 'cache', risk: 5, inputTokens: 0 })
    await sentinel.as({ agentId: 'clerk' }, () => pay({ amount: 1 }))
    await sentinel.as({ sessionId: 's' }, () => pay({ amount: 1 }))
    expect(server.requests).toHaveLength(3)
    await clock.advance(600_000)
    await pay({ amount: 1 })
    expect(server.requests).toHaveLength(4)
  })

  it('waits for the answer that is on its way', async () => {
    const { sentinel, server, decisions } = await llmGuard()
    server.behave({ says: { risk: 5 } })
    const pay = sentinel.wrap('pay', tool)
    await Promise.all([pay({ amount: 1 }), pay({ amount: 1 }), pay({ amount: 1 })])
    expect(server.requests).toHaveLength(1)
    expect((await decisions()).map(({ event }) => event)).toEqual(['warn', 'warn', 'warn'])
  })

  it('is asked about again after a failure', async () => {
    const { sentinel, server, lastConsultation } = await llmGuard()
    server.behave({ text: 'no' }, { says: { risk: 1 } })
    const pay = sentinel.wrap('pay', tool)
    await pay({ amount: 1 })
    await pay({ amount: 1 })
    expect(await lastConsultation()).toMatchObject({ status: 'answered', from: 'model' })
  })
})

describe('health', () => {
  it('sums what asking took and what came of it, also after a restart', async () => {
    const { sentinel, server, decisions } = await llmGuard({ anomalyLlmBudget: { perMinute: 3 } })
    const pay = sentinel.wrap('pay', tool)
    expect((await sentinel.baselines.health()).llm).toBeUndefined()
    server.behave({ says: { risk: 5 } }, { says: { risk: 0 } }, { text: 'no' })
    for (const amount of [1, 1, 2, 3, 4]) await pay({ amount })
    const { llm, warned } = await sentinel.baselines.health()
    expect(llm).toEqual({
      ...{ answered: 3, fromCache: 1, raised: 2, failed: 1, overBudget: 1 },
      ...{ inputTokens: 600, outputTokens: 40, costUsd: 0, latencyMs: expect.any(Number) },
    })
    // The budget of false alarms is a promise about statistics, not about the model.
    expect(warned).toBe(0)
    expect((await sentinel.baselines.health('pay')).llm).toEqual(llm)
    await sentinel.baselines.rebuild()
    expect((await sentinel.baselines.health()).llm).toEqual(llm)
    expect(await decisions()).toHaveLength(5)
  })

  it('counts what a provider says an answer cost', async () => {
    const judge = {
      name: 'test/priced',
      ask: async () => ({
        answer: { risk: 0, reasons: [], recommendation: 'allow' },
        ...{ inputTokens: 10, outputTokens: 2, costUsd: 0.002 },
      }),
    }
    const { sentinel, lastConsultation } = await llmGuard({}, { loadJudge: vi.fn(async () => judge) })
    const pay = sentinel.wrap('pay', tool)
    await pay({ amount: 1 })
    await pay({ amount: 2 })
    expect(await lastConsultation()).toMatchObject({ costUsd: 0.002, model: 'test/priced' })
    expect((await sentinel.baselines.health()).llm).toMatchObject({ costUsd: 0.004 })
  })
})
