import type { LanguageModel } from 'ai'
import { SentinelConfigError } from '../errors.ts'
import { messageOf } from '../support/messages.ts'
import { answerSchema } from './answer.ts'
import type { Prompt } from './prompt.ts'

/** Reasons and a number are short; more means that the model does something else. */
const OUTPUT_TOKENS_MAX = 1_000

export const LLM_PROVIDERS = ['openai', 'anthropic'] as const
export type LlmProviderName = (typeof LLM_PROVIDERS)[number]

/** A `LanguageModel` object of the AI SDK, of any provider: what `createOpenAI(…)('…')` returns. */
export interface LlmModel {
  readonly specificationVersion: string
  readonly provider: string
  readonly modelId: string
}

/** Where a provider's key is looked for in the environment. */
export const KEY_VARIABLES: Readonly<Record<LlmProviderName, string>> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
}

/** The provider's small model, where none is named. */
const DEFAULT_MODELS: Readonly<Record<LlmProviderName, string>> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-haiku-4-5',
}

/** A model of a provider by name, with its key; or any model as an object. */
export type LlmChoice =
  | { readonly provider: LlmProviderName; readonly model: string | undefined; readonly apiKey: string }
  | { readonly provider: LlmModel }

/** What a model answered, unchecked, and what that took. */
export interface Reply {
  readonly answer: unknown
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  readonly costUsd: number | undefined
}

/** A model that can be asked. */
export interface Judge {
  /** Such as `openai.responses/gpt-4o-mini`. */
  readonly name: string
  /** Asks once. @throws whatever the AI SDK throws. */
  ask(prompt: Prompt, signal: AbortSignal): Promise<Reply>
}

/** Packages that only who uses them installs. Our own types name none of theirs, so that they need not be there to compile either. */
export interface OptionalPackages {
  ai(): Promise<unknown>
  openai(): Promise<unknown>
  anthropic(): Promise<unknown>
}

export const optionalPackages: OptionalPackages = {
  ai: () => import('ai'),
  openai: () => import('@ai-sdk/openai'),
  anthropic: () => import('@ai-sdk/anthropic'),
}

type AiSdk = typeof import('ai')
type OpenAi = typeof import('@ai-sdk/openai')
type Anthropic = typeof import('@ai-sdk/anthropic')

/**
 * Loads the AI SDK and the model.
 * @throws SentinelConfigError naming the command that installs what is missing.
 */
export async function loadJudge(choice: LlmChoice, packages: OptionalPackages = optionalPackages): Promise<Judge> {
  const install = `npm install ${['ai', ...('model' in choice ? [`@ai-sdk/${choice.provider}`] : [])].join(' ')}`
  const { generateText, Output } = await installed<AiSdk>(packages.ai, install)
  const model = 'model' in choice ? await namedModel(choice, packages, install) : (choice.provider as LanguageModel)
  const { provider, modelId } = model as LlmModel
  const isDefault = 'model' in choice && choice.model === undefined

  return {
    name: `${provider}/${modelId}`,
    async ask({ system, user }, abortSignal) {
      const { output, usage, providerMetadata } = await generateText({
        model,
        instructions: system,
        prompt: user,
        output: Output.object({ schema: answerSchema, name: 'review' }),
        maxOutputTokens: OUTPUT_TOKENS_MAX,
        // Retries are ours: they share one deadline and one breaker.
        maxRetries: 0,
        abortSignal,
        // Not every model takes a temperature; the default ones do.
        ...(isDefault ? { temperature: 0 } : {}),
        // OpenAI keeps what it is sent unless told otherwise; other providers take no notice.
        providerOptions: { openai: { store: false } },
      })
      const { inputTokens, outputTokens } = usage
      return { answer: output, inputTokens, outputTokens, costUsd: costOf(providerMetadata) }
    },
  }
}

async function namedModel(
  { provider, model = DEFAULT_MODELS[provider], apiKey }: Extract<LlmChoice, { apiKey: string }>,
  packages: OptionalPackages,
  install: string,
): Promise<LanguageModel> {
  const settings = { apiKey, fetch: fetchWithoutRedirects }
  if (provider === 'openai') return (await installed<OpenAi>(packages.openai, install)).createOpenAI(settings)(model)
  return (await installed<Anthropic>(packages.anthropic, install)).createAnthropic(settings)(model)
}

/** What is sent for review goes where it was meant to go. */
const fetchWithoutRedirects: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' })

async function installed<Package>(load: () => Promise<unknown>, install: string): Promise<Package> {
  try {
    return (await load()) as Package
  } catch (error) {
    const message = `LLM analysis needs packages that can not be loaded (${messageOf(error)}); run \`${install}\``
    throw new SentinelConfigError([{ path: 'anomalyLlm', code: 'missing_package', message }], { cause: error })
  }
}

/** Some providers say what an answer cost, each under its own name. */
function costOf(metadata: Readonly<Record<string, unknown>> | undefined): number | undefined {
  for (const told of Object.values(metadata ?? {})) {
    const cost = typeof told === 'object' && told !== null && 'cost' in told ? Number(told.cost) : Number.NaN
    if (Number.isFinite(cost) && cost >= 0) return cost
  }
  return undefined
}
