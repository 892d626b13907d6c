import { isPlainArray } from '../../domain/plain.ts'
import { expected } from '../judgement.ts'
import { type Operator, operator, positive } from './operator.ts'
import { COUNT_VALUE } from './values.ts'

export const LENGTHS: readonly Operator[] = [
  operator({
    name: 'len_gt',
    description: 'The text has more characters (UTF-16 units), or the array more elements, than the value.',
    schema: COUNT_VALUE,
    prepare: (bound) =>
      positive((value) =>
        typeof value === 'string' || isPlainArray(value) ? value.length > bound : expected('text or an array', value),
      ),
  }),
]
