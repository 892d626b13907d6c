import type { ApprovalRequest } from '../domain/approval.ts'
import type { Clock } from '../support/clock.ts'

const DEADLINE_PASSED = 'nobody answered before the deadline'
const WITHDRAWN = 'the question was withdrawn before an answer came'

/**
 * A timer of the platform can fire this much before the clock reads the time it was set for. Our own timers wait this much longer, so
 * that a caller who keeps the deadline too ends the wait itself and can tell "too late" from "nobody could be asked".
 */
const TIMER_ERROR_MS = 10

/** How long an answer to one request counts. */
export interface TimeLimit {
  /** Aborts when no answer counts any more. */
  readonly signal: AbortSignal
  /** Why no answer counts any more; undefined while one does. Asks the clock, since a timer can be late. */
  over(): string | undefined
  /** Lets go of the timer and of the caller's signal. */
  release(): void
}

const isPast = (request: Pick<ApprovalRequest, 'deadline'>, clock: Clock): boolean =>
  // Written so that a deadline which is no number has passed.
  !(clock.now() < request.deadline)

/** The text that a signal was aborted with; other reasons are errors made by the platform, which say nothing of use here. */
export const abortReason = (signal: AbortSignal): string =>
  typeof signal.reason === 'string' ? signal.reason : WITHDRAWN

/** Ends at the request's deadline or with the caller's signal, whichever is first. */
export function timeLimit(request: ApprovalRequest, callerSignal: AbortSignal, clock: Clock): TimeLimit {
  const limit = new AbortController()
  const withdraw = (): void => {
    const atDeadline = clock.now() >= request.deadline - TIMER_ERROR_MS
    limit.abort(atDeadline ? DEADLINE_PASSED : abortReason(callerSignal))
  }
  const over = (): string | undefined => {
    if (limit.signal.aborted) return abortReason(limit.signal)
    return isPast(request, clock) ? DEADLINE_PASSED : undefined
  }
  if (callerSignal.aborted) withdraw()
  if (isPast(request, clock)) limit.abort(DEADLINE_PASSED)
  if (limit.signal.aborted) return { signal: limit.signal, over, release: () => {} }

  callerSignal.addEventListener('abort', withdraw, { once: true })
  const leftMs = request.deadline - clock.now()
  const callOff = clock.after(leftMs + TIMER_ERROR_MS, () => limit.abort(DEADLINE_PASSED))
  return {
    signal: limit.signal,
    over,
    release() {
      callOff()
      callerSignal.removeEventListener('abort', withdraw)
    },
  }
}
