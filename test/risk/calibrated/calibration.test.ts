import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { DEFAULT_BUDGET } from '../../../src/domain/budget.ts'
import { TailCalibrator } from '../../../src/risk/calibrated/calibrator.ts'
import { groupSurprise, SumOfSurprises, strongestThree } from '../../../src/risk/calibrated/combine.ts'
import { lnNormalTail } from '../../../src/risk/calibrated/normal.ts'
import { riskScale } from '../../../src/risk/calibrated/risk-scale.ts'
import { randomNumbers } from './streams.ts'

const knots = [0.1, 0.01].map((p) => -Math.log(p))
const calibrator = (evidence: 'lose' | 'both'): TailCalibrator =>
  new TailCalibrator({ knots, priorCalls: 40, priorExcesses: 6, cap: 4_000, evidence, tail: 'learned' })

describe('the tail calibrator', () => {
  it('takes a true surprise as it is', () => {
    for (const surprise of [0, 0.5, 2.3, 4, 10, 50])
      expect(calibrator('both').read(surprise, undefined)).toBeCloseTo(surprise, 10)
  })

  it('makes a model that exaggerates threefold honest: 1 in N calls is 1 in N calls', () => {
    const random = randomNumbers(1)
    const made = calibrator('lose')
    let alarms = 0
    const calls = 40_000
    for (let call = 0; call < calls; call++) {
      const surprise = -3 * Math.log(1 - random())
      if (call > 2_000 && made.read(surprise, undefined) > Math.log(500)) alarms += 1
      made.learn(surprise, 1)
    }
    expect(alarms / (calls - 2_000)).toBeLessThan(1.5 / 500)
    expect(alarms / (calls - 2_000)).toBeGreaterThan(0.5 / 500)
  })

  it('gives a quiet stream no more evidence than it claims, unless it may gain', () => {
    const quiet = (evidence: 'lose' | 'both'): number => {
      const made = calibrator(evidence)
      for (let call = 0; call < 1_000; call++) made.learn(0.1, 1)
      return made.read(4, undefined)
    }
    expect(quiet('lose')).toBeCloseTo(4, 10)
    expect(quiet('both')).toBeGreaterThan(5)
  })

  it('never lets alarms that nobody looked at teach as much as reviewed ones', () => {
    const readingAfter = (alarmWeight: number): number => {
      const made = calibrator('lose')
      for (let call = 0; call < 300; call++) made.learn(call % 10 === 0 ? 12 : 1, alarmWeight)
      return made.read(12, undefined)
    }
    expect(readingAfter(0.5)).toBeGreaterThan(readingAfter(1) + 0.5)
  })

  it('keeps the order, and is finite, whatever it learned', () => {
    const surprises = fc.double({ min: 0, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(fc.array(surprises, { maxLength: 100 }), surprises, surprises, (learned, a, b) => {
        const made = calibrator('both')
        for (const each of learned) made.learn(each, 1)
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        expect(made.read(low, undefined)).toBeLessThanOrEqual(made.read(high, undefined) + 1e-9)
        expect(Number.isFinite(made.read(high, undefined))).toBe(true)
      }),
    )
  })
})

describe('the combination', () => {
  it('takes a strong fact beside quiet ones nearly whole', () => {
    expect(strongestThree([12, 0, 0])).toBeCloseTo(10.25)
    expect(strongestThree([1, 0.5])).toBe(0)
    expect(groupSurprise(10, 4)).toBeCloseTo(10 - Math.log(2))
  })

  it('finds many small oddities that three strongest would lose', () => {
    const random = randomNumbers(9)
    const sums = new SumOfSurprises()
    const groups = 13
    for (let call = 0; call < 1_000; call++)
      sums.learn(Array.from({ length: groups }, () => -Math.log(1 - random())).reduce((sum, each) => sum + each, 0))
    const slightlyOdd = Array.from({ length: groups }, () => -lnNormalTail(1.8))
    expect(strongestThree(slightlyOdd)).toBeLessThan(4)
    expect(
      sums.surprise(
        slightlyOdd.reduce((sum, each) => sum + each, 0),
        groups,
      ),
    ).toBeGreaterThan(9)
  })

  it('knows from experience that facts hang together', () => {
    const random = randomNumbers(9)
    const together = new SumOfSurprises()
    for (let call = 0; call < 1_000; call++) together.learn(-13 * Math.log(1 - random()))
    expect(together.surprise(40, 13)).toBeLessThan(4)
  })
})

describe('the risk scale', () => {
  const riskOf = riskScale(DEFAULT_BUDGET)

  test.each`
    oneIn      | risk  | because
    ${1}       | ${0}  | ${'any call'}
    ${21.74}   | ${4}  | ${'46 in 1,000 are warned about'}
    ${500}     | ${7}  | ${'2 in 1,000 are escalated'}
    ${25_000}  | ${9}  | ${'50 times rarer'}
    ${500_000} | ${10} | ${'1,000 times rarer'}
    ${1e30}    | ${10} | ${'the end of the scale'}
  `('1 in $oneIn calls is risk $risk: $because', ({ oneIn, risk }) => {
    expect(riskOf(Math.log(oneIn))).toBeCloseTo(risk, 3)
  })

  it('puts 7 and 4 where the budget says, and rises everywhere', () => {
    const budget = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 101, max: 900 }))
    fc.assert(
      fc.property(budget, fc.double({ min: 0, max: 40, noNaN: true }), ([escalatePer1000, warnPer1000], surprise) => {
        const scale = riskScale({ escalatePer1000, warnPer1000 })
        expect(scale(-Math.log(escalatePer1000 / 1_000))).toBeCloseTo(7, 6)
        expect(scale(-Math.log(warnPer1000 / 1_000))).toBeCloseTo(4, 6)
        expect(scale(surprise + 0.1)).toBeGreaterThanOrEqual(scale(surprise))
      }),
    )
  })

  test.each([
    { escalatePer1000: 0, warnPer1000: 46 },
    { escalatePer1000: 46, warnPer1000: 2 },
    { escalatePer1000: 2, warnPer1000: 1_000 },
    { escalatePer1000: Number.NaN, warnPer1000: 46 },
  ])('refuses the budget %o', (budget) => {
    expect(() => riskScale(budget)).toThrow('anomalyBudget needs')
  })
})
