import fc from 'fast-check'
import { cumulativeStdNormalProbability, gammaln } from 'simple-statistics'
import { expect, it, test } from 'vitest'
import { lnNormalTail, sigmaOf } from '../../../src/risk/calibrated/normal.ts'
import { lnStudentTail } from '../../../src/risk/calibrated/student.ts'
import { lnGamma, lnGammaHalfStep, lnGammaTail } from '../../../src/statistics/special.ts'
import { GAMMA_FUNCTIONS, GAMMA_TAILS, NORMAL_TAILS, STUDENT_TAILS } from './reference.ts'

const PRECISION = 1e-10

/** Relative error of a probability given by its logarithm; where it is below the smallest double, of the logarithm. */
function errorOf(lnFound: number, lnTrue: number): number {
  return lnTrue > -700 ? Math.abs(Math.expm1(lnFound - lnTrue)) : Math.abs(lnFound / lnTrue - 1)
}

test.each(STUDENT_TAILS)('Student tail, %d degrees of freedom, t = %d', (df, t, lnTail) => {
  expect(errorOf(lnStudentTail(t, df), lnTail)).toBeLessThan(PRECISION)
  expect(lnStudentTail(-t, df)).toBe(lnStudentTail(t, df))
})

test.each(NORMAL_TAILS)('normal tail and its inverse, z = %d', (z, lnTail) => {
  expect(errorOf(lnNormalTail(z), lnTail)).toBeLessThan(PRECISION)
  expect(Math.abs(sigmaOf(-lnTail) / z - 1)).toBeLessThan(PRECISION)
})

test.each(GAMMA_TAILS)('gamma tail, shape %d, x = %d', (shape, x, lnTail) => {
  const found = lnGammaTail(shape, x)
  // Close to certainty the small side is the other one.
  const error = lnTail > -1e-6 ? Math.abs(found - lnTail) : errorOf(found, lnTail)
  expect(error).toBeLessThan(PRECISION)
})

test.each(GAMMA_FUNCTIONS)('gamma functions of %d', (a, halfStep, full) => {
  expect(lnGammaHalfStep(a)).toBeCloseTo(halfStep, 13)
  expect(Math.abs(lnGamma(a) - full)).toBeLessThan(PRECISION * Math.max(1, Math.abs(full)))
})

it('agrees with simple-statistics as far as that is exact', () => {
  for (const z of [0.5, 1, 1.5, 2, 2.5, 3])
    expect(Math.exp(lnNormalTail(z))).toBeCloseTo(2 * (1 - cumulativeStdNormalProbability(z)), 3)
  for (const a of [0.5, 2, 7.5, 30, 400]) expect(lnGamma(a)).toBeCloseTo(gammaln(a), 6)
})

it('falls with the distance, and is finite, however far', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.2, max: 1e5, noNaN: true }),
      fc.double({ min: 0, max: 1e300, noNaN: true }),
      (df, t) => {
        const here = lnStudentTail(t, df)
        const further = lnStudentTail(t * 1.01, df)
        expect(Number.isFinite(here)).toBe(true)
        expect(here).toBeLessThanOrEqual(1e-12)
        expect(further).toBeLessThanOrEqual(here + 1e-9 * Math.abs(here) + 1e-12)
      },
    ),
  )
})

it('finds the sigma of every surprise', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), (surprise) => {
      expect(Math.abs(-lnNormalTail(sigmaOf(surprise)) / surprise - 1)).toBeLessThan(1e-9)
    }),
  )
})
