import type { Plain } from '../domain/plain.ts'

const PLAIN_DECIMAL = /^-?\d{1,400}(?:\.\d{1,400})?$/

/**
 * The number that a value plainly is: a finite number, a bigint, or text such as `5000` or `-0.25`.
 * Anything else (`5,000`, `5e3`, ` 5`) is undefined, so that nobody guesses at it.
 * Whole numbers beyond 2^53 come back as bigint; `<`, `>` and `==` compare both kinds exactly.
 */
export function decimalOf(value: Plain | undefined): number | bigint | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return value
  if (typeof value !== 'string' || !PLAIN_DECIMAL.test(value)) return undefined
  const parsed = Number(value)
  if (Number.isSafeInteger(parsed) || value.includes('.')) return Number.isFinite(parsed) ? parsed : undefined
  return BigInt(value)
}

/** A decimal number without rounding: `units / 10 ** scale`. */
export interface Exact {
  readonly units: bigint
  readonly scale: number
}

const ZERO: Exact = { units: 0n, scale: 0 }
const WRITTEN = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:e(?<exponent>[+-]\d+))?$/

/** Reads what `decimalOf` takes, as text; a number prints with an exponent when it is very large or very small. */
export function exact(text: string): Exact {
  const { sign = '', whole = '', fraction = '', exponent = '0' } = WRITTEN.exec(text)?.groups ?? {}
  return atScale({ units: BigInt(sign + whole + fraction), scale: fraction.length - Number(exponent) }, 0)
}

/** The same number, with at least so many digits behind the point. */
const atScale = ({ units, scale }: Exact, least: number): Exact =>
  scale >= least ? { units, scale } : { units: units * 10n ** BigInt(least - scale), scale: least }

function added(one: Exact, other: Exact): Exact {
  const [a, b] = [atScale(one, other.scale), atScale(other, one.scale)]
  return { units: a.units + b.units, scale: a.scale }
}

/** The sum of decimal numbers, each as text and 0 or more, as text: without rounding, and without an exponent. */
export function sumOf(numbers: readonly string[]): string {
  return decimalText(numbers.map(exact).reduce(added, ZERO))
}

/** Without rounding, and without an exponent. For numbers of 0 or more. */
export function decimalText({ units, scale }: Exact): string {
  const digits = units.toString().padStart(scale + 1, '0')
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Whether decimal numbers are together more than `max`, each as text and 0 or more. Reads no further than it needs to. */
export function exceeds(numbers: Iterable<string>, max: string): boolean {
  let sum = exact(`-${max}`)
  for (const number of numbers) {
    sum = added(sum, exact(number))
    if (sum.units > 0n) return true
  }
  return false
}
