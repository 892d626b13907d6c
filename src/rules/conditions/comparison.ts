import { decimalOf } from '../../support/decimal.ts'
import { expected } from '../judgement.ts'
import { equals } from './equality.ts'
import { type Operator, operator, pair, positive } from './operator.ts'
import { ANY_VALUE, NUMBER_VALUE } from './values.ts'

type Order = (value: number | bigint, bound: number) => boolean

const ordered = (name: string, description: string, holds: Order): Operator =>
  operator({
    name,
    description,
    schema: NUMBER_VALUE,
    prepare: (bound) =>
      positive((value) => {
        const number = decimalOf(value)
        return number === undefined ? expected('a number', value) : holds(number, bound)
      }),
  })

/** Equality and order. JavaScript compares number with bigint exactly, so nothing is rounded on the way. */
export const COMPARISONS: readonly Operator[] = [
  ...pair({
    schema: ANY_VALUE,
    is: { name: 'eq', description: 'The parameter equals the value; numbers compare as numbers.' },
    isNot: { name: 'ne', description: 'The parameter does not equal the value, or is missing.' },
    prepare: (wanted) => (value, effort) => equals(wanted, value, effort),
  }),
  ordered('gt', 'The number is greater than the value.', (value, bound) => value > bound),
  ordered('gte', 'The number is greater than or equal to the value.', (value, bound) => value >= bound),
  ordered('lt', 'The number is less than the value.', (value, bound) => value < bound),
  ordered('lte', 'The number is less than or equal to the value.', (value, bound) => value <= bound),
]
