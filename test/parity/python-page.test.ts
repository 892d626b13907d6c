import { describe, expect, it, test } from 'vitest'
import type { SentinelConfig } from '../../src/config/config.ts'
import { presets } from '../../src/config/config.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { riskScore } from '../../src/domain/units.ts'
import { saying } from '../support/detectors.ts'
import { type TestGuard, testGuard } from '../support/guards.ts'

/** The page of the Python project about anomaly detection, section by section, on the whole guard. */
const METHODS = ['calibrated', 'zscore'] as const
const HOUR_MS = 3_600_000
const APPROVAL_RULE = {
  version: '1.0',
  rules: [
    {
      id: 'large_transfer',
      name: 'Large transfers',
      function_pattern: 'transfer_funds',
      conditions: [{ param: 'amount', operator: 'gt', value: 100 }],
      action: 'require_approval',
    },
  ],
}

const refusal = (promise: Promise<unknown>): Promise<{ code?: string; message: string }> =>
  promise.then(
    () => ({ message: 'it ran' }),
    (error) => error,
  )

/** A guard that learned the page's five transfers. */
async function afterFiveTransfers(
  config: SentinelConfig = {},
): Promise<TestGuard & { transfer: (order: object) => Promise<unknown> }> {
  const guard = testGuard(config)
  const transfer = guard.sentinel.wrap('transfer_funds', async (_: object) => 'sent')
  for (const amount of [50, 60, 70, 80, 90]) await transfer({ amount })
  return { ...guard, transfer }
}

/** A guard whose agent mailed five times an hour, from nine to five, on ten days; now it is the next morning, at nine. */
async function afterTenDaysOfMail(
  anomalyMethod: 'calibrated' | 'zscore',
): Promise<TestGuard & { mail: (to: string) => Promise<unknown> }> {
  const guard = testGuard({ anomalyMethod, approval: () => true })
  const send = guard.sentinel.wrap('send_email', async (_: object) => 'sent')
  const mail = (to: string) => send({ to })
  const known = ['ann@home.example', 'bob@work.example', 'cy@shop.example']
  for (let day = 0; day < 10; day++) {
    for (let hour = 9; hour < 17; hour++) {
      for (const to of [...known, ...known.slice(0, 2)]) {
        await mail(to)
        await guard.clock.advance(HOUR_MS / 5)
      }
    }
    await guard.clock.advance(16 * HOUR_MS)
  }
  return { ...guard, mail }
}

const kinds = ({ signals }: Decision): readonly string[] => signals.map(({ kind }) => kind)

describe('Overview: 5,000 after 50, 60, 70, 80 and 90', () => {
  it.each(METHODS)('is an anomaly, 312 standard deviations from the mean: %s', async (anomalyMethod) => {
    const { transfer } = await afterFiveTransfers({ anomalyMethod })
    expect((await refusal(transfer({ amount: 5_000 }))).message).toBe(
      "Anomaly detected (risk: 10.0): Parameter 'amount' is 311.8 standard deviations from mean (70.00)",
    )
  })
})

describe('Enabling anomaly detection', () => {
  it('takes the configuration of the page, in camelCase', async () => {
    const { sentinel } = testGuard({
      rules: APPROVAL_RULE,
      anomalyDetection: true,
      anomalyStatistical: true,
      anomalyLlm: false,
      anomalyEscalationThreshold: 7,
      anomalyBlockThreshold: 9,
    })
    expect((await sentinel.check({ tool: 'transfer_funds', params: { amount: 50 } })).action).toBe('allow')
  })
})

describe('What it detects', () => {
  test.each(METHODS)('value outliers: a transfer of 5,000 when the average is 70 (%s)', async (anomalyMethod) => {
    const { sentinel } = await afterFiveTransfers({ anomalyMethod })
    const decision = await sentinel.check({ tool: 'transfer_funds', params: { amount: 5_000 } })
    expect(kinds(decision)).toContain('value_outlier')
    expect(decision.action).toBe('block')
  })

  test.each(METHODS)('frequency spikes: 100 calls in an hour when the average is 5 (%s)', async (anomalyMethod) => {
    const { sentinel, mail, clock } = await afterTenDaysOfMail(anomalyMethod)
    const warnings: Decision[] = []
    sentinel.on('decision', ({ decision }) => {
      if (decision.risk >= 4) warnings.push(decision)
    })
    for (let call = 0; call < 100; call++) {
      await mail('ann@home.example')
      await clock.advance(HOUR_MS / 100)
    }
    expect(warnings.flatMap(kinds)).toContain('rate_spike')
  })

  test.each(METHODS)('new destinations: mail to a domain never seen before (%s)', async (anomalyMethod) => {
    const { sentinel } = await afterTenDaysOfMail(anomalyMethod)
    const decision = await sentinel.check({ tool: 'send_email', params: { to: 'eve@evil.example' } })
    expect(kinds(decision)).toContain('new_destination')
    expect(decision.risk).toBeGreaterThanOrEqual(4)
    const known = await sentinel.check({ tool: 'send_email', params: { to: 'someone-else@home.example' } })
    expect(kinds(known)).not.toContain('new_destination')
  })

  test.each(METHODS)(
    'unusual timing: activity at 3 in the morning when the agent only runs from 9 to 5 (%s)',
    async (anomalyMethod) => {
      const { sentinel, clock } = await afterTenDaysOfMail(anomalyMethod)
      await clock.advance(18 * HOUR_MS)
      const decision = await sentinel.check({ tool: 'send_email', params: { to: 'ann@home.example' } })
      expect(kinds(decision)).toContain('off_hours_activity')
      expect(decision.risk).toBeGreaterThanOrEqual(4)
    },
  )
})

describe('Risk levels', () => {
  test.each`
    risk   | level         | action        | because
    ${0}   | ${'LOW'}      | ${'allow'}    | ${'0 to 3: no action'}
    ${3.9} | ${'LOW'}      | ${'allow'}    | ${'up to the next level'}
    ${4}   | ${'MEDIUM'}   | ${'warn'}     | ${'4 to 6: a warning'}
    ${6.9} | ${'MEDIUM'}   | ${'warn'}     | ${'up to the next level'}
    ${7}   | ${'HIGH'}     | ${'escalate'} | ${'7 to 8: approval, even without a rule'}
    ${8.9} | ${'HIGH'}     | ${'escalate'} | ${'up to the next level'}
    ${9}   | ${'CRITICAL'} | ${'block'}    | ${'9 to 10: blocked'}
    ${10}  | ${'CRITICAL'} | ${'block'}    | ${'9 to 10: blocked'}
  `('risk $risk is $level and $action: $because', async ({ risk, level, action }) => {
    const makeDetector = () => saying(() => ({ score: riskScore(risk), signals: [], readings: [], samples: 9 }))
    const { sentinel } = testGuard({}, { makeDetector })
    expect(await sentinel.check({ tool: 'x', params: {} })).toMatchObject({ risk, level, action })
  })
})

describe('Building history', () => {
  it.each(METHODS)(
    'runs 1 to 5 have insufficient history, from run 6 on detection is active (%s)',
    async (anomalyMethod) => {
      const { sentinel } = testGuard({ anomalyMethod })
      const transfer = sentinel.wrap('transfer_funds', async (_: object) => 'sent')
      const said: string[] = []
      for (const amount of [50, 60, 70, 80, 90]) {
        const { signals } = await sentinel.check({ tool: 'transfer_funds', params: { amount } })
        said.push(...signals.map(({ message }) => message))
        await transfer({ amount })
      }
      expect(said).toEqual([0, 1, 2, 3, 4].map((samples) => `Insufficient history (${samples} samples)`))
      expect((await sentinel.check({ tool: 'transfer_funds', params: { amount: 5_000 } })).action).toBe('block')
    },
  )

  it('comes from the audit log: without one the configuration says so', () => {
    expect(() => testGuard({ auditLog: false, store: undefined })).toThrow(/no history.*anomalyDetection: false/)
  })
})

describe('Example output', () => {
  it('is logged in the words of the page', async () => {
    const lines: string[] = []
    const log = (level: string) => (_: object, message: string) => void lines.push(`${level} - ${message}`)
    const { transfer } = await afterFiveTransfers({
      logger: { debug: log('DEBUG'), info: log('INFO'), warn: log('WARN'), error: log('ERROR') },
    })
    lines.length = 0
    await refusal(transfer({ amount: 5_000 }))
    expect(lines).toEqual(
      expect.arrayContaining([
        'DEBUG - Loaded 5 historical events for transfer_funds',
        "DEBUG - Param 'amount': current=5000.0, historical=[50, 60, 70, 80, 90]",
        expect.stringMatching(/^DEBUG - Z-Score: value=5000\.0, mean=70\.00, stdev=15\.81, z_score=311\.8/),
        "INFO - ANOMALY DETECTED: 'amount'=5000.0 (z-score=311.8, risk=10.0)",
        'INFO - Anomaly analysis: transfer_funds -> risk=10.0 (CRITICAL)',
        expect.stringMatching(
          /^WARN - \[BLOCKED\] Anomaly detected \(risk: 10\.0\): Parameter 'amount' is 311\.8 standard/,
        ),
      ]),
    )
  })
})

describe('Tuning thresholds', () => {
  test.each`
    preset            | escalates | blocks
    ${'conservative'} | ${5}      | ${7}
    ${'permissive'}   | ${8}      | ${9.5}
  `('$preset: approval from $escalates, blocked from $blocks', async ({ preset, escalates, blocks }) => {
    const at = async (risk: number): Promise<string> => {
      const makeDetector = () => saying(() => ({ score: riskScore(risk), signals: [], readings: [], samples: 9 }))
      const { sentinel } = testGuard({ ...presets[preset as keyof typeof presets] }, { makeDetector })
      return (await sentinel.check({ tool: 'x', params: {} })).action
    }
    expect([await at(escalates - 0.1), await at(escalates), await at(blocks - 0.1), await at(blocks)]).toEqual([
      'warn',
      'escalate',
      'escalate',
      'block',
    ])
  })
})

describe('Combining with rules', () => {
  it('a rule that requires approval does so also when the anomaly is mild: z = 2.1 is risk 5.0', async () => {
    const { sentinel } = await afterFiveTransfers({
      ...{ anomalyMethod: 'zscore', rules: APPROVAL_RULE },
    })
    // 70 + 2.1 standard deviations
    const decision = await sentinel.check({ tool: 'transfer_funds', params: { amount: 70 + 2.1 * Math.sqrt(250) } })
    expect(decision).toMatchObject({ action: 'escalate', risk: 5, level: 'MEDIUM', ruleIds: ['large_transfer'] })
  })

  it('a critical anomaly blocks also when no rule matches', async () => {
    const { sentinel } = testGuard({ rules: APPROVAL_RULE })
    const transfer = sentinel.wrap('transfer_funds', async (_: object) => 'sent')
    for (const cents of [5, 6, 7, 8, 9]) await transfer({ amount: cents / 100 })
    const decision = await sentinel.check({ tool: 'transfer_funds', params: { amount: 50 } })
    expect(decision).toMatchObject({ action: 'block', level: 'CRITICAL', ruleIds: [] })
  })
})
