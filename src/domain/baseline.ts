import type { ScoredCall } from './call.ts'
import type { Signal } from './risk.ts'

/** What somebody, or the passing of time, did to what is usual. */
export type BaselineChange =
  /** What made this call an anomaly is usual from now on. */
  | { readonly change: 'accepted'; readonly call: ScoredCall; readonly signals: readonly AcceptedSignal[] }
  /** A level that moved, and that nobody answered for, is the level from now on. */
  | ({ readonly change: 'rebased'; readonly at: ScoredCall['at'] } & MovedParameter)
  /** Everything learned of a tool, or of one of its parameters, is forgotten for all agents. */
  | { readonly change: 'forgotten'; readonly tool: string; readonly param: string | undefined }

export type AcceptedSignal = Pick<Signal, 'kind' | 'param'>

/** A numeric parameter of one tool and agent. */
export interface MovedParameter {
  readonly tool: string
  readonly agentId: string
  /** Path, such as `order.total`. */
  readonly param: string
}

/** A frequent value and how often it was learned. Redacted values are shown as their digests. */
export interface ValueCount {
  readonly value: string
  readonly count: number
  /** Of all learned values, 0 to 1. */
  readonly share: number
}

/** What is usual for the numbers of one parameter, in its own unit. */
export interface UsualNumbers {
  readonly count: number
  readonly mean: number
  /** Sample standard deviation. */
  readonly sd: number
  /** Of the latest values, at most 40: the middle 90 % lies between `p5` and `p95`. */
  readonly quantiles: { readonly p5: number; readonly p50: number; readonly p95: number }
  /** The latest values, oldest first, at most 40. */
  readonly recent: readonly number[]
}

export interface UsualParameter {
  /** Path, such as `order.total`. */
  readonly param: string
  /** Undefined where it never was a number. */
  readonly numbers: UsualNumbers | undefined
  /** Lengths, where it was a list. */
  readonly lengths: UsualNumbers | undefined
  /** Most frequent first, at most ten. */
  readonly topValues: readonly ValueCount[]
  /** Mail domains, hosts, directories and accounts, most frequent first, at most ten. */
  readonly topDestinations: readonly ValueCount[]
  /** Different values remembered. */
  readonly distinct: number
}

/** What is usual for one tool and agent. */
export interface UsualCalls {
  readonly tool: string
  readonly agentId: string
  /** Learned calls. */
  readonly samples: number
  readonly parameters: readonly UsualParameter[]
  /** Learned calls in each hour of the day, 0 to 23, of the configured time zone; 1 for an hour that was seen, in the plain method. */
  readonly hours: readonly number[]
  readonly rate: {
    /** Learned calls an hour on average; undefined before the second call. */
    readonly perHour: number | undefined
    /** The most calls in about a minute and about an hour so far; undefined where the method does not count them. */
    readonly peakPerMinute: number | undefined
    readonly peakPerHour: number | undefined
  }
}

/** One piece of what a detector remembers, as it is stored. */
export interface StateRow {
  readonly key: string
  /** Undefined: there is nothing by this key any more. */
  readonly bytes: Uint8Array | undefined
}

/** Scored calls and what came of them. */
export interface AlarmCounts {
  readonly calls: number
  /** Risk from 4 to below 7. */
  readonly warned: number
  /** Risk 7 and above. */
  readonly escalated: number
  /** Of the escalated ones those that a human found right. */
  readonly approved: number
  /** Of the escalated ones those that a human refused. */
  readonly denied: number
  /** What asking a model came to; undefined where it was never any call's turn. */
  readonly llm: LlmUse | undefined
}

/** What asking a model about calls came to, over the whole log. */
export interface LlmUse {
  /** Calls that a model answered for. */
  readonly answered: number
  /** Of these those that needed no request, because the same call was asked about shortly before. */
  readonly fromCache: number
  /** Of the answered ones those whose risk it raised. */
  readonly raised: number
  readonly failed: number
  /** Calls that were not asked about because the budget was used up. */
  readonly overBudget: number
  /** As far as the provider counts them. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** US dollars; 0 where the provider does not say. */
  readonly costUsd: number
  /** Milliseconds that calls waited for the model, all together. */
  readonly latencyMs: number
}

/** All that a detector remembers, as it is stored. */
export interface BaselineState {
  /** Names the method and settings; see `Detector.make`. */
  readonly make: string
  /** The events up to this sequence number are in it. */
  readonly seq: number
  readonly rows: readonly StateRow[]
}

/** State to be stored. */
export interface BaselineSave extends BaselineState {
  /** The rows are what changed after this sequence number; undefined: they are everything. */
  readonly since: number | undefined
}
