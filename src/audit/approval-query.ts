import type { ApprovalState } from '../domain/approval.ts'
import type { EpochMs } from '../domain/units.ts'

/** Which approvals to read. All given conditions must hold. */
export interface ApprovalQuery {
  readonly ids?: readonly string[] | undefined
  /** Of the calls that asked first. */
  readonly callIds?: readonly string[] | undefined
  readonly states?: readonly ApprovalState[] | undefined
  /** Those in an open state whose deadline was before this time: nobody wrote down yet that they expired. */
  readonly overdueSince?: number | undefined
  /** What is past its deadline at this time reads as expired. */
  readonly now: EpochMs
  readonly limit: number
  /** Default: highest risk first, then the oldest first. */
  readonly order?: 'oldest-first' | undefined
}
