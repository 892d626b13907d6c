import { type Action, stricter, strictness } from '../domain/action.ts'
import type { Digest } from '../domain/units.ts'
import type { RuleHit, Verdict } from '../domain/verdict.ts'
import type { WindowUsage } from '../domain/window.ts'
import { errorClassOf } from '../support/messages.ts'
import type { Judging } from './condition.ts'
import { Effort } from './effort.ts'
import type { Rule } from './rule.ts'
import type { RuleCall } from './rule-set.ts'
import { type Truth, unknown } from './truth.ts'

interface Plan {
  /** In the order they are read; within a group the strictest rules first. */
  readonly groups: readonly (readonly Rule[])[]
  readonly defaultAction: Action
  readonly digest: Digest
  readonly usage: WindowUsage | undefined
}

interface Match {
  readonly rule: Rule
  readonly truth: Exclude<Truth, false>
}

/** A rule that fails as a whole is unknown, like a condition that fails: a broken block rule must not open the door. */
function tryRule(rule: Rule, call: RuleCall, judging: Judging): Truth {
  try {
    if (rule.agents !== undefined && !rule.agents.matches(call.agentId)) return false
    return rule.condition(judging)
  } catch (error) {
    return unknown({ param: '', operator: 'rule', because: `judging the rule failed (${errorClassOf(error)})` })
  }
}

/** An allow rule takes a certain match; any other rule speaks unless it certainly does not match. */
const speaks = (rule: Rule, truth: Truth): truth is Exclude<Truth, false> =>
  rule.action === 'allow' ? truth === true : truth !== false

/** Only a certain match of a rule other than warn ends the reading: an unknown one might not be meant, and must hide nothing. */
const ends = ({ rule, truth }: Match): boolean => truth === true && rule.action !== 'warn'

/** Reads group by group up to the first that gives an answer. */
function read(call: RuleCall, { groups, usage }: Plan): { matches: readonly Match[]; isAnswered: boolean } {
  const judging: Judging = { params: call.params, usage, effort: new Effort() }
  const matches: Match[] = []
  for (const group of groups) {
    const before = matches.length
    for (const rule of group) {
      const truth = tryRule(rule, call, judging)
      if (speaks(rule, truth)) matches.push({ rule, truth })
    }
    if (matches.slice(before).some(ends)) return { matches, isAnswered: true }
  }
  return { matches, isAnswered: false }
}

const hitOf = ({ rule, truth }: Match): RuleHit => ({
  ruleId: rule.id,
  action: rule.action,
  message: rule.message,
  params: rule.params,
  because: truth === true ? 'matched' : 'unknown',
  unknown: truth === true ? [] : truth.conditions,
})

/** An unknown rule other than warn stands in for an answer, unless the default is stricter still. */
function decidedBy(matches: readonly Match[], defaultAction: Action): Verdict['decidedBy'] {
  const actions = matches.filter(({ rule }) => rule.action !== 'warn').map(({ rule }) => strictness(rule.action))
  return Math.max(...actions, -1) > strictness(defaultAction) ? 'rules' : 'default'
}

/**
 * What the rules say of a call. The first group with a certain match of a rule other than warn answers; the warn rules and the unknown
 * rules read until then are joined with it, and the strictest wins. Without such a group the default action takes its place.
 */
export function evaluate(call: RuleCall, plan: Plan): Verdict {
  const { matches, isAnswered } = read(call, plan)
  const action = matches.reduce(
    (strictest, { rule }) => stricter(strictest, rule.action),
    isAnswered ? 'allow' : plan.defaultAction,
  )
  const behind = matches.filter(({ rule }) => action === 'allow' || rule.action !== 'allow')
  return {
    action,
    hits: behind.map(hitOf),
    decidedBy: isAnswered ? 'rules' : decidedBy(matches, plan.defaultAction),
    skipAnomaly: isAnswered && action === 'allow' && behind.every(({ rule }) => rule.skipAnomaly),
    counting: 'done',
    retry: 'no',
    rulesDigest: plan.digest,
  }
}
