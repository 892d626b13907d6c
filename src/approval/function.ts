import type { ApprovalAnswer, ApprovalRequest, Approver } from '../domain/approval.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { answerUnlessAborted, readSignature, thrownBy, unavailable } from './answer.ts'
import { timeLimit } from './time-limit.ts'

/** What an approval function may say: yes or no, and by whom. */
export type FunctionAnswer =
  | boolean
  | {
      readonly approved: boolean
      readonly by?: string | undefined
      readonly note?: string | undefined
      /** The arguments to run instead, all of them by name. */
      readonly params?: Readonly<Record<string, unknown>> | undefined
    }

/**
 * Decides on one request. Nothing but `true` or an object with `approved: true`, before the deadline, is an approval.
 * @param signal aborts when no answer counts any more.
 */
export type ApprovalFunction = (
  request: ApprovalRequest,
  signal: AbortSignal,
) => FunctionAnswer | Promise<FunctionAnswer>

const NAME = 'function'

/**
 * Asks a function. An answer without `by` is recorded as given by `function`.
 * What the function throws, and any answer of another shape, is `unavailable`.
 */
export function functionApprover(decide: ApprovalFunction, clock: Clock = systemClock): Approver {
  return {
    name: NAME,
    async request(request, signal) {
      const limit = timeLimit(request, signal, clock)
      try {
        const over = limit.over()
        if (over !== undefined) return unavailable(over)
        const answer = await answerUnlessAborted(ask(decide, request, limit.signal), limit.signal)
        const late = limit.over()
        return late === undefined ? answer : unavailable(late)
      } finally {
        limit.release()
      }
    },
  }
}

async function ask(decide: ApprovalFunction, request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
  try {
    return readAnswer(await decide(request, signal), request)
  } catch (error) {
    return thrownBy(NAME, error)
  }
}

/** The type says what a function should return; this is for what it does return. */
function readAnswer(said: unknown, request: ApprovalRequest): ApprovalAnswer {
  if (typeof said === 'boolean') return readAnswer({ approved: said }, request)
  if (typeof said !== 'object' || said === null) return malformed(`found ${said === null ? 'null' : typeof said}`)
  const { approved, by, note, params } = said as Readonly<Record<string, unknown>>
  if (typeof approved !== 'boolean') return malformed('found an object without a boolean `approved`')
  const signature = readSignature(by ?? NAME, note, request)
  if (typeof signature === 'string') return unavailable(`the function's answer can not be used: ${signature}`)
  if (!approved) return { outcome: 'denied', ...signature }
  if (params === undefined) return { outcome: 'approved', ...signature }
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    return malformed('found `params` that are no object of parameters')
  return { outcome: 'approved', ...signature, params: params as Readonly<Record<string, unknown>> }
}

const malformed = (found: string): ApprovalAnswer =>
  unavailable(`the function must answer true, false or { approved: boolean, by?, note?, params? }; ${found}`)
