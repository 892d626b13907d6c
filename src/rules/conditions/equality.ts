import { isPlainArray, isPlainObject, type Plain, type PlainObject } from '../../domain/plain.ts'
import { decimalOf } from '../../support/decimal.ts'
import type { Effort } from '../effort.ts'
import { allOf, anyOf, expected, type Judgement, kindOf, OVER_BUDGET } from '../judgement.ts'
import { STEPS_PER_ELEMENT } from '../limits.ts'

const sameNumber = (a: number | bigint, b: number | bigint): boolean => !(a < b) && !(a > b)

function sameElements(wanted: readonly Plain[], value: readonly Plain[], effort: Effort): Judgement {
  if (wanted.length !== value.length) return false
  if (!effort.spend(STEPS_PER_ELEMENT * (wanted.length + 1))) return OVER_BUDGET
  return allOf(wanted.entries(), ([index, element]) => equals(element, value[index] ?? null, effort))
}

function sameEntries(wanted: PlainObject, value: PlainObject, effort: Effort): Judgement {
  const keys = Object.keys(wanted)
  if (!effort.spend(STEPS_PER_ELEMENT * (keys.length + 1))) return OVER_BUDGET
  if (!keys.every((key) => Object.hasOwn(value, key)) || keys.length !== effort.keyCount(value)) return false
  return allOf(keys, (key) => equals(wanted[key] ?? null, value[key] ?? null, effort))
}

/**
 * Whether a value is the one a rule names. Numbers compare as numbers, whether written as a number, a bigint or plain decimal text;
 * text compares exactly, arrays and objects by their contents. What is of another kind is in doubt, never "different".
 */
export function equals(wanted: Plain, value: Plain, effort: Effort): Judgement {
  if (wanted === null) return value === null
  if (typeof wanted === 'number' || typeof wanted === 'bigint') {
    const number = decimalOf(value)
    return number === undefined ? expected('a number', value) : sameNumber(wanted, number)
  }
  if (isPlainArray(wanted))
    return isPlainArray(value) ? sameElements(wanted, value, effort) : expected('an array', value)
  if (isPlainObject(wanted))
    return isPlainObject(value) ? sameEntries(wanted, value, effort) : expected('an object', value)
  return typeof value === typeof wanted ? value === wanted : expected(kindOf(wanted), value)
}

/** Numbers that are equal become one key: 5, 5n and 5.0; whole numbers beyond 2^53 as bigint, the others as number. */
function numberKey(value: number | bigint): number | bigint {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value
}

/** Whether a value equals one of `wanted`, which may be many: lists of only texts or only numbers are looked up, not searched. */
export function oneOf(wanted: readonly Plain[]): (value: Plain, effort: Effort) => Judgement {
  const keys = new Set<Plain>(wanted.map((entry) => (typeof entry === 'number' ? numberKey(entry) : entry)))
  if (wanted.every((entry) => typeof entry === 'string')) {
    return (value) => (typeof value === 'string' ? keys.has(value) : wanted.length > 0 && expected('text', value))
  }
  if (wanted.every((entry) => typeof entry === 'number')) {
    return (value) => {
      const number = decimalOf(value)
      return number === undefined ? expected('a number', value) : keys.has(numberKey(number))
    }
  }
  return (value, effort) =>
    effort.spend(STEPS_PER_ELEMENT * wanted.length)
      ? anyOf(wanted, (entry) => equals(entry, value, effort))
      : OVER_BUDGET
}
