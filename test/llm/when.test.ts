import { describe, expect, it, test } from 'vitest'
import type { SentinelConfig } from '../../src/config/config.ts'
import { riskScore } from '../../src/domain/units.ts'
import { saying } from '../support/detectors.ts'
import { caught, llmGuard } from './guarding.ts'

const tool = async (_: object) => 'done'
const rule = (action: string, more: object = {}): SentinelConfig['rules'] => ({
  version: '1.0',
  rules: [{ id: action, function_pattern: '*', conditions: [], action, ...more }],
})
const scoring = (risk: number | 'failing') => ({
  makeDetector: () =>
    saying(() => {
      if (risk === 'failing') throw new Error('out of cheese')
      return { score: riskScore(risk), signals: [], readings: [], samples: 9 }
    }),
})

describe('which calls the model is asked about', () => {
  test.each<{ config: SentinelConfig; risk: number | 'failing'; asked: number; because: string }>([
    {
      config: { anomalyLlmWhen: undefined },
      risk: 3.9,
      asked: 0,
      because: 'by default statistics must find it unusual',
    },
    { config: { anomalyLlmWhen: undefined }, risk: 4, asked: 1, because: 'from risk 4 on' },
    { config: { anomalyLlmWhen: { minRisk: 6 } }, risk: 5.9, asked: 0, because: 'the bound is configured' },
    { config: { anomalyLlmWhen: { minRisk: 6 } }, risk: 6, asked: 1, because: 'the bound is inclusive' },
    {
      config: { anomalyLlmWhen: undefined },
      risk: 'failing',
      asked: 1,
      because: 'a scorer that failed has not said "low"',
    },
    { config: { anomalyLlmWhen: 'always' }, risk: 0, asked: 1, because: 'always is always' },
    { config: { anomalyLlmWhen: { tools: ['pay'] } }, risk: 0, asked: 1, because: 'this tool is named' },
    { config: { anomalyLlmWhen: { tools: ['send'] } }, risk: 8, asked: 0, because: 'this tool is not named' },
    { config: { rules: rule('block') }, risk: 0, asked: 0, because: 'nothing could be stricter' },
    { config: {}, risk: 9, asked: 0, because: 'statistics block it already' },
    { config: { rules: rule('require_approval') }, risk: 0, asked: 1, because: 'the model may still say block' },
    { config: { rules: rule('allow', { skip_anomaly: true }) }, risk: 8, asked: 0, because: 'a rule says so' },
    {
      config: { anomalyLlmWhen: undefined, anomalyStatistical: false },
      risk: 0,
      asked: 1,
      because: 'without statistics all are asked about',
    },
    { config: { shadow: true }, risk: 0, asked: 1, because: 'shadow mode shows what would be' },
    { config: { anomalyLlm: false }, risk: 8, asked: 0, because: 'it is switched off' },
  ])('$config, risk $risk: $asked, because $because', async ({ config, risk, asked }) => {
    const { sentinel, server } = await llmGuard(config, scoring(risk))
    await sentinel
      .wrap(
        'pay',
        tool,
      )({ amount: 5 })
      .catch(() => undefined)
    expect(server.requests).toHaveLength(asked)
  })

  it('about what an approver makes of a call, too', async () => {
    const { sentinel, server } = await llmGuard({ approval: () => ({ approved: true, params: { amount: 1_000 } }) })
    server.behave({ says: { risk: 7 } }, { says: { risk: 9.5, reasons: ['far too much'] } })
    const error = await caught(sentinel.wrap('pay', tool)({ amount: 5 }))
    expect(error).toMatchObject({ code: 'BLOCKED', message: expect.stringContaining('far too much') })
    expect(server.requests.map(({ text }) => /"amount\\":(\d+)/.exec(text)?.[1])).toEqual(['5', '1000'])
  })

  it('never about a dry run', async () => {
    const { sentinel, server } = await llmGuard()
    expect(await sentinel.check({ tool: 'pay', params: { amount: 5 } })).toMatchObject({ llm: undefined })
    expect(server.requests).toEqual([])
  })

  it('never about arguments that can not be judged', async () => {
    const { sentinel, server } = await llmGuard()
    await caught(sentinel.wrap('pay', tool)({ amount: () => 5 }))
    expect(server.requests).toEqual([])
  })
})

describe('what its answer does', () => {
  test.each`
    risk   | recommendation | action        | score  | because
    ${0}   | ${'allow'}     | ${'allow'}    | ${0}   | ${'it finds nothing'}
    ${4}   | ${'allow'}     | ${'warn'}     | ${4}   | ${'the thresholds are those of statistics'}
    ${8}   | ${'allow'}     | ${'escalate'} | ${8}   | ${'the risk counts whatever it recommends'}
    ${9.5} | ${'review'}    | ${'block'}    | ${9.5} | ${'the risk counts whatever it recommends'}
    ${2}   | ${'review'}    | ${'escalate'} | ${7}   | ${'what it recommends counts whatever the risk'}
    ${6}   | ${'block'}     | ${'block'}    | ${9}   | ${'"block, risk 6" does not run'}
  `('risk $risk, $recommendation -> $action at $score: $because', async ({ risk, recommendation, action, score }) => {
    const { sentinel, server } = await llmGuard()
    server.behave({ says: { risk, recommendation, reasons: ['so it is'] } })
    const decided: unknown[] = []
    sentinel.on('decision', ({ decision }) => decided.push(decision))
    await sentinel
      .wrap(
        'pay',
        tool,
      )({ amount: 5 })
      .catch(() => undefined)
    expect(decided).toMatchObject([{ action, risk: score, llm: { status: 'answered', risk, recommendation } }])
  })

  it('is told to people, and never to the agent', async () => {
    const { sentinel, server } = await llmGuard()
    server.behave({ says: { risk: 10, reasons: ['the account is in a haven'], recommendation: 'block' } })
    const error = await caught(sentinel.wrap('pay', tool)({ amount: 5 }))
    expect(error.message).toBe('LLM analysis (risk: 10.0): the account is in a haven')
    expect(JSON.stringify(error.forModel)).not.toMatch(/haven|risk|account/)
  })

  it('is learned as any other refusal is: not at all [P8]', async () => {
    const { sentinel, server } = await llmGuard()
    server.behave({ says: { risk: 10, recommendation: 'block' } })
    await caught(sentinel.wrap('pay', tool)({ amount: 5 }))
    expect(await sentinel.baselines.get('pay')).toMatchObject([{ samples: 0, parameters: [] }])
  })
})
