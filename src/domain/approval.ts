import type { ArgumentShape } from './call.ts'
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
  /** Where something was replaced in `params`, such as `card.number`. */
  readonly redactedPaths: readonly string[]
  /** Names and paths that the tool calls secret, besides the usual ones; undefined: none. */
  readonly secretNames?: readonly string[] | undefined
  /** Arguments that go to the tool unjudged; shown as such. */
  readonly notJudged: readonly string[]
  /** How the tool gets its arguments back from `params`; undefined: not known, so only the same call made again can run. */
  readonly argumentShape?: ArgumentShape | undefined
  readonly agentId: string
  readonly principalId: string | undefined
  readonly sessionId: string | undefined
  /** Rules behind the decision, and the rule set they are of. */
  readonly ruleIds: readonly string[]
  readonly rulesDigest: Digest | undefined
  readonly reasons: NonEmpty<Reason>
  readonly risk: RiskScore
  readonly level: RiskLevel
  readonly signals: readonly Signal[]
  /** What the tool's `context` option adds; undefined when there is none or it failed. */
  readonly context: Plain | undefined
  readonly requestedAt: EpochMs
  /** No answer counts after this, and no run. */
  readonly deadline: EpochMs
  /** Who may decide; undefined: whoever is not barred. */
  readonly approvers: readonly string[] | undefined
  /** Who may not, besides the agent and the session that ask: with `fourEyes` the principal. */
  readonly barred: readonly string[]
}

/**
 * `pending`: nobody decided. `approved`, `edited`: the call may run, once, as it was or with other arguments. `denied`: a human said no.
 * `expired`: the deadline passed first. `cancelled`: the call was given up, or is blocked by now. `consumed`: the call was started.
 * `outcome_unknown`: it was started and the process, or the guard, ended before its end was recorded.
 */
export const APPROVAL_STATES = [
  'pending',
  'approved',
  'edited',
  'denied',
  'expired',
  'cancelled',
  'consumed',
  'outcome_unknown',
] as const
export type ApprovalState = (typeof APPROVAL_STATES)[number]

/** In these the call waits for something: a decision, or to be run. */
export const OPEN_STATES: readonly ApprovalState[] = ['pending', 'approved', 'edited']

/** A request as it is stored, and what became of it. */
export interface Approval extends ApprovalRequest {
  readonly state: ApprovalState
  /** How many identical calls of the session asked for it, the first one included. */
  readonly asks: number
  /** Who approved or denied. */
  readonly by: string | undefined
  readonly note: string | undefined
  /** The arguments that an approver put in place of `params`. */
  readonly edited: Params | undefined
  /** The call that was started on it: the one that asked, or a later one like it. */
  readonly startedCall: CallId | undefined
  /** The process it was started in, as `details.process` of an event. */
  readonly startedIn: string | undefined
  /** When it stopped being pending. */
  readonly decidedAt: EpochMs | undefined
}

/** The same tool and arguments by the same caller: what an approval of one call is good for. */
export type ApprovalSubject = Pick<ApprovalRequest, 'tool' | 'digest' | 'agentId' | 'principalId' | 'sessionId'>

export const subjectOf = ({ tool, digest, agentId, principalId, sessionId }: ApprovalSubject): ApprovalSubject => ({
  ...{ tool, digest, agentId, principalId, sessionId },
})

/** What an approver says. Silence until the deadline is a denial. */
export type ApprovalAnswer =
  | {
      readonly outcome: 'approved'
      readonly by: string
      readonly note?: string | undefined
      /** The arguments to run instead of those that were shown: all of them, by name. */
      readonly params?: Readonly<Record<string, unknown>> | undefined
    }
  | { readonly outcome: 'denied'; readonly by: string; readonly note?: string | undefined }
  /** Nobody could be asked: no terminal, a full queue, an approver that threw. */
  | { readonly outcome: 'unavailable'; readonly because: string }

/** Asks someone outside the agent. Rejecting, late and malformed answers are all "not approved". */
export interface Approver {
  /** Shown to operators, such as `terminal`. */
  readonly name: string
  /** @param signal aborts when the deadline passed, the call was given up, or another approver answered first. */
  request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer>
  /**
   * Tells of a request whose call does not wait (`approvalMode: 'suspend'`); the answer comes to where the request is stored. Left out
   * by who has nobody to tell.
   * @returns why nobody could be told; undefined when somebody was.
   */
  announce?(request: ApprovalRequest, signal: AbortSignal): Promise<string | undefined>
}
