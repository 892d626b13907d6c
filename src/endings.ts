import { type Asking, aboutRefused, type Permit, type PermitPorts, refused } from './asking.ts'
import type { Approval, ApprovalState } from './domain/approval.ts'
import type { AuditEventName } from './domain/audit-event.ts'
import type { NonEmpty } from './domain/decision.ts'
import { aboutApproval } from './entries.ts'
import type { Refusal } from './journal.ts'
import * as refusals from './refusals.ts'

interface Ending {
  readonly from: NonEmpty<ApprovalState>
  readonly to: ApprovalState
  readonly event: AuditEventName
  readonly note: string
}

/**
 * Ends an approval without a run, and tells so of the call that asked first. Never throws: the call is refused either way.
 * @returns how it stands then; undefined when the store can not tell.
 */
export async function end(
  approval: Approval,
  ending: Ending,
  { approvals }: PermitPorts,
): Promise<Approval | undefined> {
  const { from, to, event, note } = ending
  const told = {
    event,
    about: { ...aboutApproval(approval), note, lesson: 'refused', details: { approvalId: approval.id } },
  } as const
  try {
    return (await approvals.change(approval, { from, to, note, told })).approval
  } catch {
    // The journal has told of the fault.
    return undefined
  }
}

/** Tells of a call that waited for the approval of another one like it. */
export async function tellOwn(
  { intake, decision }: Asking,
  approval: Approval,
  { ports, ...refusal }: Refusal & { readonly ports: PermitPorts },
): Promise<void> {
  if (approval.callId !== intake.call.id) await ports.journal.refused(intake.call, decision, refusal)
}

/** An approved call that can not run after all. */
export async function withdraw(
  asking: Asking,
  approval: Approval,
  { note, ports }: { readonly note: string; readonly ports: PermitPorts },
): Promise<Permit> {
  await end(approval, { from: ['approved', 'edited'], to: 'cancelled', event: 'approval_cancelled', note }, ports)
  await tellOwn(asking, approval, { ports, event: 'approval_cancelled', note })
  return refused(refusals.nobodyAsked(aboutRefused(asking), note))
}

/** The refusal of a call that was not answered, or not run, before its deadline. */
export async function expire(asking: Asking, approval: Approval | undefined, ports: PermitPorts): Promise<Permit> {
  const note = 'nobody answered before the deadline'
  const event = 'approval_timeout'
  if (approval === undefined) await ports.journal.refused(asking.intake.call, asking.decision, { event, note })
  else {
    await end(approval, { from: ['pending', 'approved', 'edited'], to: 'expired', event, note }, ports)
    await tellOwn(asking, approval, { ports, event, note })
  }
  return refused(refusals.timedOut(aboutRefused(asking), approval?.id, note))
}

/** The call was given up. Others that wait for the same answer are asked about anew. */
export async function cancel(asking: Asking, approval: Approval, ports: PermitPorts): Promise<Permit> {
  const note = ports.closing.aborted ? 'the guard was closed' : 'the caller gave up waiting'
  if (approval.callId === asking.intake.call.id)
    await end(approval, { from: ['pending'], to: 'cancelled', event: 'approval_cancelled', note }, ports)
  else await tellOwn(asking, approval, { ports, event: 'approval_cancelled', note })
  return refused(refusals.timedOut(aboutRefused(asking), approval.id, note))
}

/** Nobody is asked about a call. */
export async function unavailable(asking: Asking, because: string, ports: PermitPorts): Promise<Permit> {
  const note = ports.approvals.redactText(because)
  await ports.journal.refused(asking.intake.call, asking.decision, { event: 'approval_unavailable', note })
  return refused(refusals.nobodyAsked(aboutRefused(asking), note))
}

/** Nobody is asked any more: the same call was denied too often. */
export async function deniedBefore(asking: Asking, times: number, ports: PermitPorts): Promise<Permit> {
  const note = `denied ${times} times before in this session`
  await ports.journal.refused(asking.intake.call, asking.decision, { event: 'approval_denied', by: 'sentinel', note })
  return refused(refusals.deniedBefore(aboutRefused(asking), times))
}
