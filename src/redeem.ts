import { type Asking, aboutRefused, type Permit, type PermitPorts, refused } from './asking.ts'
import type { Approval } from './domain/approval.ts'
import { type Edit, editedIntake } from './edit.ts'
import { expire, tellOwn, unavailable, withdraw } from './endings.ts'
import { aboutCall, aboutDecision } from './entries.ts'
import type { ApprovalEvent } from './journal.ts'
import * as refusals from './refusals.ts'

/** What a decided approval lets a call do. */
export async function permitOf(asking: Asking, approval: Approval, ports: PermitPorts): Promise<Permit | 'lost'> {
  switch (approval.state) {
    case 'approved':
    case 'edited':
      return redeem(asking, approval, ports)
    case 'denied':
      await tellOwn(asking, approval, {
        ports,
        event: 'approval_denied',
        by: approval.by ?? 'somebody',
        note: approval.note,
      })
      return refused(refusals.denied(aboutRefused(asking), approval))
    case 'expired':
      return expire(asking, approval, ports)
    case 'pending':
    case 'cancelled':
    case 'consumed':
    case 'outcome_unknown':
      return 'lost'
    default:
      return approval.state satisfies never
  }
}

/** Starts a call on its approval, which is then spent. */
async function redeem(asking: Asking, approval: Approval, ports: PermitPorts): Promise<Permit | 'lost'> {
  const { call } = asking.intake
  if (approval.digest !== call.digest) return unavailable(asking, 'the approval is for other arguments', ports)
  if (approval.edited !== undefined) return redeemEdited(asking, approval, ports)
  const about = { ...aboutCall(call), ...aboutDecision(asking.decision), ...decidedBy(approval) }
  const told: ApprovalEvent | undefined =
    approval.callId === call.id ? undefined : { event: 'approval_granted', about: { ...about, lesson: undefined } }
  return started(asking, approval, { told, edit: undefined, ports })
}

const decidedBy = ({ id, by, note }: Approval) => ({ approvedBy: by, note, details: { approvalId: id } })

async function started(
  asking: Asking,
  approval: Approval,
  {
    told,
    edit,
    ports,
  }: { readonly told: ApprovalEvent | undefined; readonly edit: Edit | undefined; readonly ports: PermitPorts },
): Promise<Permit | 'lost'> {
  const changed = await ports.approvals.change(approval, {
    ...{ from: ['approved', 'edited'], to: 'consumed', startedCall: asking.intake.call.id },
    told,
  })
  if (changed.status === 'changed') return { granted: true, edit }
  return changed.approval?.state === 'expired' ? expire(asking, changed.approval, ports) : 'lost'
}

async function redeemEdited(asking: Asking, approval: Approval, ports: PermitPorts): Promise<Permit | 'lost'> {
  const other = editedIntake(asking.intake, approval.edited ?? {})
  if (typeof other === 'string')
    return withdraw(asking, approval, { note: `the edited arguments can not be used: ${other}`, ports })
  const { intake, decision } = await ports.judgeAgain(other)
  if (decision.action === 'block') {
    await withdraw(asking, approval, { note: `the edited arguments are refused: ${decision.message}`, ports })
    return refused(refusals.blocked({ ...aboutRefused(asking), decision }, decision))
  }
  const about = {
    ...aboutCall(intake.call),
    ...aboutDecision(decision),
    ...decidedBy(approval),
    lesson: 'approved',
  } as const
  return started(asking, approval, { told: { event: 'approval_granted', about }, edit: { intake, approval }, ports })
}
