import { z } from 'zod'
import type { Operator } from './conditions/operator.ts'
import { OPERATORS } from './conditions/operators.ts'
import { CONDITIONS_PER_RULE_MAX, ID_CHARACTERS_MAX, MESSAGE_CHARACTERS_MAX, RULES_MAX } from './limits.ts'
import type { OperatorOverTime } from './windows/operator.ts'
import { OPERATORS_OVER_TIME } from './windows/operators.ts'

/** Actions as rules files write them. */
export const FILE_ACTIONS = ['allow', 'warn', 'require_approval', 'block'] as const
export type FileAction = (typeof FILE_ACTIONS)[number]

const PRIORITY_DEFAULT = 100
const DEFAULT_ACTION: FileAction = 'allow'

const literals = (operators: readonly Operator[]): z.ZodType<string> =>
  z.union(operators.map(({ name, description }) => z.literal(name).meta({ description })))

const PARAM: z.ZodType<string> = z
  .string()
  .min(1)
  .meta({ description: 'The parameter, or a path such as order.items[].price; [] is any element.' })

/** Operators whose values have one shape, as one branch: an editor that knows the operator then knows the value. */
function conditionBranch(operators: readonly [Operator, ...Operator[]]): z.ZodType {
  const [{ schema, valueOptional }] = operators
  return z.strictObject({
    param: PARAM,
    operator: literals(operators),
    value: valueOptional ? schema.optional() : schema,
  })
}

const branchOverTime = ({ name, description, schema, takesParam }: OperatorOverTime): z.ZodType =>
  z.strictObject({
    ...(takesParam ? { param: PARAM } : {}),
    operator: z.literal(name).meta({ description }),
    value: schema,
  })

const byValue = Map.groupBy(OPERATORS.values(), (operator) => operator.schema)
const branches = [
  ...[...byValue.values()].map(([first, ...rest]) => conditionBranch([first as Operator, ...rest])),
  ...[...OPERATORS_OVER_TIME.values()].map(branchOverTime),
]

const group = (description: string): z.ZodType => z.lazy(() => z.array(conditionSchema).min(1)).meta({ description })

/** One condition as a file writes it. */
const conditionSchema: z.ZodType = z
  .union([
    ...branches,
    z.strictObject({ any: group('True when one of these is true.') }),
    z.strictObject({ all: group('True when all of these are true.') }),
    z.strictObject({ not: z.lazy(() => conditionSchema).meta({ description: 'True when this one is false.' }) }),
  ])
  .meta({
    id: 'condition',
    title: 'Condition',
    description:
      'Says something of one parameter or of the calls before, or joins other conditions with "any", "all" or "not".',
  })

const action = (description: string): z.ZodType<FileAction> => z.enum(FILE_ACTIONS).meta({ description })
const words = (charactersMax: number, description: string): z.ZodType<string | null | undefined> =>
  z.string().max(charactersMax).nullish().meta({ description })
const pattern = (description: string): z.ZodType<string> => z.string().min(1).meta({ description })

/** A rule without its conditions, which are read one by one so that each problem has its own place. */
const ruleFields = {
  id: z
    .string()
    .min(1)
    .max(ID_CHARACTERS_MAX)
    .refine((id) => !/\p{Cc}/u.test(id), {
      error: 'expected text without control characters, found some; remove them',
    })
    .meta({ description: 'Names the rule in the log and in errors; once in a file.' }),
  name: words(MESSAGE_CHARACTERS_MAX, 'A title for people.'),
  description: words(MESSAGE_CHARACTERS_MAX, 'A note for people.'),
  function_pattern: pattern('Whole names of tools, with * ? [seq] [!seq]; case-sensitive.'),
  agent_pattern: pattern('Whole names of agents, with the same wildcards; without it, every agent.').optional(),
  action: action('What happens to a call that matches.'),
  priority: z
    .int()
    .default(PRIORITY_DEFAULT)
    .meta({ description: 'Lower numbers are read first. At the same number the strictest action wins.' }),
  message: words(
    MESSAGE_CHARACTERS_MAX,
    'What the agent and the approver are told. Write no bounds here that an agent should not learn.',
  ),
  enabled: z.boolean().default(true).meta({ description: 'false: checked, but not used.' }),
  skip_anomaly: z.boolean().default(false).meta({
    description: 'Only with "allow": the risk of a call that this rule allows is recorded but does not count.',
  }),
}

const fileFields = {
  $schema: z.string().optional().meta({ description: 'Where editors find this description.' }),
  version: z.literal('1.0').default('1.0').meta({ description: 'Version of the format.' }),
  description: words(MESSAGE_CHARACTERS_MAX, 'A note for people.'),
  default_action: action('What happens when no rule, or only warn rules, match.').default(DEFAULT_ACTION),
  first_match: z
    .boolean()
    .default(false)
    .meta({ description: 'true: at the same priority the first rule in the file wins, not the strictest.' }),
}

export const RULE_KEYS: readonly string[] = [...Object.keys(ruleFields), 'conditions']
export const FILE_KEYS: readonly string[] = [...Object.keys(fileFields), 'rules']

/** The outside of a rule: its conditions are still unread. */
export interface RuleFrame {
  readonly id: string
  readonly name?: string | null | undefined
  readonly function_pattern: string
  readonly agent_pattern?: string | undefined
  readonly conditions: readonly unknown[]
  readonly action: FileAction
  readonly priority: number
  readonly message?: string | null | undefined
  readonly enabled: boolean
  readonly skip_anomaly: boolean
}

export const ruleFrame: z.ZodType<RuleFrame> = z.strictObject({
  ...ruleFields,
  conditions: z.array(z.unknown()).default([]),
})

/** The outside of a file: its rules are still unread. */
interface FileFrame {
  readonly default_action: FileAction
  readonly first_match: boolean
  readonly rules: readonly unknown[]
}

export const fileFrame: z.ZodType<FileFrame> = z.strictObject({
  ...fileFields,
  rules: z.array(z.unknown()).max(RULES_MAX),
})

const ruleSchema = z
  .strictObject({
    ...ruleFields,
    conditions: z
      .array(conditionSchema)
      .max(CONDITIONS_PER_RULE_MAX)
      .prefault([])
      .meta({ description: 'All must be true. Without conditions the rule matches every call of its tools.' }),
  })
  .meta({ id: 'rule', title: 'Rule' })

/** A whole rules file: shape only. What a shape can not say (patterns, expressions, unique ids) is checked at load. */
export const rulesFileSchema: z.ZodType = z.strictObject({
  ...fileFields,
  rules: z.array(ruleSchema).max(RULES_MAX).meta({ description: 'The rules, in any order.' }),
})

/** The JSON Schema that editors use, published as `sentinel-guard/rules.schema.json`. */
export function rulesJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(rulesFileSchema, { target: 'draft-7', io: 'input' })
  return { $schema, title: 'Sentinel rules file', ...schema }
}
