import type { ApprovalRequest } from '../domain/approval.ts'
import type { EpochMs } from '../domain/units.ts'
import { SentinelArgumentError } from '../errors.ts'

const LISTED_APPROVALS_MAX = 2_000
const LISTED_APPROVALS_DEFAULT = 100

const APPROVAL_STATES = ['pending', 'approved', 'denied', 'expired', 'cancelled'] as const
export type ApprovalState = (typeof APPROVAL_STATES)[number]

/** One request and what became of it. */
export interface Approval extends ApprovalRequest {
  /** `expired`: the deadline passed. `cancelled`: the call was given up, or somebody answered through another channel. */
  readonly state: ApprovalState
  /** Who approved or denied. */
  readonly by: string | undefined
  readonly note: string | undefined
  /** When it stopped being pending. */
  readonly decidedAt: EpochMs | undefined
}

export interface ApprovalFilter {
  /** Default: all states. */
  readonly state?: ApprovalState | undefined
  /** At most this many, 1 to 2,000; default 100. */
  readonly limit?: number | undefined
}

/** Who decides, and what they want to be remembered of it. */
export interface ApprovalDecision {
  /** 1 to 200 characters; not the agent or the session that asks. */
  readonly by: string
  /** At most 2,000 characters. */
  readonly note?: string | undefined
}

/** The requests that wait for an answer, and the last ones that got one. */
export interface Approvals {
  /**
   * Highest risk first, then the oldest first.
   * @throws SentinelArgumentError for a state or limit that does not exist.
   */
  list(filter?: ApprovalFilter): Promise<readonly Approval[]>
  /** Undefined when the id is unknown or was decided too long ago to be kept. */
  get(id: string): Promise<Approval | undefined>
  /**
   * Lets the call run, once. The first decision on a request stands.
   * @throws SentinelError `APPROVAL_UNKNOWN`, `APPROVAL_ALREADY_DECIDED` (also when the deadline passed), or `APPROVAL_NOT_ALLOWED`
   * when the decision lacks a usable `by` or asks for what this version can not do.
   */
  approve(id: string, decision: ApprovalDecision): Promise<Approval>
  /**
   * Refuses the call.
   * @throws SentinelError as `approve` does.
   */
  deny(id: string, decision: ApprovalDecision): Promise<Approval>
}

/** What most needs an answer comes first. */
export const orderOfUrgency = (a: Approval, b: Approval): number => b.risk - a.risk || a.requestedAt - b.requestedAt

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
