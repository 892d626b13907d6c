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
