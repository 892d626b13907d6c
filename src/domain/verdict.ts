import type { Action } from './action.ts'
import type { Digest } from './units.ts'

/** A condition that could be neither true nor false, and why. */
export interface UnknownCondition {
  /** The parameter path as the rule writes it. */
  readonly param: string
  readonly operator: string
  /** What stood in the way: "expected a number, found text". Never holds the value itself. */
  readonly because: string
}

/** A rule that took part in the answer. */
export interface RuleHit {
  readonly ruleId: string
  readonly action: Action
  /** The rule author's words; may be shown to the model. */
  readonly message: string | undefined
  /** The parameters its conditions look at, as the rule writes them. */
  readonly params: readonly string[]
  /** `unknown`: its conditions could not be judged, which counts as matched in every rule but an allow rule. */
  readonly because: 'matched' | 'unknown'
  /** The conditions that could not be judged; empty when `because` is `matched`. */
  readonly unknown: readonly UnknownCondition[]
}

/** Whether the same call can succeed later, without a change to rules or history. */
export type Retry = 'no' | 'later'

/** What the rules say of one call. */
export interface Verdict {
  /** The rules' final answer, the default action included. */
  readonly action: Action
  /** Rules behind the answer in the order they were read, warn rules included. Empty when only the default action spoke. */
  readonly hits: readonly RuleHit[]
  /** `default`: no rule other than warn rules matched, and `default_action` took part. `none`: there are no rules. */
  readonly decidedBy: 'rules' | 'default' | 'none'
  /** An allow rule with `skip_anomaly` is the final answer: the risk is recorded but does not count. */
  readonly skipAnomaly: boolean
  /** `failed`: what rules ask of other calls was not answered, so that they are unknown. */
  readonly counting: 'done' | 'failed'
  /** `later`: the rules block, and only because of limits over time that other calls have used up. */
  readonly retry: Retry
  /** Names the rule set that judged; undefined when there is none. */
  readonly rulesDigest: Digest | undefined
}

export const NO_RULES: Verdict = {
  action: 'allow',
  hits: [],
  decidedBy: 'none',
  skipAnomaly: false,
  counting: 'done',
  retry: 'no',
  rulesDigest: undefined,
}
