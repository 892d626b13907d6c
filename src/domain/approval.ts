import type { NonEmpty, Reason } from './decision.ts'
import type { Params, Plain } from './plain.ts'
import type { RiskLevel, Signal } from './risk.ts'
import type { ApprovalId, CallId, Digest, EpochMs, RiskScore } from './units.ts'

/** What a human is asked. Bound to one call by `digest`. */
export interface ApprovalRequest {
  readonly id: ApprovalId
  readonly callId: CallId
  readonly digest: Digest
  readonly tool: string
  /** Redacted; every leaf is to be shown. */
  readonly params: Params
  /** Arguments that go to the tool unjudged; shown as such. */
  readonly notJudged: readonly string[]
  readonly agentId: string
  readonly principalId: string | undefined
  readonly sessionId: string | undefined
  readonly reasons: NonEmpty<Reason>
  readonly risk: RiskScore
  readonly level: RiskLevel
  readonly signals: readonly Signal[]
  /** What the tool's `context` option adds; undefined when there is none or it failed. */
  readonly context: Plain | undefined
  readonly requestedAt: EpochMs
  /** No answer counts after this. */
  readonly deadline: EpochMs
}

/** What an approver says. Silence until the deadline is a denial. */
export type ApprovalAnswer =
  | { readonly outcome: 'approved' | 'denied'; readonly by: string; readonly note?: string | undefined }
  /** Nobody could be asked: no terminal, a full queue, an approver that threw. */
  | { readonly outcome: 'unavailable'; readonly because: string }

/** Asks someone outside the agent. Rejecting, late and malformed answers are all "not approved". */
export interface Approver {
  /** Shown to operators, such as `terminal`. */
  readonly name: string
  /** @param signal aborts when the deadline passed, the call was given up, or another approver answered first. */
  request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer>
}
