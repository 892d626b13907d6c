import { isPlainArray, isPlainObject, type Plain, type PlainObject } from '../domain/plain.ts'
import { type Condition, leafCondition } from './condition.ts'
import type { Operator, Prepared, Problem } from './conditions/operator.ts'
import { OPERATORS } from './conditions/operators.ts'
import { type Issues, join } from './issues.ts'
import { kindOf } from './judgement.ts'
import { CONDITION_DEPTH_MAX, CONDITIONS_PER_RULE_MAX } from './limits.ts'
import { type ParamPath, parseParamPath } from './param-path.ts'
import { didYouMean } from './suggest.ts'
import { every, not, some } from './truth.ts'
import type { OperatorOverTime, OverTime, RuleScope, Site } from './windows/operator.ts'
import { OPERATORS_OVER_TIME } from './windows/operators.ts'

const LEAF_KEYS = ['param', 'operator', 'value'] as const
const GROUP_KEYS = ['any', 'all', 'not'] as const
const KEYS = [...LEAF_KEYS, ...GROUP_KEYS]

interface Place {
  readonly path: string
  readonly depth: number
}

/** The rule that the conditions belong to. */
interface Context {
  readonly inAllowRule: boolean
  readonly scope: RuleScope
}

/** Reads the conditions of one rule. What can not be read is an issue; the rule is then never used. */
export class ConditionReader {
  readonly #issues: Issues
  readonly #context: Context
  readonly #params = new Set<string>()
  /** Those of the conditions read so far that look at other calls too. */
  readonly overTime: OverTime[] = []
  #count = 0

  constructor(issues: Issues, context: Context) {
    this.#issues = issues
    this.#context = context
  }

  /** The parameters that the conditions read so far look at, as the file writes them. */
  get params(): readonly string[] {
    return [...this.#params]
  }

  /** All of `values` as one condition. */
  every(values: readonly Plain[], place: Place): Condition {
    const conditions = this.#list(values, place)
    const [only] = conditions
    if (only !== undefined && conditions.length === 1) return only
    return (judging) => every(conditions, (condition) => condition(judging))
  }

  #list(values: readonly Plain[], { path, depth }: Place): readonly Condition[] {
    return values.flatMap((value, index) => this.#read(value, { path: `${path}[${index}]`, depth }) ?? [])
  }

  #read(value: Plain, place: Place): Condition | undefined {
    if (!this.#isWithinBounds(place)) return undefined
    if (!isPlainObject(value)) {
      this.#issues.add(place.path, 'wrong_type', `expected a condition, an object, found ${kindOf(value)}; change it`)
      return undefined
    }
    const groups = GROUP_KEYS.filter((key) => Object.hasOwn(value, key))
    const keys = groups.length === 0 ? LEAF_KEYS : groups.slice(0, 1)
    this.#refuseOtherKeys(value, { path: place.path, keys })
    if (groups.length === 0) return this.#leaf(value, place.path)
    return this.#group(groups[0] ?? 'all', value, place)
  }

  #isWithinBounds({ path, depth }: Place): boolean {
    this.#count++
    if (depth > CONDITION_DEPTH_MAX) {
      this.#issues.add(path, 'too_deep', `"any", "all" and "not" nest deeper than ${CONDITION_DEPTH_MAX}; flatten them`)
      return false
    }
    if (this.#count === CONDITIONS_PER_RULE_MAX + 1) {
      this.#issues.add(path, 'too_large', `the rule has more than ${CONDITIONS_PER_RULE_MAX} conditions; split it`)
    }
    return this.#count <= CONDITIONS_PER_RULE_MAX
  }

  #refuseOtherKeys(value: PlainObject, { path, keys }: { path: string; keys: readonly string[] }): void {
    for (const key of Object.keys(value).filter((key) => !keys.includes(key))) {
      const message = (KEYS as readonly string[]).includes(key)
        ? `"${key}" can not stand beside "${keys.join('", "')}"; put each into a condition of its own`
        : `the key ${JSON.stringify(key)} is not known here; known are ${KEYS.join(', ')}.${didYouMean(key, KEYS)}`
      this.#issues.add(join(path, key), 'unknown_key', message)
    }
  }

  #group(kind: (typeof GROUP_KEYS)[number], value: PlainObject, { path, depth }: Place): Condition | undefined {
    const inner = value[kind] ?? null
    const place = { path: join(path, kind), depth: depth + 1 }
    if (kind === 'not') {
      const condition = this.#read(inner, place)
      return condition && ((judging) => not(condition(judging)))
    }
    if (!isPlainArray(inner) || inner.length === 0) {
      const found = isPlainArray(inner) ? 'an empty one' : kindOf(inner)
      this.#issues.add(
        place.path,
        isPlainArray(inner) ? 'empty_group' : 'wrong_type',
        `expected an array of conditions, found ${found}; add conditions or remove "${kind}"`,
      )
      return undefined
    }
    if (kind === 'all') return this.every(inner, place)
    const conditions = this.#list(inner, place)
    return (judging) => some(conditions, (condition) => condition(judging))
  }

  #leaf(value: PlainObject, path: string): Condition | undefined {
    const operator = this.#operator(value.operator, join(path, 'operator'))
    if (operator !== undefined && 'takesParam' in operator) return this.#leafOverTime(operator, value, path)
    const param = this.#param(value.param, join(path, 'param'))
    const prepared = operator && this.#prepared(operator, value.value, join(path, 'value'))
    if (operator === undefined || param === undefined || prepared === undefined) return undefined
    const { inAllowRule } = this.#context
    return leafCondition({ path: param, operator: operator.name, prepared, inAllowRule })
  }

  #leafOverTime(operator: OperatorOverTime, value: PlainObject, path: string): Condition | undefined {
    const prepare = this.#preparing(operator, value, path)
    const checked = this.#checked(operator, value.value, join(path, 'value'))
    if (prepare === undefined || checked === undefined) return undefined
    const prepared = this.#usable(prepare(checked.data as never), join(path, 'value'))
    if (prepared === undefined) return undefined
    this.overTime.push(prepared)
    return prepared.condition
  }

  #preparing(operator: OperatorOverTime, value: PlainObject, path: string) {
    const site: Site = { key: path, ...this.#context }
    const place = join(path, 'param')
    if (operator.takesParam) {
      const param = this.#param(value.param, place)
      return param && ((checked: never) => operator.prepare(checked, { ...site, param }))
    }
    if (value.param !== undefined) {
      this.#issues.add(place, 'unknown_key', `"${operator.name}" looks at whole calls, not at a parameter; remove it`)
    }
    return (checked: never) => operator.prepare(checked, site)
  }

  #operator(name: Plain | undefined, path: string): Operator | OperatorOverTime | undefined {
    if (typeof name !== 'string') {
      const message = name === undefined ? 'an operator is missing here' : `expected an operator, found ${kindOf(name)}`
      this.#issues.add(path, name === undefined ? 'missing_key' : 'wrong_type', `${message}; write one such as "eq"`)
      return undefined
    }
    const operator = OPERATORS.get(name) ?? OPERATORS_OVER_TIME.get(name)
    if (operator === undefined) {
      const known = [...OPERATORS.keys(), ...OPERATORS_OVER_TIME.keys()]
      const message = `the operator ${JSON.stringify(name)} is not known; known are ${known.join(', ')}.`
      this.#issues.add(path, 'unknown_operator', `${message}${didYouMean(name, known)}`)
    }
    return operator
  }

  #param(source: Plain | undefined, path: string): ParamPath | undefined {
    if (typeof source !== 'string') {
      const message = source === undefined ? 'a parameter is missing here' : `expected text, found ${kindOf(source)}`
      this.#issues.add(
        path,
        source === undefined ? 'missing_key' : 'wrong_type',
        `${message}; write a name such as "amount"`,
      )
      return undefined
    }
    const parsed = parseParamPath(source)
    if (!('problem' in parsed)) {
      this.#params.add(source)
      return parsed
    }
    this.#issues.add(path, 'bad_path', parsed.problem)
    return undefined
  }

  #prepared(operator: Operator, value: Plain | undefined, path: string): Prepared | undefined {
    const isLeftOut = value === undefined && operator.valueOptional
    const checked = isLeftOut ? { data: undefined } : this.#checked(operator, value, path)
    return checked && this.#usable(operator.prepare(checked.data), path)
  }

  /** The value as its schema makes it. */
  #checked(
    { name, schema, keys = [] }: Pick<Operator, 'name' | 'schema'> & { readonly keys?: readonly string[] },
    value: Plain | undefined,
    path: string,
  ): { readonly data: unknown } | undefined {
    if (value === undefined) {
      this.#issues.add(path, 'missing_key', `"${name}" needs a value; add it`)
      return undefined
    }
    const checked = schema.safeParse(value, { reportInput: true })
    if (checked.success) return checked
    this.#issues.addZod(checked.error.issues, path, keys)
    return undefined
  }

  #usable<Usable extends object>(
    preparation: Usable | { readonly problems: readonly Problem[] },
    path: string,
  ): Usable | undefined {
    if (!('problems' in preparation)) return preparation
    for (const { at, code, message } of preparation.problems) this.#issues.add(`${path}${at ?? ''}`, code, message)
    return undefined
  }
}
