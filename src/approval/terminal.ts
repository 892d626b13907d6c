import { userInfo } from 'node:os'
import type { ApprovalAnswer, ApprovalRequest, Approver } from '../domain/approval.ts'
import type { Clock } from '../support/clock.ts'
import { readSignature, thrownBy, unavailable } from './answer.ts'
import { type TerminalInput, type TerminalStreams, whyNoTerminal } from './default.ts'
import { type Asked, askOnTerminal } from './question.ts'
import { timeLimit } from './time-limit.ts'
import { Turns } from './turns.ts'

/** One question is open at a time; at most this many wait for it to be answered. */
export const PROMPTS_WAITING_MAX = 100

export interface TerminalApproverOptions extends TerminalStreams {
  readonly clock: Clock
  /** Who sits at the terminal. Default: the user of the operating system. */
  readonly by?: string | undefined
}

/** A terminal has one keyboard, however many guards ask there. */
const turnsAt = new WeakMap<TerminalInput, Turns>()

/**
 * Asks on a terminal. Only `y` or `yes`, typed after every row of the question was shown and before the deadline, approves.
 * Everything else that is not `n` or `no` is asked again until the deadline; Ctrl-C denies; an input that ends is `unavailable`.
 */
export function createTerminalApprover(options: TerminalApproverOptions): Approver {
  const { input, clock } = options
  const by = options.by ?? osUser()
  const turns = turnsAt.get(input) ?? new Turns({ waitingMax: PROMPTS_WAITING_MAX })
  turnsAt.set(input, turns)
  return {
    name: 'terminal',
    async request(request, signal) {
      const problem = whyNoTerminal(options) ?? whyNotAllowed(by, request)
      if (problem !== undefined) return unavailable(problem)
      const limit = timeLimit(request, signal, clock)
      try {
        return await whenItsTurn(turns, { ...options, request, by, limit })
      } catch (error) {
        return thrownBy('terminal', error)
      } finally {
        limit.release()
      }
    },
  }
}

function whyNotAllowed(by: string, request: ApprovalRequest): string | undefined {
  const signature = readSignature(by, undefined, request)
  return typeof signature === 'string' ? `the user of the terminal can not decide: ${signature}` : undefined
}

function osUser(): string {
  try {
    return userInfo().username
  } catch {
    // An account without an entry in the user database, as in many containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

async function whenItsTurn(
  turns: Turns,
  asked: Asked & { readonly request: ApprovalRequest },
): Promise<ApprovalAnswer> {
  const { request, limit } = asked
  const turn = await turns.take(request, limit.signal)
  if (turn === 'full') return unavailable(`${PROMPTS_WAITING_MAX} questions wait at this terminal already`)
  if (turn === 'aborted') return unavailable(limit.over() ?? '')
  try {
    return await askOnTerminal(request, asked)
  } finally {
    turns.next()
  }
}
