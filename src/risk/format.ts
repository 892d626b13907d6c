import { withoutDigests } from '../domain/redacted.ts'
import { printable } from '../support/printable.ts'

const SHOWN_CHARS_MAX = 80

/** Text that an agent chose, as an operator may see it: one line, of bounded length, with nothing invisible in it, and no digests. */
export function shown(text: string): string {
  const plain = withoutDigests(text)
  return printable(plain.length > SHOWN_CHARS_MAX ? `${plain.slice(0, SHOWN_CHARS_MAX)}…` : plain)
}

const SMALLEST_WITH_TWO_DECIMALS = 0.005

/** Two decimals, as in `70.00`; three digits where two decimals would read 0.00. */
export function twoDecimals(value: number): string {
  const isTooSmall = value !== 0 && Math.abs(value) < SMALLEST_WITH_TWO_DECIMALS
  return isTooSmall ? value.toPrecision(3) : value.toFixed(2)
}

/** From here on the Python project's logs write a whole number with an exponent. */
const WHOLE_MAX = 1e16

/** A number as the Python project's logs write it: `5000.0`, `0.25`. */
export const asFloat = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < WHOLE_MAX ? value.toFixed(1) : String(value)
