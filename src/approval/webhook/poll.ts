import type { ApprovalAnswer, ApprovalRequest } from '../../domain/approval.ts'
import type { Clock } from '../../support/clock.ts'
import { pause } from '../../support/pause.ts'
import { readSignature, unavailable } from '../answer.ts'
import { abortReason } from '../time-limit.ts'
import type { Send } from './endpoint.ts'
import type { Exchanged } from './exchange.ts'
import { readAnswer } from './message.ts'
import { verify, type WebhookSecret } from './signature.ts'

const INTERVAL_MAX_MS = 60_000
/** Who has waited long can wait a little longer: a look costs at most this part of the time that was waited. */
const INTERVAL_PART = 1 / 20
/** Up to this part more, at random, so that many guards do not look at once. */
const JITTER_PART = 1 / 4

const DECIDED = 200
const NOT_YET: ReadonlySet<number> = new Set([202, 204])

export interface Polling {
  readonly send: Send
  readonly statusUrl: URL
  readonly secrets: readonly WebhookSecret[]
  readonly pollIntervalMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Looks for the answer until there is one, the receiver says something that can not be taken, or the signal aborts. */
export async function poll(request: ApprovalRequest, polling: Polling): Promise<ApprovalAnswer> {
  const { clock, signal, statusUrl, send } = polling
  const startedAt = clock.monotonicMs()
  let failures = 0
  let askedForMs = 0
  for (;;) {
    const waitMs = intervalMs(clock.monotonicMs() - startedAt, failures, polling)
    await pause(Math.max(waitMs, askedForMs), { clock, signal })
    if (signal.aborted) return unavailable(abortReason(signal))
    const seen = await send({ method: 'GET', url: statusUrl, id: request.id, body: '' }, signal)
    if (seen.outcome === 'answered') {
      const answer = answerIn(seen, request, polling)
      if (answer !== undefined) return answer
      failures = 0
      askedForMs = 0
    } else {
      if (seen.retry === 'no') return unavailable(seen.because)
      failures += 1
      askedForMs = seen.retry.afterMs
    }
  }
}

function intervalMs(waitedMs: number, failures: number, { pollIntervalMs }: Polling): number {
  const steadyMs = Math.max(pollIntervalMs, waitedMs * INTERVAL_PART) * 2 ** failures
  return Math.min(steadyMs, INTERVAL_MAX_MS) * (1 + JITTER_PART * Math.random())
}

/** Undefined: not decided yet. */
function answerIn(
  { status, headers, body }: Exchanged & { readonly outcome: 'answered' },
  request: ApprovalRequest,
  { secrets, clock }: Polling,
): ApprovalAnswer | undefined {
  if (NOT_YET.has(status)) return undefined
  if (status !== DECIDED) return refused(`status ${status} is neither a decision (200) nor "not yet" (202 or 204)`)
  const verified = verify({ headers, body }, { secrets, now: clock.now() })
  if ('problem' in verified) return refused(verified.problem)
  const answer = readAnswer(body)
  if (typeof answer === 'string') return refused(answer)
  if (answer.approvalId !== request.id || answer.digest !== request.digest)
    return refused('it is about another approval, or about other arguments')
  const signature = readSignature(answer.by, answer.note, request)
  if (typeof signature === 'string') return refused(signature)
  const { outcome, params } = answer
  return outcome === 'denied' ? { outcome, ...signature } : { outcome, ...signature, params }
}

const refused = (because: string): ApprovalAnswer =>
  unavailable(`the answer of the webhook can not be taken: ${because}`)
