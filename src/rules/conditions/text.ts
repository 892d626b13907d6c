import { isPlainArray, type Plain } from '../../domain/plain.ts'
import type { Effort } from '../effort.ts'
import { anyOf, expected, type Judgement, OVER_BUDGET } from '../judgement.ts'
import { STEPS_PER_ELEMENT } from '../limits.ts'
import { equals } from './equality.ts'
import { type Operator, operator, pair, positive } from './operator.ts'
import { ANY_VALUE, TEXT_VALUE } from './values.ts'

/** What searching costs at worst: measured, a short text is found at 6 ns a character, a long one at 0.4 ns times its length. */
const searchSteps = (text: string, part: string): number => Math.ceil(text.length * Math.max(0.6, part.length / 25))

function includes(value: Plain, part: Plain, effort: Effort): Judgement {
  if (isPlainArray(value)) {
    if (!effort.spend(STEPS_PER_ELEMENT * value.length)) return OVER_BUDGET
    return anyOf(value, (element) => equals(part, element, effort))
  }
  if (typeof value !== 'string') return expected('text or an array', value)
  if (typeof part !== 'string') return expected('an array', value)
  return effort.spend(searchSteps(value, part)) ? value.includes(part) : OVER_BUDGET
}

const edge = (name: string, description: string, holds: (text: string, part: string) => boolean): Operator =>
  operator({
    name,
    description,
    schema: TEXT_VALUE,
    prepare: (part) => positive((value) => (typeof value === 'string' ? holds(value, part) : expected('text', value))),
  })

/** Parts of texts, and elements of arrays, exactly as written: no folding of case or of Unicode forms. */
export const TEXTS: readonly Operator[] = [
  ...pair({
    schema: ANY_VALUE,
    is: { name: 'contains', description: 'The text has the value in it, or the array has it as an element.' },
    isNot: { name: 'not_contains', description: 'The text or array does not have the value in it, or is missing.' },
    prepare: (part) => (value, effort) => includes(value, part, effort),
  }),
  edge('startswith', 'The text starts with the value.', (text, part) => text.startsWith(part)),
  edge('endswith', 'The text ends with the value.', (text, part) => text.endsWith(part)),
]
