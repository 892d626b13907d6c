import { describe, expect, it } from 'vitest'
import type { RiskAssessment } from '../../src/domain/risk.ts'
import { riskScore } from '../../src/domain/units.ts'
import { debugLines, infoLines, READINGS_SHOWN_MAX } from '../../src/risk/lines.ts'
import { call, detector, noTraits, taught } from './calls.ts'

const worked = taught('amount', [50, 60, 70, 80, 90]).score(call({ amount: 5000 }), noTraits)

describe('log lines of the worked example', () => {
  it('come out to the digit at debug level', () => {
    expect(debugLines('transfer_funds', worked)).toEqual([
      'Loaded 5 historical events for transfer_funds',
      "Param 'amount': current=5000.0, historical=[50, 60, 70, 80, 90]",
      'Z-Score: value=5000.0, mean=70.00, stdev=15.81, z_score=311.80',
    ])
  })

  it('come out to the digit at info level', () => {
    expect(infoLines('transfer_funds', worked, 'CRITICAL')).toEqual([
      "ANOMALY DETECTED: 'amount'=5000.0 (z-score=311.8, risk=10.0)",
      'Anomaly analysis: transfer_funds -> risk=10.0 (CRITICAL)',
    ])
  })
})

describe('debug lines', () => {
  it('say when history is too short [F6]', () => {
    const young = taught('amount', [50, 60, 70]).score(call({ amount: 5000 }), noTraits)
    expect(debugLines('transfer_funds', young)).toEqual([
      'Loaded 3 historical events for transfer_funds',
      'Insufficient history (3 samples)',
    ])
  })

  it('mark values that are no longer kept', () => {
    const long = taught('amount', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).score(call({ amount: 6 }), noTraits)
    expect(debugLines('t', long)[1]).toBe("Param 'amount': current=6.0, historical=[…, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]")
  })

  it('show a spread that was taken instead of the real one, so that the division can be checked', () => {
    const constant = taught('amount', [100, 100, 100, 100, 100]).score(call({ amount: 100.5 }), noTraits)
    expect(debugLines('t', constant)[2]).toBe('Z-Score: value=100.5, mean=100.00, stdev=0.00 (1.00 used), z_score=0.50')
  })

  it('show a sign where there is one', () => {
    const low = taught('amount', [50, 60, 70, 80, 90]).score(call({ amount: -0.25 }), noTraits)
    expect(debugLines('t', low)[2]).toBe('Z-Score: value=-0.25, mean=70.00, stdev=15.81, z_score=-4.44')
  })

  it('are bounded, and say what is left out [P24]', () => {
    const many = taught('amount', [50, 60, 70, 80, 90]).score(call({ amount: Array(10_000).fill(70) }), noTraits)
    const lines = debugLines('t', many)
    expect(lines).toHaveLength(1 + 2 * READINGS_SHOWN_MAX + 1)
    expect(lines.at(-1)).toBe('… and 9950 more numeric values')
  })

  it('hold no line break or invisible character that an agent put in a name', () => {
    const name = 'amount\n\u202eFAKE LINE'
    const odd = taught(name, [50, 60, 70, 80, 90]).score(call({ [name]: 5000 }), noTraits)
    const lines = [...debugLines('t', odd), ...infoLines('t', odd, 'CRITICAL')]
    expect(lines.some((line) => /[\n\u202e]/.test(line))).toBe(false)
    expect(lines[1]).toContain("Param 'amount\\u{a}\\u{202e}FAKE LINE'")
  })
})

describe('info lines', () => {
  it('are none for a call without risk', () => {
    const usual = taught('amount', [50, 60, 70, 80, 90]).score(call({ amount: 70 }), noTraits)
    expect(infoLines('t', usual, 'LOW')).toEqual([])
    expect(infoLines('t', detector().score(call({}), noTraits), 'LOW')).toEqual([])
  })

  it('name every kind of anomaly, strongest first', () => {
    const to = ['a@one.example', 'a@two.example', 'a@three.example', '', '']
    const odd = taught('to', to).score(call({ to: 'x@evil.example' }), noTraits)
    expect(infoLines('send', odd, 'MEDIUM')).toEqual([
      "ANOMALY DETECTED: Parameter 'to' goes to a mail domain never seen before (evil.example); 3 are known (risk=4.0)",
      'Anomaly analysis: send -> risk=4.0 (MEDIUM)',
    ])
  })

  it('need no reading: a signal speaks for itself', () => {
    const bare: RiskAssessment = {
      score: riskScore(7),
      signals: [
        {
          kind: 'value_outlier',
          param: 'amount',
          risk: riskScore(7),
          z: 3.5,
          message: 'odd',
          usual: '1 to 3',
          oneIn: 21_345,
        },
      ],
      readings: [],
      samples: 9,
    }
    expect(infoLines('t', bare, 'HIGH')[0]).toBe(
      'ANOMALY DETECTED: odd; usually 1 to 3; as rare as 1 in 21,000 calls (risk=7.0)',
    )
  })
})
