import { APPROVAL_STATES, type Approval, type ApprovalState } from '../domain/approval.ts'
import { SentinelArgumentError } from '../errors.ts'

const LISTED_APPROVALS_MAX = 10_000
const LISTED_APPROVALS_DEFAULT = 100

export interface ApprovalFilter {
  /** Default: all states. */
  readonly state?: ApprovalState | undefined
  /** At most this many, 1 to 10,000; default 100. */
  readonly limit?: number | undefined
}

/** Who decides, and what they want to be remembered of it. */
export interface ApprovalDecision {
  /** 1 to 200 characters; not the agent or the session that asks, nor anybody else who may not decide this one. */
  readonly by: string
  /** At most 2,000 characters. */
  readonly note?: string | undefined
  /** Names the message that brought the decision, at most 256 characters: a second one of that name is refused. */
  readonly messageId?: string | undefined
}

/** A decision that lets the call run. */
export interface ApprovalGrant extends ApprovalDecision {
  /**
   * The arguments to run instead, all of them by name, as `params` of the request shows them; what is left as `[redacted]` stays what
   * it was. They are judged again before anything runs.
   */
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

/** The requests that wait for an answer, and what became of the others. They are stored, and the same for every process on one log. */
export interface Approvals {
  /**
   * Highest risk first, then the oldest first. What is past its deadline reads as `expired`.
   * @throws SentinelArgumentError for a state or limit that does not exist.
   */
  list(filter?: ApprovalFilter): Promise<readonly Approval[]>
  /** Undefined when the id is unknown, or the approval is older than 90 days. */
  get(id: string): Promise<Approval | undefined>
  /**
   * Lets the call run, once. The first decision on a request stands.
   * @throws SentinelError `APPROVAL_UNKNOWN`, `APPROVAL_ALREADY_DECIDED` (also when the deadline passed, or the message was taken
   * before), or `APPROVAL_NOT_ALLOWED` when `by` may not decide, or the arguments can not be used.
   * @throws SentinelAuditUnavailableError when the decision can not be stored; it then did not happen.
   */
  approve(id: string, decision: ApprovalGrant): Promise<Approval>
  /**
   * Refuses the call.
   * @throws SentinelError as `approve` does.
   */
  deny(id: string, decision: ApprovalDecision): Promise<Approval>
}

/** A filter with its defaults, checked: plain JavaScript may have written it. */
export function checkedFilter(filter: ApprovalFilter): { state: ApprovalState | undefined; limit: number } {
  const { state, limit = LISTED_APPROVALS_DEFAULT } = filter
  if (state !== undefined && !APPROVAL_STATES.includes(state))
    throw new SentinelArgumentError(`\`state\` must be one of ${APPROVAL_STATES.join(', ')}`, { path: 'state' })
  if (!Number.isInteger(limit) || limit < 1 || limit > LISTED_APPROVALS_MAX)
    throw new SentinelArgumentError(`\`limit\` must be a whole number from 1 to ${LISTED_APPROVALS_MAX}`, {
      path: 'limit',
    })
  return { state, limit }
}
