import { isPlainArray, isPlainObject, type Plain, type PlainObject } from '../../domain/plain.ts'
import type { Issue } from '../../errors.ts'
import { FILE_KEYS, RULE_KEYS } from '../../rules/schema.ts'

/** A rules file of the Python project, written anew, and what is to be known of it. */
export interface ConvertedRules {
  readonly file: PlainObject
  /** What was changed, so that it means here what it meant there. */
  readonly changed: readonly Issue[]
  /** Where calls can be decided otherwise than there: always more strictly, or as the file says and the Python project did not. */
  readonly differs: readonly Issue[]
}

/** Operators of its documentation that its code does not know: such a condition was never true. */
const NEVER_TRUE = new Set(['startswith', 'endswith', 'regex'])
/** True here of a parameter that is missing, false there. */
const NEGATIVE = new Set(['ne', 'not_in', 'not_contains'])
const ORDERED = new Set(['gt', 'gte', 'lt', 'lte'])
const SCHEMA = './node_modules/sentinel-guard/rules.schema.json'

/** Expects what was read from JSON; what can not be used as a rule stays as it is, for the loader to name. */
export function convertRules(source: PlainObject): ConvertedRules {
  const rules = isPlainArray(source.rules) ? source.rules : []
  const converter = new Converter()
  const converted = rules.map((rule, index) => (isPlainObject(rule) ? converter.rule(rule, index) : rule))
  const kept = converter.kept(source, FILE_KEYS, '')
  const file = { ...kept, $schema: SCHEMA, first_match: true, rules: converted }
  return { file, changed: [FIRST_MATCH, ...converter.changed], differs: converter.differs }
}

const FIRST_MATCH: Issue = {
  path: 'first_match',
  code: 'added',
  message: 'set to true: of rules of one priority the first in the file wins, as there; without it the strictest does',
}

class Converter {
  readonly changed: Issue[] = []
  readonly differs: Issue[] = []
  readonly #ids = new Set<string>()

  rule(rule: PlainObject, index: number): PlainObject {
    const path = `rules[${index}]`
    const kept = this.kept(rule, RULE_KEYS, path)
    const conditions = isPlainArray(rule.conditions) ? rule.conditions : []
    for (const [place, condition] of conditions.entries())
      if (isPlainObject(condition)) this.#compare(condition, rule.action, `${path}.conditions[${place}]`)
    return typeof rule.id === 'string' ? { ...kept, id: this.#uniqueId(rule.id, path) } : kept
  }

  /** Without the keys that are not known here: the Python project took no notice of any others. */
  kept(object: PlainObject, keys: readonly string[], path: string): PlainObject {
    const known = Object.entries(object).filter(([key]) => keys.includes(key))
    for (const key of Object.keys(object).filter((name) => !keys.includes(name))) {
      const place = path === '' ? key : `${path}.${key}`
      this.changed.push({ path: place, code: 'dropped', message: 'left out: it had no effect there either' })
    }
    return Object.fromEntries(known)
  }

  #uniqueId(id: string, path: string): string {
    let unique = id
    for (let number = 2; this.#ids.has(unique); number++) unique = `${id}_${number}`
    this.#ids.add(unique)
    const message = `renamed from '${id}' to '${unique}': another rule has that id`
    if (unique !== id) this.changed.push({ path: `${path}.id`, code: 'renamed', message })
    return unique
  }

  #compare({ operator }: PlainObject, action: Plain | undefined, path: string): void {
    if (typeof operator !== 'string') return
    const differs = (code: string, message: string): void => void this.differs.push({ path, code, message })
    if (NEVER_TRUE.has(operator))
      differs(
        'was_never_true',
        `'${operator}' was never true there, so the rule never matched; here it does what it says`,
      )
    if (action === 'allow') return
    if (NEGATIVE.has(operator))
      differs('missing_parameter', `'${operator}' is true of a missing parameter here, and was false there`)
    if (ORDERED.has(operator))
      differs(
        'wrong_type',
        `text such as "5000" is compared as its number, and what is no number counts as a match; there neither matched`,
      )
  }
}
