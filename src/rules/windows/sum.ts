import { decimalOf, sumOf } from '../../support/decimal.ts'
import { MISSING } from '../condition.ts'
import { Effort } from '../effort.ts'
import { type Doubt, expected } from '../judgement.ts'
import type { Found } from '../param-path.ts'
import { unknown } from '../truth.ts'
import { answered, counterOf, groupOf, NOTHING_COUNTED, type OperatorOverTime, operatorOverTime } from './operator.ts'
import { SUM_VALUE } from './values.ts'

const NAME = 'sum_in_window'

/** A negative amount would make room for more than `max`. */
const NEGATIVE: Doubt = { because: 'expected a number of 0 or more, found a negative one' }

/** All that is at the path, added up, as decimal text. Undefined where nothing is. */
function amountIn({ values, doubt }: Found): string | Doubt | undefined {
  for (const value of values) {
    const number = decimalOf(value)
    if (number === undefined) return expected('a number', value)
    if (number < 0) return NEGATIVE
  }
  return doubt ?? (values.length === 0 ? undefined : sumOf(values.map(String)))
}

export const SUM_IN_WINDOW: OperatorOverTime = operatorOverTime({
  name: NAME,
  description: 'With this call the numbers in the parameter add up to more than max in the window.',
  schema: SUM_VALUE,
  keys: ['window', 'max', 'by'],
  takesParam: true,
  prepare({ window: windowMs, max, by }, { key, scope, param, inAllowRule }) {
    const about = { param: param.source, operator: NAME }
    const answer = answered(key, about)
    return {
      about: 'limit',
      condition(judging) {
        const found = param.find(judging.params, judging.effort)
        if (found.missing && inAllowRule) return unknown({ ...about, ...MISSING })
        const amount = amountIn(found)
        if (amount === undefined) return false
        return typeof amount === 'string' ? answer(judging) : unknown({ ...about, ...amount })
      },
      windows(call) {
        if (!scope.covers(call)) return NOTHING_COUNTED
        const amount = amountIn(param.find(call.redacted.params, new Effort()))
        if (amount === undefined) return NOTHING_COUNTED
        const counter = counterOf('sum', param.source, ...scope.patterns, ...groupOf(call, by))
        if (typeof amount !== 'string')
          return { entries: [{ counter, amount: undefined, keepMs: windowMs }], questions: [] }
        return {
          entries: [{ counter, amount, keepMs: windowMs }],
          questions: [{ key, counter, windowMs, of: 'amounts', own: amount, max: String(max) }],
        }
      },
    }
  },
})
