import { readSignature } from './approval/answer.ts'
import { sentenceForModel } from './decide/explain.ts'
import type { ApprovalAnswer, ApprovalRequest, Approver } from './domain/approval.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision, DecisionOf } from './domain/decision.ts'
import type { Params, Plain } from './domain/plain.ts'
import { withPlainMarks } from './domain/redacted.ts'
import type { FailMode } from './domain/settings.ts'
import type { ApprovalId, AuditId, EpochMs } from './domain/units.ts'
import {
  SentinelApprovalDeniedError,
  SentinelApprovalTimeoutError,
  SentinelApprovalUnavailableError,
  SentinelArgumentError,
  SentinelBlockedError,
  type SentinelError,
} from './errors.ts'
import type { Journal } from './journal.ts'
import type { Clock } from './support/clock.ts'
import { type Bounds, inTime, type Timely } from './support/deadline.ts'
import type { Ids } from './support/ids.ts'
import { messageOf } from './support/messages.ts'

/** Leave to run the tool, or the refusal the caller gets. */
export type Permit = { readonly granted: true } | { readonly granted: false; readonly refusal: SentinelError }

/** A decided call on its way to a permit. */
export interface Asking {
  readonly call: ToolCall
  readonly decision: Decision
  readonly auditId: AuditId | undefined
  /** The caller's: aborting it ends the wait as not approved. */
  readonly signal: AbortSignal | undefined
}

export interface PermitPorts {
  /** Undefined: nobody can be asked, so every escalation is refused. */
  readonly approver: Approver | undefined
  readonly journal: Journal
  readonly clock: Clock
  readonly ids: Ids
  readonly failMode: FailMode
  /** Aborts when the guard closes: nobody waits for an answer any more. */
  readonly closing: AbortSignal
  /** Takes secrets out of what people and errors say. */
  readonly redactText: (text: string) => string
  /** The tool's `context` option: extra facts for the approver, already plain and redacted. */
  readonly context: ((params: Params) => Promise<Plain | undefined>) | undefined
}

export type Answered = Extract<ApprovalAnswer, { by: string }>

const GRANTED: Permit = { granted: true }

/** What a decision lets happen. The only place, with the pipeline, that branches on an action. */
export async function obtainPermit(asking: Asking, ports: PermitPorts): Promise<Permit> {
  const { call, decision } = asking
  if (!decision.enforced) return GRANTED
  switch (decision.action) {
    case 'allow':
    case 'warn':
      return GRANTED
    case 'block':
      return refused(call.flaw === undefined ? blocked(asking, decision) : unjudgeable(asking, call.flaw))
    case 'escalate':
      return askApprover(asking, decision, ports)
    default:
      return decision satisfies never
  }
}

const blocked = (asking: Asking, decision: DecisionOf<'block'>): SentinelError =>
  new SentinelBlockedError(decision.message, detailsOf(asking, decision))

const unjudgeable = (
  { decision, auditId }: Asking,
  { message, path, forModel }: SentinelArgumentError,
): SentinelError => new SentinelArgumentError(message, { path, decision, auditId, forModel })

/** Grants or refuses an escalated call by an answer. Rejects as `Journal.granted` when the approval can not be stored. */
export async function settle(asking: Asking, answer: Answered, ports: PermitPorts): Promise<Permit> {
  const signature = readSignature(answer.by, answer.note, asking.call)
  if (typeof signature === 'string') return unavailable(asking, `the answer can not be taken: ${signature}`, ports)
  if (answer.outcome === 'denied') return denied(asking, answer, ports)
  await ports.journal.granted(asking.call, asking.decision, answer, ports.failMode)
  return GRANTED
}

async function askApprover(asking: Asking, decision: DecisionOf<'escalate'>, ports: PermitPorts): Promise<Permit> {
  const { approver, clock } = ports
  if (approver === undefined) {
    return unavailable(
      asking,
      'no approver is configured; set `approval`, for example to `queue` or to a function',
      ports,
    )
  }
  const requestedAt = clock.now()
  const deadline = (asking.call.at + decision.timeoutMs) as EpochMs
  const id = ports.ids.approvalId()
  const signal = asking.signal === undefined ? ports.closing : AbortSignal.any([asking.signal, ports.closing])
  const answered = await answerOf(
    async (signal) => {
      const params = withPlainMarks(asking.call.redacted)
      const context = await ports.context?.(params)
      return approver.request(requestFor(asking, decision, { id, requestedAt, deadline, params, context }), signal)
    },
    { clock, deadline, signal },
  )

  if (answered.status === 'expired') return expire(asking, id, ports)
  if (answered.status === 'aborted') return cancelled(asking, id, ports)
  return answered.value.outcome === 'unavailable'
    ? unavailable(asking, answered.value.because, ports)
    : settle(asking, answered.value, ports)
}

/** An approver that throws or says something malformed has not answered: that is a value here, never a way through. */
async function answerOf(
  request: (signal: AbortSignal) => Promise<ApprovalAnswer>,
  bounds: Bounds,
): Promise<Timely<ApprovalAnswer>> {
  try {
    const answered = await inTime(request, bounds)
    if (answered.status !== 'done' || isAnswer(answered.value)) return answered
    return {
      status: 'done',
      value: { outcome: 'unavailable', because: 'the approver gave an answer of an unknown form' },
    }
  } catch (error) {
    return { status: 'done', value: { outcome: 'unavailable', because: `the approver failed: ${messageOf(error)}` } }
  }
}

function isAnswer(answer: unknown): answer is ApprovalAnswer {
  if (typeof answer !== 'object' || answer === null || !('outcome' in answer)) return false
  if (answer.outcome === 'unavailable') return 'because' in answer && typeof answer.because === 'string'
  return answer.outcome === 'approved' || answer.outcome === 'denied'
}

function requestFor(
  { call }: Asking,
  decision: DecisionOf<'escalate'>,
  asked: Pick<ApprovalRequest, 'id' | 'requestedAt' | 'deadline' | 'params' | 'context'>,
): ApprovalRequest {
  const { id: callId, digest, tool, notJudged, agentId, principalId, sessionId } = call
  const { reasons, risk, level, signals } = decision
  return Object.freeze({
    ...asked,
    ...{ callId, digest, tool, notJudged, agentId, principalId, sessionId },
    ...{ reasons, risk, level, signals },
  })
}

async function denied(asking: Asking, answer: Answered, ports: PermitPorts): Promise<Permit> {
  const by = ports.redactText(answer.by)
  const note = answer.note === undefined ? undefined : ports.redactText(answer.note)
  await ports.journal.refused(asking.call, asking.decision, { event: 'approval_denied', by, note })
  const said = note === undefined ? '' : `: ${note}`
  return refused(
    new SentinelApprovalDeniedError(`'${asking.call.tool}' was denied by ${by}${said} (${asking.decision.message})`, {
      ...detailsOf(asking, asking.decision),
      by,
      note,
      forModel: { message: `A human denied this call${said}. Do not repeat it unchanged.` },
    }),
  )
}

export async function expire(asking: Asking, approvalId: ApprovalId | undefined, ports: PermitPorts): Promise<Permit> {
  const note = 'nobody answered before the deadline'
  await ports.journal.refused(asking.call, asking.decision, { event: 'approval_timeout', note })
  return timedOut(asking, approvalId, note)
}

async function cancelled(asking: Asking, approvalId: ApprovalId, ports: PermitPorts): Promise<Permit> {
  const note = ports.closing.aborted ? 'the guard was closed' : 'the caller gave up waiting'
  await ports.journal.refused(asking.call, asking.decision, { event: 'approval_cancelled', note })
  return timedOut(asking, approvalId, note)
}

const timedOut = (asking: Asking, approvalId: ApprovalId | undefined, note: string): Permit =>
  refused(
    new SentinelApprovalTimeoutError(`'${asking.call.tool}' needs approval and ${note} (${asking.decision.message})`, {
      ...detailsOf(asking, asking.decision),
      approvalId,
      forModel: { retry: 'later', message: 'This call needs the approval of a human, and none came in time.' },
    }),
  )

async function unavailable(asking: Asking, reason: string, ports: PermitPorts): Promise<Permit> {
  const because = ports.redactText(reason)
  await ports.journal.refused(asking.call, asking.decision, { event: 'approval_unavailable', note: because })
  return refused(
    new SentinelApprovalUnavailableError(
      `'${asking.call.tool}' needs approval, and ${because} (${asking.decision.message})`,
      {
        ...detailsOf(asking, asking.decision),
        forModel: { retry: 'later', message: 'This call needs the approval of a human, and nobody can be asked now.' },
      },
    ),
  )
}

const refused = (refusal: SentinelError): Permit => ({ granted: false, refusal })

const detailsOf = <Which extends Decision>({ auditId }: Asking, decision: Which) => ({
  decision,
  auditId,
  forModel: { message: sentenceForModel(decision), retry: decision.retry },
})
