import { decimalOf } from '../support/decimal.ts'
import type { Scalar } from './features.ts'

/** Squares of values within these bounds, and sums of 10^27 of them, stay within a double: no mean and no spread becomes infinite. */
export const MAGNITUDE_MAX = 1e140
const MAGNITUDE_MIN = 1e-140

/** What `decimalOf` leaves alone because it can not say it exactly. The scorer only needs to know how large it is. */
const LONG_DECIMAL = /^-?\d+(?:\.\d+)?$/
const LONG_CHARS_MIN = 300

/**
 * The number that a leaf is, for the scorer: a finite number, a bigint or plain decimal text; undefined for everything else.
 * Clipped to +-1e140, and 0 when closer to 0 than 1e-140, so it is always safe to square and to add up.
 */
export function numberOf(value: Scalar): number | undefined {
  const exact = decimalOf(value)
  if (exact !== undefined) return tame(Number(exact))
  const isLong = typeof value === 'string' && value.length > LONG_CHARS_MIN && LONG_DECIMAL.test(value)
  return isLong ? tame(Number(value)) : undefined
}

function tame(value: number): number {
  if (Math.abs(value) < MAGNITUDE_MIN) return 0
  return Math.max(-MAGNITUDE_MAX, Math.min(MAGNITUDE_MAX, value))
}
