import type { ApprovalAnswer, Approver } from '../domain/approval.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { unavailable } from './answer.ts'
import { abortReason, timeLimit } from './time-limit.ts'

/**
 * Asks nobody: the request is stored, and somebody decides it there, through the API, the command line or a page. It only knows when
 * no decision counts any more.
 */
export function queueApprover(clock: Clock = systemClock): Approver {
  return {
    name: 'queue',
    async request(request, signal) {
      const limit = timeLimit(request, signal, clock)
      const { promise, resolve } = Promise.withResolvers<ApprovalAnswer>()
      const stop = (): void => resolve(unavailable(abortReason(limit.signal)))
      if (limit.signal.aborted) stop()
      else limit.signal.addEventListener('abort', stop, { once: true })
      try {
        return await promise
      } finally {
        limit.release()
      }
    },
  }
}
