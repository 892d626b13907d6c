import { answered, counterOf, groupOf, NOTHING_COUNTED, type OperatorOverTime, operatorOverTime } from './operator.ts'
import { CALLS_VALUE } from './values.ts'

const NAME = 'calls_in_window'

export const CALLS_IN_WINDOW: OperatorOverTime = operatorOverTime({
  name: NAME,
  description: 'With this call there are more than max in the window.',
  schema: CALLS_VALUE,
  keys: ['window', 'max', 'by'],
  takesParam: false,
  prepare: ({ window: windowMs, max, by }, { key, scope }) => ({
    condition: answered(key, { param: '', operator: NAME }),
    about: 'limit',
    windows(call) {
      if (!scope.covers(call)) return NOTHING_COUNTED
      const counter = counterOf('calls', ...scope.patterns, ...groupOf(call, by))
      return {
        entries: [{ counter, amount: undefined, keepMs: windowMs }],
        questions: [{ key, counter, windowMs, of: 'calls', atLeast: max }],
      }
    },
  }),
})
