import type { ApprovalAnswer, ApprovalRequest, Approver } from '../domain/approval.ts'
import { answerUnlessAborted, readSignature, thrownBy, unavailable } from './answer.ts'

const ANSWERED_ELSEWHERE = 'another approver answered first'

/**
 * Asks several approvers at once. The first that approves or denies decides and the others are called off.
 * It is `unavailable` only when all of them are; the reasons are joined.
 */
export function firstAnswer(approvers: readonly Approver[]): Approver {
  return {
    name: approvers.map((approver) => approver.name).join(' or '),
    async request(request, signal) {
      const others = new AbortController()
      const everyone = AbortSignal.any([signal, others.signal])
      const answers = approvers.map((approver) => ask(approver, request, everyone))
      try {
        return await answerUnlessAborted(firstDecision(answers, approvers), signal)
      } finally {
        others.abort(ANSWERED_ELSEWHERE)
      }
    },
    async announce(request, signal) {
      const problems = await Promise.all(approvers.map((approver) => announce(approver, request, signal)))
      const told = problems.includes(undefined)
      return told ? undefined : problems.join('; ')
    },
  }
}

/** Asks one approver, which may be anyone's code: what it throws and what it should not say is `unavailable`. */
async function ask(approver: Approver, request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
  try {
    return readAnswer(await approver.request(request, signal), request)
  } catch (error) {
    return thrownBy(approver.name, error)
  }
}

async function announce(
  approver: Approver,
  request: ApprovalRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await approver.announce?.(request, signal)
  } catch (error) {
    return thrownBy(approver.name, error).because
  }
}

function readAnswer(said: unknown, request: ApprovalRequest): ApprovalAnswer {
  if (typeof said !== 'object' || said === null) return unavailable('it gave no answer')
  const { outcome, because, by, note, params } = said as Readonly<Record<string, unknown>>
  if (outcome === 'unavailable') return unavailable(typeof because === 'string' ? because : 'it gave no reason')
  if (outcome !== 'approved' && outcome !== 'denied') return unavailable('its answer is neither approved nor denied')
  const signature = readSignature(by, note, request)
  if (typeof signature === 'string') return unavailable(signature)
  if (outcome === 'denied' || params === undefined || params === null) return { outcome, ...signature }
  return isRecord(params) ? { outcome, ...signature, params } : unavailable('its `params` are no object of parameters')
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Resolves with the first decision, or once nobody is left who could make one. Its promises never reject. */
function firstDecision(
  answers: readonly Promise<ApprovalAnswer>[],
  approvers: readonly Approver[],
): Promise<ApprovalAnswer> {
  const { promise, resolve } = Promise.withResolvers<ApprovalAnswer>()
  const decided = answers.map(async (asked) => {
    const answer = await asked
    if (answer.outcome !== 'unavailable') resolve(answer)
    return answer
  })
  void Promise.all(decided).then((all) => resolve(nobodyLeft(all, approvers)))
  return promise
}

function nobodyLeft(answers: readonly ApprovalAnswer[], approvers: readonly Approver[]): ApprovalAnswer {
  const reasons = answers.flatMap((answer, index) => {
    if (answer.outcome !== 'unavailable') return []
    return approvers.length === 1 ? [answer.because] : [`${approvers[index]?.name}: ${answer.because}`]
  })
  return unavailable(reasons.length === 0 ? 'there is no approver' : reasons.join('; '))
}
