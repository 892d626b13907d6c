import { parseGlob } from '../glob.ts'
import { answered, counterOf, type OperatorOverTime, operatorOverTime } from './operator.ts'
import { AFTER_VALUE } from './values.ts'

const NAME = 'after'

export const AFTER: OperatorOverTime = operatorOverTime({
  name: NAME,
  description: 'This session, or without one this agent, ran the tool within that time.',
  schema: AFTER_VALUE,
  keys: ['tool', 'within'],
  takesParam: false,
  prepare({ tool, within: windowMs }, { key, scope }) {
    const glob = parseGlob(tool)
    if ('problem' in glob) return { problems: [{ at: '.tool', code: 'bad_glob', message: glob.problem }] }
    return {
      condition: answered(key, { param: '', operator: NAME }),
      about: 'order',
      windows(call) {
        const byAgent = counterOf('ran', tool, 'agent', call.agentId)
        const bySession = call.sessionId === undefined ? undefined : counterOf('ran', tool, 'session', call.sessionId)
        const counters = bySession === undefined ? [byAgent] : [byAgent, bySession]
        return {
          entries: glob.matches(call.tool)
            ? counters.map((counter) => ({ counter, amount: undefined, keepMs: windowMs }))
            : [],
          questions: scope.covers(call)
            ? [{ key, counter: bySession ?? byAgent, windowMs, of: 'calls', atLeast: 1 }]
            : [],
        }
      },
    }
  },
})
