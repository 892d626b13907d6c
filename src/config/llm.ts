import { z } from 'zod'
import type { Issue } from '../errors.ts'
import type { LlmBudget } from '../llm/budget.ts'
import { KEY_VARIABLES, LLM_PROVIDERS, type LlmChoice, type LlmModel, type LlmProviderName } from '../llm/model.ts'

/** Which calls the model is asked about: all, those of some tools, or those that statistics give at least a risk. */
export type LlmWhen = 'always' | { readonly tools: readonly string[] } | { readonly minRisk: number }

/** The part of a configuration that is about LLM analysis. */
export interface LlmConfig {
  /**
   * Ask a language model about calls as well. Needs the packages `ai` and, for a provider by name, `@ai-sdk/openai` or
   * `@ai-sdk/anthropic`. Default false.
   */
  readonly anomalyLlm?: boolean | undefined
  /** `openai` (key in `OPENAI_API_KEY`), `anthropic` (`ANTHROPIC_API_KEY`), or a `LanguageModel` of the AI SDK. Default `openai`. */
  readonly anomalyLlmProvider?: LlmProviderName | LlmModel | undefined
  /** A model of the provider by name. Default `gpt-4o-mini` or `claude-haiku-4-5`. */
  readonly anomalyLlmModel?: string | undefined
  /** Which calls to ask about. Default: those that statistics give risk 4 or more; with statistics off, all. */
  readonly anomalyLlmWhen?: LlmWhen | undefined
  /**
   * How often to ask, in any minute and any 24 hours of this process; default 30 and 1,000. `whenUsedUp`: `statistics` decides without
   * the model, `fail` counts as a failing model (`failMode`); default `statistics`.
   */
  readonly anomalyLlmBudget?:
    | {
        readonly perMinute?: number | undefined
        readonly perDay?: number | undefined
        readonly whenUsedUp?: LlmSettings['whenUsedUp'] | undefined
      }
    | undefined
}

export interface LlmSettings {
  readonly choice: LlmChoice
  readonly when: LlmWhen
  readonly budget: LlmBudget
  readonly whenUsedUp: 'statistics' | 'fail'
}

const DEFAULT_BUDGET: LlmBudget = Object.freeze({ perMinute: 30, perDay: 1_000 })
const DEFAULT_MIN_RISK = 4
const ASKED_MAX = 100_000
const EXPECTED_PROVIDER = "expected 'openai', 'anthropic', or a LanguageModel of the AI SDK"
const count = z.int().min(0).max(ASKED_MAX)

const isProviderName = (value: unknown): value is LlmProviderName => LLM_PROVIDERS.some((name) => name === value)

const isModel = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'doGenerate') === 'function' &&
  typeof Reflect.get(value, 'modelId') === 'string'

export const llmKeys: { readonly [Key in keyof LlmConfig]-?: z.ZodType<LlmConfig[Key]> } = {
  anomalyLlm: z.boolean().optional(),
  anomalyLlmProvider: z
    .custom<LlmProviderName | LlmModel>((value) => isProviderName(value) || isModel(value), {
      error: EXPECTED_PROVIDER,
    })
    .optional(),
  anomalyLlmModel: z.string().min(1).optional(),
  anomalyLlmWhen: z
    .union(
      [
        z.literal('always'),
        z.strictObject({ tools: z.array(z.string().min(1)).min(1) }),
        z.strictObject({ minRisk: z.number().min(0).max(10) }),
      ],
      { error: "expected 'always', { tools } or { minRisk }" },
    )
    .optional(),
  anomalyLlmBudget: z
    .strictObject({
      perMinute: count.optional(),
      perDay: count.optional(),
      whenUsedUp: z.enum(['statistics', 'fail']).optional(),
    })
    .optional(),
}

interface Given extends LlmConfig {
  readonly anomalyDetection?: boolean | undefined
  readonly anomalyStatistical?: boolean | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** What is asked for, with defaults filled in; undefined where no model is to be asked. Adds to `issues` what is wrong. */
export function llmSettings(given: Given, environment: Environment, issues: Issue[]): LlmSettings | undefined {
  issues.push(...contradictions(given, environment))
  if (given.anomalyLlm !== true) return undefined
  const { perMinute, perDay, whenUsedUp = 'statistics' } = given.anomalyLlmBudget ?? {}
  const otherwise: LlmWhen = given.anomalyStatistical === false ? 'always' : { minRisk: DEFAULT_MIN_RISK }
  return Object.freeze({
    choice: choiceOf(given, environment),
    when: given.anomalyLlmWhen ?? otherwise,
    budget: { perMinute: perMinute ?? DEFAULT_BUDGET.perMinute, perDay: perDay ?? DEFAULT_BUDGET.perDay },
    whenUsedUp,
  })
}

function choiceOf(
  { anomalyLlmProvider: provider = 'openai', anomalyLlmModel: model }: Given,
  environment: Environment,
) {
  if (typeof provider === 'object') return { provider }
  return { provider, model, apiKey: environment[KEY_VARIABLES[provider]] ?? '' }
}

function* contradictions(given: Given, environment: Environment): Generator<Issue> {
  const wrong = (path: string, code: string, message: string): Issue => ({ path, code, message })
  const { anomalyLlm, anomalyLlmProvider: provider = 'openai', anomalyLlmModel, anomalyLlmWhen: when } = given
  if (anomalyLlm === undefined) {
    const message = 'nobody is asked without `anomalyLlm: true`; add it, or `anomalyLlm: false` to keep this for later'
    for (const key of Object.keys(llmKeys) as (keyof LlmConfig)[])
      if (given[key] !== undefined) yield wrong(key, 'contradiction', message)
  }
  if (anomalyLlm !== true) return
  if (given.anomalyDetection === false)
    yield wrong('anomalyLlm', 'contradiction', 'anomaly detection is off; leave `anomalyDetection` out')
  if (typeof provider === 'object' && anomalyLlmModel !== undefined)
    yield wrong('anomalyLlmModel', 'contradiction', '`anomalyLlmProvider` is a model already; leave this out')
  if (typeof when === 'object' && 'minRisk' in when && given.anomalyStatistical === false)
    yield wrong('anomalyLlmWhen', 'contradiction', "with statistics off there is no risk to go by; write 'always'")
  if (isProviderName(provider) && !environment[KEY_VARIABLES[provider]]) {
    const variable = KEY_VARIABLES[provider]
    const message = `the environment holds no key for '${provider}'; set ${variable}, or pass a LanguageModel with a key of its own`
    yield wrong(variable, 'missing_key', message)
  }
}
