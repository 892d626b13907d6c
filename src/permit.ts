import { readSignature } from './approval/answer.ts'
import { alreadyDecided, shownApproval, unknownApproval } from './approvals.ts'
import { type Answered, type Asking, aboutRefused, GRANTED, type Permit, type PermitPorts, refused } from './asking.ts'
import type { Asked } from './audit/approval-step.ts'
import type { Approval, ApprovalAnswer, Approver } from './domain/approval.ts'
import { cancel, deniedBefore, end, expire, tellOwn, unavailable, withdraw } from './endings.ts'
import { permitOf } from './redeem.ts'
import * as refusals from './refusals.ts'
import { callAlreadyRan } from './repeated-call.ts'
import { inTime } from './support/deadline.ts'
import { messageOf } from './support/messages.ts'

/** What a decision lets happen. The only place, with the pipeline, that branches on an action. */
export async function obtainPermit(asking: Asking, ports: PermitPorts): Promise<Permit> {
  const { intake, decision } = asking
  if (!decision.enforced) return GRANTED
  switch (decision.action) {
    case 'allow':
    case 'warn':
      return GRANTED
    case 'block':
      return refused(
        intake.call.flaw === undefined
          ? refusals.blocked(aboutRefused(asking), decision)
          : refusals.unjudgeable(aboutRefused(asking), intake.call.flaw),
      )
    case 'escalate':
      return approved(asking, ports)
    default:
      return decision satisfies never
  }
}

/** Until the call has its own answer: an approval that another call like it took is none for this one, which is asked about anew. */
async function approved(asking: Asking, ports: PermitPorts): Promise<Permit> {
  for (let now = asking; ; now = { ...now, asked: await ports.askAgain(now) }) {
    const permit = await permitBy(now, ports)
    if (permit !== 'lost') return permit
  }
}

async function permitBy(asking: Asking, ports: PermitPorts): Promise<Permit | 'lost'> {
  const { asked } = asking
  switch (asked?.status) {
    case undefined:
      return unavailable(asking, 'the request could not be stored', ports)
    case 'full':
      return unavailable(asking, `the queue is full (${asked.open} pending)`, ports)
    case 'denied-before':
      return deniedBefore(asking, asked.times, ports)
    case 'approved-before':
      return permitOf(asking, asked.approval, ports)
    case 'open':
    case 'joined':
      return ports.mode === 'suspend' ? suspended(asking, asked, ports) : wait(asking, asked, ports)
    default:
      return asked satisfies never
  }
}

/** The call waits no more. Who decides elsewhere is told first: nothing may be left to run when it has ended. */
async function suspended(
  asking: Asking,
  { status, approval }: Extract<Asked, { status: 'open' | 'joined' }>,
  ports: PermitPorts,
): Promise<Permit | 'lost'> {
  const pending = refused(refusals.pending(aboutRefused(asking), approval.id, ports.linkTo(approval.id)))
  if (status === 'joined') return pending
  const signal = asking.signal === undefined ? ports.closing : AbortSignal.any([asking.signal, ports.closing])
  const bounds = { clock: ports.clock, deadline: approval.deadline, signal }
  const told = await inTime((ending) => announced(approval, ending, ports), bounds)
  if (told.status === 'expired') return expire(asking, approval, ports)
  if (told.status === 'aborted') return cancel(asking, approval, ports)
  return told.value === undefined ? pending : giveUp(asking, approval, { because: told.value, ports })
}

async function announced(
  approval: Approval,
  signal: AbortSignal,
  { approver }: PermitPorts,
): Promise<string | undefined> {
  try {
    return await approver?.announce?.(shownApproval(approval), signal)
  } catch (error) {
    return `the approver failed: ${messageOf(error)}`
  }
}

const NO_APPROVER = 'no approver is configured; set `approval`, for example to `queue` or to a function'

/** What ended a wait: an answer from an approver of this process, or a decision in the store. */
type Ending =
  | { readonly from: 'approver'; readonly answer: ApprovalAnswer }
  | { readonly from: 'store'; readonly approval: Approval }

async function wait(
  asking: Asking,
  asked: Extract<Asked, { status: 'open' | 'joined' }>,
  ports: PermitPorts,
): Promise<Permit | 'lost'> {
  const { approver, clock, approvals, closing } = ports
  const { approval } = asked
  if (approver === undefined) return giveUp(asking, approval, { because: NO_APPROVER, ports })
  const signal = asking.signal === undefined ? closing : AbortSignal.any([asking.signal, closing])
  const waited = await inTime<Ending>(
    (ending) => {
      const decided = approvals.watch
        .decided(approval.id, ending)
        .then((found): Ending => ({ from: 'store', approval: found }))
      // Who joined waits for the answer that another call of this process asked for.
      if (asked.status === 'joined' && approvals.isAskedHere(approval.id)) return decided
      return Promise.race([decided, approvals.whileAsked(approval.id, () => answerOf(approver, approval, ending))])
    },
    { clock, deadline: approval.deadline, signal },
  )
  if (waited.status === 'expired') return expire(asking, approval, ports)
  if (waited.status === 'aborted') return cancel(asking, approval, ports)
  const ended = waited.value
  return ended.from === 'store'
    ? permitOf(asking, ended.approval, ports)
    : settleHere(asking, approval, { answer: ended.answer, ports })
}

/** An approver that throws or says something malformed has not answered: that is a value here, never a way through. */
async function answerOf(approver: Approver, approval: Approval, signal: AbortSignal): Promise<Ending> {
  const answered = (answer: ApprovalAnswer): Ending => ({ from: 'approver', answer })
  try {
    const answer: unknown = await approver.request(shownApproval(approval), signal)
    return answered(
      isAnswer(answer) ? answer : { outcome: 'unavailable', because: 'the approver gave an answer of an unknown form' },
    )
  } catch (error) {
    return answered({ outcome: 'unavailable', because: `the approver failed: ${messageOf(error)}` })
  }
}

function isAnswer(answer: unknown): answer is ApprovalAnswer {
  if (typeof answer !== 'object' || answer === null || !('outcome' in answer)) return false
  if (answer.outcome === 'unavailable') return 'because' in answer && typeof answer.because === 'string'
  return answer.outcome === 'approved' || answer.outcome === 'denied'
}

/** Takes an approver's answer for a call that waits here: it is stored, and the call may start, in one step. */
async function settleHere(
  asking: Asking,
  approval: Approval,
  { answer, ports }: { readonly answer: ApprovalAnswer; readonly ports: PermitPorts },
): Promise<Permit | 'lost'> {
  if (answer.outcome === 'unavailable') return giveUp(asking, approval, { because: answer.because, ports })
  const signature = readSignature(answer.by, answer.note, approval)
  if (typeof signature === 'string')
    return giveUp(asking, approval, { because: `the answer can not be taken: ${signature}`, ports })
  const isForThisCall = approval.callId === asking.intake.call.id
  const isPlain = answer.outcome === 'approved' && answer.params === undefined && isForThisCall
  try {
    const changed = isPlain
      ? await ports.approvals.grant(approval, signature)
      : await ports.approvals.decide(approval, answer.outcome, { ...answer, ...signature })
    if (changed.status === 'changed' && isPlain) return GRANTED
    return changed.approval === undefined ? 'lost' : permitOf(asking, changed.approval, ports)
  } catch (error) {
    if (refusals.isNotAllowed(error))
      return giveUp(asking, approval, { because: `the answer can not be taken: ${error.message}`, ports })
    if (answer.outcome === 'denied')
      return refused(
        refusals.denied(aboutRefused(asking), { id: approval.id, ...ports.approvals.redactSignature(signature) }),
      )
    // The human said yes to this call, here: it is not the log that lets it run, and the journal has told that it failed.
    if (isPlain && ports.failMode === 'safe' && refusals.isAboutLog(error)) return GRANTED
    throw error
  }
}

/** Stores the answer that an adapter brings. Rejects as `Approvals.approve`. */
export async function settle(asking: Asking, answer: Answered, ports: PermitPorts): Promise<void> {
  const approval = approvalOf(asking)
  if (approval !== undefined) {
    const { status, approval: stands } = await ports.approvals.decide(approval, answer.outcome, answer)
    if (status === 'conflict') throw stands === undefined ? unknownApproval() : alreadyDecided(stands)
    return
  }
  if (asking.decision.action === 'escalate') throw unknownApproval()
  // An allowed call that is taken back.
  await ports.journal.refused(asking.intake.call, asking.decision, {
    event: 'approval_denied',
    by: answer.by,
    note: answer.note,
  })
}

/** A permit by the answer that `settle` stored. */
export async function answered(asking: Asking, answer: Answered, ports: PermitPorts): Promise<Permit> {
  const approval = approvalOf(asking)
  if (approval === undefined) {
    const signature = ports.approvals.redactSignature(answer)
    return refused(refusals.denied(aboutRefused(asking), { id: undefined, ...signature }))
  }
  const permit = await permitOf(asking, (await ports.approvals.find(approval.id)) ?? approval, ports)
  return permit === 'lost' ? refused(callAlreadyRan(asking.intake.call)) : permit
}

/** A permit for a call that was suspended, by what became of its approval. */
export async function resumed(asking: Asking, approval: Approval, ports: PermitPorts): Promise<Permit> {
  const { decision } = asking
  if (decision.action === 'block' && decision.enforced) {
    await withdraw(asking, approval, { note: `it is blocked by now: ${decision.message}`, ports })
    return refused(refusals.blocked(aboutRefused(asking), decision))
  }
  if (approval.state === 'pending')
    return refused(refusals.pending(aboutRefused(asking), approval.id, ports.linkTo(approval.id)))
  if (approval.state === 'cancelled')
    return refused(refusals.timedOut(aboutRefused(asking), approval.id, 'it was given up'))
  const permit = await permitOf(asking, approval, ports)
  return permit === 'lost' ? refused(callAlreadyRan(asking.intake.call)) : permit
}

export const approvalOf = ({ asked }: Asking): Approval | undefined =>
  asked !== undefined && 'approval' in asked ? asked.approval : undefined

/**
 * Nobody could be asked about a stored request. A decision that came meanwhile counts all the same; and what another call asked for
 * goes on waiting where that one asked.
 */
async function giveUp(
  asking: Asking,
  approval: Approval,
  { because, ports }: { readonly because: string; readonly ports: PermitPorts },
): Promise<Permit | 'lost'> {
  const note = ports.approvals.redactText(because)
  const event = 'approval_unavailable'
  if (approval.callId === asking.intake.call.id) {
    const changed = await end(approval, { from: ['pending'], to: 'cancelled', event, note }, ports)
    if (changed !== undefined && changed.state !== 'cancelled') return permitOf(asking, changed, ports)
  } else await tellOwn(asking, approval, { ports, event, note })
  return refused(refusals.nobodyAsked(aboutRefused(asking), note))
}
