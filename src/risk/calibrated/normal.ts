import { lnGamma, lnGammaTail } from '../../statistics/special.ts'

const STEPS_MAX = 60
const PRECISION = 1e-13
const LN_2_OVER_PI = Math.log(2 / Math.PI)
const LN_GAMMA_HALF = lnGamma(0.5)

/** `ln P(|Z| >= z)` of a standard normal, `z >= 0`: `erfc(z / sqrt 2) = Q(1/2, z^2/2)` (Abramowitz, Stegun 26.4.19). */
export const lnNormalTail = (z: number): number => lnGammaTail(0.5, (z * z) / 2, LN_GAMMA_HALF)

/**
 * How many standard deviations from the mean a normal value is that is as rare as `surprise = -ln p`, both sides counted.
 * Newton's method on the logarithm of the tail, which is concave: from any start it comes down on the root from above.
 */
export function sigmaOf(surprise: number): number {
  if (!(surprise > 0)) return 0
  let z = surprise < 1 ? surprise * Math.sqrt(Math.PI / 2) : Math.sqrt(2 * surprise)
  for (let step = 0; step < STEPS_MAX; step++) {
    const lnTail = lnNormalTail(z)
    const slope = Math.exp(LN_2_OVER_PI / 2 - (z * z) / 2 - lnTail)
    const change = (lnTail + surprise) / slope
    z = Math.max(z + change, z / 8)
    if (Math.abs(change) <= PRECISION * z) break
  }
  return z
}
