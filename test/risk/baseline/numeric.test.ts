import fc from 'fast-check'
import { mean, sampleStandardDeviation } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { NumericBaseline, RECENT_VALUES_MAX } from '../../../src/risk/baseline/numeric.ts'
import { MAGNITUDE_MAX } from '../../../src/risk/numbers.ts'

function learned(values: readonly number[]): NumericBaseline {
  const baseline = new NumericBaseline()
  for (const value of values) baseline.learn(value)
  return baseline
}

/** Amounts as tools have them: the spread may be small beside the mean, but not beyond what a double can tell. */
const amounts = fc.array(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100),
  {
    minLength: 2,
    maxLength: 400,
  },
)

/** 1e-12 of the values' own size: where the mean is near 0, its error is not. */
const close = (found: number, wanted: number, scale: number): boolean =>
  Math.abs(found - wanted) <= 1e-12 * Math.max(scale, Math.abs(wanted))

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs))

describe('mean and sample standard deviation', () => {
  it('are those of simple-statistics over all values at once', () => {
    fc.assert(
      fc.property(amounts, (values) => {
        const baseline = learned(values)
        expect(close(baseline.mean, mean(values), largest(values))).toBe(true)
        expect(close(baseline.sd, sampleStandardDeviation(values), largest(values))).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('do not depend on the order of learning', () => {
    const shuffled = amounts.chain((values) =>
      fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length })),
    )
    fc.assert(
      fc.property(shuffled, ([values, reordered]) => {
        const one = learned(values)
        const other = learned(reordered)
        expect(close(one.mean, other.mean, largest(values))).toBe(true)
        expect(close(one.sd, other.sd, largest(values))).toBe(true)
      }),
    )
  })

  it('keep a small spread beside a large mean, where a sum of squares would lose it', () => {
    const baseline = learned([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])
    expect(baseline.sd).toBeCloseTo(Math.sqrt(30), 9)
  })

  it('are exact for equal values: no spread appears from rounding', () => {
    for (const value of [0.1, 1 / 3, 1e9 + 0.1, MAGNITUDE_MAX]) {
      const baseline = learned(Array.from({ length: 1_000 }, () => value))
      expect([baseline.mean, baseline.sd]).toEqual([value, 0])
    }
  })

  it('stay finite for the largest values, of either sign', () => {
    const baseline = learned(Array.from({ length: 1_000 }, (_, index) => (index % 2 ? MAGNITUDE_MAX : -MAGNITUDE_MAX)))
    expect(Number.isFinite(baseline.mean) && Number.isFinite(baseline.sd)).toBe(true)
  })

  it('have a spread of 0 while there are too few values for one', () => {
    expect(learned([]).sd).toBe(0)
    expect(learned([7]).sd).toBe(0)
  })
})

describe('recent values', () => {
  it('are the last ten, oldest first', () => {
    const values = Array.from({ length: 25 }, (_, index) => index)
    expect(learned(values).recent).toEqual(values.slice(-RECENT_VALUES_MAX))
  })

  it('do not change once handed out', () => {
    const baseline = learned([1, 2])
    const { recent } = baseline
    baseline.learn(3)
    expect(recent).toEqual([1, 2])
  })
})
