import type { ApprovalDesk } from './approvals.ts'
import type { Asked } from './audit/approval-step.ts'
import type { ApprovalAnswer, Approver } from './domain/approval.ts'
import type { Decision } from './domain/decision.ts'
import type { FailMode } from './domain/settings.ts'
import type { ApprovalId, AuditId } from './domain/units.ts'
import type { Edit } from './edit.ts'
import type { SentinelError } from './errors.ts'
import type { Intake } from './intake.ts'
import type { Journal } from './journal.ts'
import type { RefusedCall } from './refusals.ts'
import type { Clock } from './support/clock.ts'

/** Leave to run the tool, with other arguments where an approver gave them, or the refusal the caller gets. */
export type Permit =
  | { readonly granted: true; readonly edit: Edit | undefined }
  | { readonly granted: false; readonly refusal: SentinelError }

/** A decided call on its way to a permit. */
export interface Asking {
  readonly intake: Intake
  readonly decision: Decision
  readonly auditId: AuditId | undefined
  /** Undefined when nobody is to be asked, or the request could not be stored. */
  readonly asked: Asked | undefined
  /** The caller's: aborting it ends the wait as not approved. */
  readonly signal: AbortSignal | undefined
}

export interface PermitPorts {
  /** Undefined: nobody can be asked, so every escalation is refused. */
  readonly approver: Approver | undefined
  readonly mode: 'wait' | 'suspend'
  readonly failMode: FailMode
  readonly approvals: ApprovalDesk
  readonly journal: Journal
  readonly clock: Clock
  /** Aborts when the guard closes: nobody waits for an answer any more. */
  readonly closing: AbortSignal
  /** Asks anew for a call whose approval went to another one like it. */
  readonly askAgain: (asking: Asking) => Promise<Asked>
  /** Judges a call with other arguments than it was asked about. */
  readonly judgeAgain: (intake: Intake) => Promise<{ readonly intake: Intake; readonly decision: Decision }>
  /** Where a human can decide. */
  readonly linkTo: (id: ApprovalId) => string | undefined
}

export type Answered = Extract<ApprovalAnswer, { by: string }>

export const GRANTED: Permit = { granted: true, edit: undefined }
export const refused = (refusal: SentinelError): Permit => ({ granted: false, refusal })
export const aboutRefused = ({ intake, decision, auditId }: Asking): RefusedCall => ({
  tool: intake.call.tool,
  decision,
  auditId,
})
