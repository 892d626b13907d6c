import type { RiskScore } from './units.ts'

export type SignalKind =
  | 'value_outlier'
  | 'rate_spike'
  | 'new_destination'
  | 'off_hours_activity'
  | 'level_shift'
  | 'unusual_pattern'
  | 'high_failure_rate'
  | 'insufficient_history'

/** One thing the scorer found worth saying. */
export interface Signal {
  readonly kind: SignalKind
  /** Path of the parameter it is about, such as `order.items.price`; undefined for the call as a whole. */
  readonly param: string | undefined
  readonly risk: RiskScore
  /** Standard deviations from the mean, signed; only for a value outlier. */
  readonly z: number | undefined
  /** For operators: may name bounds and means, so a model must never read it. */
  readonly message: string
  /** What is usual instead: the middle 90 % of the values, the most frequent ones, the usual hours. For operators. */
  readonly usual: string | undefined
  /** The calibrated method's answer: something like this comes once in so many calls. */
  readonly oneIn: number | undefined
}

/** What the plain method can not say of a signal. */
export const NOT_CALIBRATED: Pick<Signal, 'usual' | 'oneIn'> = { usual: undefined, oneIn: undefined }

const ONE_IN_MAX = 1e12
const COUNT_FORMAT = new Intl.NumberFormat('en-US')

/** All that a signal says, for operators: `…; usually 50.00 to 90.00; as rare as 1 in 21,000 calls`. */
export function signalSentence({ message, usual, oneIn }: Signal): string {
  const normally = usual === undefined ? '' : `; usually ${usual}`
  return `${message}${normally}${oneIn === undefined ? '' : `; ${rarity(oneIn)}`}`
}

/** Two digits are as many as such an estimate has; below ten, one decimal. */
function rarity(oneIn: number): string {
  const calls = COUNT_FORMAT.format(Number(Math.min(oneIn, ONE_IN_MAX).toPrecision(2)))
  return oneIn >= ONE_IN_MAX ? `rarer than 1 in ${calls} calls` : `as rare as 1 in ${calls} calls`
}

/** How one numeric value compared with its baseline, alarming or not; what the log shows at debug level. */
export interface Reading {
  readonly param: string
  readonly value: number
  /** Values learned before this one. */
  readonly samples: number
  readonly mean: number
  /** Sample standard deviation of the baseline. */
  readonly sd: number
  readonly z: number
  /** The last few learned values, oldest first. */
  readonly recent: readonly number[]
}

/** What a detector says of one call. */
export interface RiskAssessment {
  readonly score: RiskScore
  /** Strongest first. */
  readonly signals: readonly Signal[]
  readonly readings: readonly Reading[]
  /** Calls of this tool and agent in the baseline. */
  readonly samples: number
}

export const LEVELS = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
export type RiskLevel = (typeof LEVELS)[number]

/** From which risk on a call is warned about, escalated, blocked; each 0 to 10, in ascending order. */
export interface RiskThresholds {
  readonly warn: number
  readonly escalate: number
  readonly block: number
}

export function levelOf(score: RiskScore, thresholds: RiskThresholds): RiskLevel {
  if (score >= thresholds.block) return 'CRITICAL'
  if (score >= thresholds.escalate) return 'HIGH'
  if (score >= thresholds.warn) return 'MEDIUM'
  return 'LOW'
}
