import { sentenceForModel } from './decide/explain.ts'
import type { Decision, DecisionOf } from './domain/decision.ts'
import type { ApprovalId, AuditId } from './domain/units.ts'
import {
  isSentinelError,
  SentinelApprovalDeniedError,
  SentinelApprovalPendingError,
  SentinelApprovalTimeoutError,
  SentinelApprovalUnavailableError,
  SentinelArgumentError,
  SentinelBlockedError,
  type SentinelError,
} from './errors.ts'

/** What a refused call was, for the two texts that every refusal has: one for operators, one for the model. */
export interface RefusedCall {
  readonly tool: string
  readonly decision: Decision
  readonly auditId: AuditId | undefined
}

const detailsOf = <Which extends Decision>({ auditId }: RefusedCall, decision: Which) => ({
  decision,
  auditId,
  forModel: { message: sentenceForModel(decision), retry: decision.retry },
})

export const blocked = (refused: RefusedCall, decision: DecisionOf<'block'>): SentinelError =>
  new SentinelBlockedError(decision.message, detailsOf(refused, decision))

export const unjudgeable = (
  { decision, auditId }: RefusedCall,
  { message, path, forModel }: SentinelArgumentError,
): SentinelError => new SentinelArgumentError(message, { path, decision, auditId, forModel })

interface Denial {
  readonly id: ApprovalId | undefined
  readonly by?: string | undefined
  readonly note?: string | undefined
}

export function denied(refused: RefusedCall, { id, by = 'somebody', note }: Denial): SentinelError {
  const said = note === undefined ? '' : `: ${note}`
  return new SentinelApprovalDeniedError(`'${refused.tool}' was denied by ${by}${said} (${refused.decision.message})`, {
    ...detailsOf(refused, refused.decision),
    ...{ approvalId: id, by, note },
    forModel: { message: `A human denied this call${said}. Do not repeat it unchanged.` },
  })
}

/** Nobody was asked: the same call was denied too often. */
export const deniedBefore = (refused: RefusedCall, times: number): SentinelError =>
  new SentinelApprovalDeniedError(
    `'${refused.tool}' was not asked about again: the same call was denied ${times} times in its session (${refused.decision.message})`,
    {
      ...detailsOf(refused, refused.decision),
      ...{ by: 'sentinel', note: undefined },
      forModel: { message: 'Humans denied this call several times, and nobody will be asked again. Do not repeat it.' },
    },
  )

export const timedOut = (refused: RefusedCall, approvalId: ApprovalId | undefined, note: string): SentinelError =>
  new SentinelApprovalTimeoutError(`'${refused.tool}' needs approval and ${note} (${refused.decision.message})`, {
    ...detailsOf(refused, refused.decision),
    approvalId,
    forModel: { retry: 'later', message: 'This call needs the approval of a human, and none came in time.' },
  })

export const nobodyAsked = (refused: RefusedCall, because: string): SentinelError =>
  new SentinelApprovalUnavailableError(
    `'${refused.tool}' needs approval, and ${because} (${refused.decision.message})`,
    {
      ...detailsOf(refused, refused.decision),
      forModel: { retry: 'later', message: 'This call needs the approval of a human, and nobody can be asked now.' },
    },
  )

export const pending = (refused: RefusedCall, approvalId: ApprovalId, link: string | undefined): SentinelError =>
  new SentinelApprovalPendingError(
    `'${refused.tool}' waits for approval ${approvalId}${link === undefined ? '' : ` at ${link}`} (${refused.decision.message})`,
    {
      ...detailsOf(refused, refused.decision),
      ...{ approvalId, link },
      forModel: {
        retry: 'later',
        message: 'This call waits for the approval of a human. Make the same call again later; it will then run, once.',
      },
    },
  )

/** The answer of an approver who may not give it, or not so. */
export const isNotAllowed = (error: unknown): error is SentinelError =>
  isSentinelError(error) && error.code === 'APPROVAL_NOT_ALLOWED'

export const isAboutLog = (error: unknown): boolean => isSentinelError(error) && error.code === 'AUDIT_UNAVAILABLE'
