import { oneOf } from './equality.ts'
import { type Operator, pair } from './operator.ts'
import { LIST_VALUE } from './values.ts'

/** Lists that do not mix kinds are looked up in one step; the others are compared entry by entry. */
export const MEMBERSHIPS: readonly Operator[] = pair({
  schema: LIST_VALUE,
  is: { name: 'in', description: 'The parameter equals one of the values.' },
  isNot: { name: 'not_in', description: 'The parameter equals none of the values, or is missing.' },
  prepare: (wanted) => oneOf(wanted),
})
