/**
 * A second evaluator, written only for the tests and on another plan: it looks at every world in which each rule that can not be judged
 * either matches or does not, evaluates each world by the letter, and takes the strictest outcome. Slow, small, and without any code of
 * the library. It knows few operators, and parameters without paths.
 */
export interface FileRule {
  readonly id: string
  readonly action: 'allow' | 'warn' | 'require_approval' | 'block'
  readonly priority: number
  readonly conditions: readonly FileCondition[]
}

export type FileCondition =
  | { readonly param: string; readonly operator: string; readonly value: unknown }
  | { readonly any: readonly FileCondition[] }
  | { readonly all: readonly FileCondition[] }
  | { readonly not: FileCondition }

export interface RulesFile {
  readonly default_action: FileRule['action']
  readonly first_match: boolean
  readonly rules: readonly FileRule[]
}

/** 1 true, 0 false, 1/2 unknown: Kleene's logic is then minimum, maximum and one minus. */
type Degree = 0 | 0.5 | 1

const STRICTNESS = ['allow', 'warn', 'require_approval', 'block']

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' && /^-?[0-9]+([.][0-9]+)?$/.test(value) ? Number(value) : undefined
}

function same(wanted: unknown, value: unknown): Degree {
  if (typeof wanted === 'number') {
    const number = numberOf(value)
    if (number === undefined) return 0.5
    return number === wanted ? 1 : 0
  }
  if (typeof value !== typeof wanted) return 0.5
  return value === wanted ? 1 : 0
}

const opposite = (degree: Degree): Degree => (1 - degree) as Degree

function present(operator: string, wanted: unknown, value: unknown): Degree {
  switch (operator) {
    case 'eq':
      return same(wanted, value)
    case 'ne':
      return opposite(same(wanted, value))
    case 'in':
      return Math.max(0, ...(wanted as unknown[]).map((entry) => same(entry, value))) as Degree
    case 'not_in':
      return opposite(present('in', wanted, value))
    case 'gt': {
      const number = numberOf(value)
      if (number === undefined) return 0.5
      return number > (wanted as number) ? 1 : 0
    }
    case 'exists':
      if (value === null) return 0.5
      return wanted === true ? 1 : 0
    default:
      throw new Error(operator)
  }
}

function absent(operator: string, wanted: unknown, isAllow: boolean): Degree {
  if (operator === 'exists') return wanted === false ? 1 : 0
  if (isAllow) return 0.5
  return operator === 'ne' || operator === 'not_in' ? 1 : 0
}

export function degreeOf(condition: FileCondition, params: Record<string, unknown>, isAllow: boolean): Degree {
  const inner = (each: FileCondition): Degree => degreeOf(each, params, isAllow)
  if ('any' in condition) return Math.max(...condition.any.map(inner)) as Degree
  if ('all' in condition) return Math.min(...condition.all.map(inner)) as Degree
  if ('not' in condition) return opposite(inner(condition.not))
  const value = Object.hasOwn(params, condition.param) ? params[condition.param] : undefined
  return value === undefined
    ? absent(condition.operator, condition.value, isAllow)
    : present(condition.operator, condition.value, value)
}

/** One world, by the letter: `matched` rules match, the others do not. */
function outcome(file: RulesFile, matched: ReadonlySet<FileRule>): number {
  const numbers = [...new Set(file.rules.map(({ priority }) => priority))].sort((a, b) => a - b)
  const steps = numbers.flatMap((number) => {
    const group = file.rules.filter(({ priority }) => priority === number)
    return file.first_match ? group.map((rule) => [rule]) : [group]
  })
  let warned = 0
  for (const step of steps) {
    const actions = step.filter((rule) => matched.has(rule)).map(({ action }) => STRICTNESS.indexOf(action))
    if (actions.includes(1)) warned = 1
    const others = actions.filter((action) => action !== 1)
    if (others.length > 0) return Math.max(warned, ...others)
  }
  return Math.max(warned, STRICTNESS.indexOf(file.default_action))
}

/** The strictest outcome of all worlds, as the file words it. */
export function reference(file: RulesFile, params: Record<string, unknown>): string {
  const degrees = file.rules.map((rule) => {
    const inner = rule.conditions.map((condition) => degreeOf(condition, params, rule.action === 'allow'))
    return { rule, degree: Math.min(1, ...inner) }
  })
  const certain = degrees.filter(({ degree }) => degree === 1).map(({ rule }) => rule)
  const open = degrees.filter(({ rule, degree }) => degree === 0.5 && rule.action !== 'allow').map(({ rule }) => rule)
  let strictest = 0
  for (let world = 0; world < 2 ** open.length; world++) {
    const chosen = open.filter((_, at) => (world >> at) % 2 === 1)
    strictest = Math.max(strictest, outcome(file, new Set([...certain, ...chosen])))
  }
  return STRICTNESS[strictest] ?? ''
}
