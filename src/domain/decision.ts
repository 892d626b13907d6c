import type { Action } from './action.ts'
import type { Consultation } from './opinion.ts'
import type { RiskLevel, Signal } from './risk.ts'
import type { Digest, RiskScore } from './units.ts'
import type { Retry } from './verdict.ts'

export type FaultStage = 'arguments' | 'rules' | 'risk' | 'llm' | 'audit' | 'approval' | 'observer'

/** Why a call was decided as it was. `message` is for operators; only a rule author's message may reach a model. */
export type Reason =
  | {
      readonly source: 'rule'
      readonly ruleId: string
      /** What the rule asks for; a stricter one may have decided. */
      readonly action: Action
      readonly message: string
      readonly forModel: string | undefined
      /** The parameters its conditions look at. */
      readonly params: readonly string[]
    }
  | { readonly source: 'default'; readonly message: string }
  | { readonly source: 'anomaly'; readonly kind: Signal['kind']; readonly message: string }
  | { readonly source: 'llm'; readonly message: string }
  | { readonly source: 'fault'; readonly stage: FaultStage; readonly message: string }

export type NonEmpty<Item> = readonly [Item, ...Item[]]
export const isNonEmpty = <Item>(items: readonly Item[]): items is NonEmpty<Item> => items.length > 0

interface Judged {
  /** One sentence for operators: what brought the action about. Empty for an allowed call with nothing to say. */
  readonly message: string
  /** 0 to 10; the scorer's and the LLM's, whichever is higher. */
  readonly risk: RiskScore
  readonly level: RiskLevel
  /** `skipped`: an allow rule with `skip_anomaly` spoke, the risk is only recorded. `unknown`: the scorer failed. `off`: no scorer. */
  readonly riskStatus: 'counted' | 'skipped' | 'unknown' | 'off'
  readonly signals: readonly Signal[]
  /** Calls of this tool and agent the scorer had learned. */
  readonly samples: number
  /** What came of the LLM analysis; undefined where none was due. */
  readonly llm: Consultation | undefined
  /** Rules behind the answer, in the order they were read. */
  readonly ruleIds: readonly string[]
  /** Names the rule set that judged. */
  readonly rulesDigest: Digest | undefined
  /** `later`: it is blocked by nothing but limits over time that other calls have used up. */
  readonly retry: Retry
  /** Something failed and the call is judged without it (`failMode: 'safe'`). */
  readonly degraded: boolean
  /** False in shadow mode: decided and recorded, not acted on. */
  readonly enforced: boolean
}

/** What happens to a call, and why. Only `allow` may be silent. */
export type Decision = Judged &
  (
    | { readonly action: 'allow'; readonly reasons: readonly Reason[] }
    | { readonly action: 'warn'; readonly reasons: NonEmpty<Reason> }
    | { readonly action: 'block'; readonly reasons: NonEmpty<Reason> }
    | { readonly action: 'escalate'; readonly reasons: NonEmpty<Reason>; readonly timeoutMs: number }
  )

export type DecisionOf<Which extends Action> = Extract<Decision, { action: Which }>
