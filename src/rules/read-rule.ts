import { isPlainArray, isPlainObject, type Plain } from '../domain/plain.ts'
import { type Glob, parseGlob } from './glob.ts'
import { type Issues, join } from './issues.ts'
import { kindOf } from './judgement.ts'
import { ConditionReader } from './read-condition.ts'
import { actionOf, type Rule, type RuleSummary } from './rule.ts'
import { RULE_KEYS, type RuleFrame, ruleFrame } from './schema.ts'
import type { RuleScope } from './windows/operator.ts'

/** A rule in both its forms. */
export interface ReadRule {
  readonly rule: Rule
  readonly summary: RuleSummary
}

/** Reads rules one by one. What can not be read is an issue; what comes back is of use only when there is none. */
export class RuleReader {
  readonly #issues: Issues
  readonly #placeOfId = new Map<string, string>()

  constructor(issues: Issues) {
    this.#issues = issues
  }

  read(value: Plain, index: number): ReadRule | undefined {
    const path = `rules[${index}]`
    if (!isPlainObject(value)) {
      this.#issues.add(path, 'wrong_type', `expected a rule, an object, found ${kindOf(value)}; change it`)
      return undefined
    }
    const frame = ruleFrame.safeParse(value, { reportInput: true })
    if (!frame.success) this.#issues.addZod(frame.error.issues, path, RULE_KEYS)
    this.#checkId(value.id, path)
    this.#checkSkipAnomaly(value, path)
    const tools = this.#glob(value.function_pattern, join(path, 'function_pattern'))
    const agents = this.#glob(value.agent_pattern, join(path, 'agent_pattern'))
    const conditions = isPlainArray(value.conditions) ? value.conditions : []
    const patterns = [value.function_pattern, value.agent_pattern ?? '*'].map(String)
    const covers: RuleScope['covers'] = (call) =>
      (tools?.matches(call.tool) ?? false) && (agents?.matches(call.agentId) ?? true)
    const reader = new ConditionReader(this.#issues, {
      inAllowRule: value.action === 'allow',
      scope: { patterns, covers },
    })
    const condition = reader.every(conditions, {
      path: join(path, 'conditions'),
      depth: 0,
    })
    if (!frame.success || tools === undefined) return undefined
    const facts = factsOf(frame.data, index)
    return {
      rule: { ...facts, tools, agents, condition, params: reader.params, overTime: reader.overTime },
      summary: {
        ...facts,
        name: frame.data.name ?? undefined,
        functionPattern: frame.data.function_pattern,
        agentPattern: frame.data.agent_pattern,
      },
    }
  }

  #checkId(id: Plain | undefined, path: string): void {
    if (typeof id !== 'string') return
    const first = this.#placeOfId.get(id)
    if (first === undefined) this.#placeOfId.set(id, path)
    else this.#issues.add(join(path, 'id'), 'duplicate_id', `${first} has this id too; give each rule its own`)
  }

  #checkSkipAnomaly({ skip_anomaly, action }: { readonly [key: string]: Plain }, path: string): void {
    if (skip_anomaly !== true || action === 'allow') return
    const message = 'only an allow rule can set the risk aside; remove it, or make the action "allow"'
    this.#issues.add(join(path, 'skip_anomaly'), 'not_allowed_here', message)
  }

  #glob(source: Plain | undefined, path: string): Glob | undefined {
    if (typeof source !== 'string' || source === '') return undefined
    const glob = parseGlob(source)
    if (!('problem' in glob)) return glob
    this.#issues.add(path, 'bad_glob', glob.problem)
    return undefined
  }
}

const factsOf = (frame: RuleFrame, index: number) => ({
  id: frame.id,
  index,
  action: actionOf(frame.action),
  priority: frame.priority,
  message: frame.message ?? undefined,
  enabled: frame.enabled,
  skipAnomaly: frame.skip_anomaly,
  conditionCount: frame.conditions.length,
})
