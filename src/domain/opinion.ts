import type { RiskScore } from './units.ts'

/** What another judge (an LLM) adds. It can raise a risk, never lower it. */
export interface Opinion {
  readonly score: RiskScore
  /** For operators: a model may have been talked into them. */
  readonly reasons: readonly string[]
}

/** What a judge says is to be done: let it run, have a human look first, refuse. */
export const RECOMMENDATIONS = ['allow', 'review', 'block'] as const
export type Recommendation = (typeof RECOMMENDATIONS)[number]

/** What came of the LLM analysis of one call, as it is recorded beside the decision. */
export type Consultation =
  | {
      readonly status: 'answered'
      /** What the model said, 0 to 10, before its recommendation was weighed in. */
      readonly risk: RiskScore
      readonly recommendation: Recommendation
      /** The risk by statistics alone; undefined when they are off or failed. */
      readonly statisticalRisk: RiskScore | undefined
      /** `cache`: the same call was asked about before, or at the same time, and nothing was sent for this one. */
      readonly from: 'model' | 'cache'
      /** Such as `openai.responses/gpt-4o-mini`. */
      readonly model: string
      /** Milliseconds this call waited for the answer. */
      readonly latencyMs: number
      /** As the provider counts them; 0 from the cache, undefined when it does not say. */
      readonly inputTokens: number | undefined
      readonly outputTokens: number | undefined
      /** US dollars, where the provider says so. */
      readonly costUsd: number | undefined
    }
  | { readonly status: 'failed'; readonly because: string; readonly latencyMs: number }
  /** It was this call's turn to be asked about, and the budget is used up. */
  | { readonly status: 'not-asked'; readonly because: string }
