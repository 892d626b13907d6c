import type { ApprovalAnswer, ApprovalRequest, Approver } from '../../domain/approval.ts'
import type { Clock } from '../../support/clock.ts'
import { errorClassOf } from '../../support/messages.ts'
import { answerUnlessAborted, unavailable } from '../answer.ts'
import { timeLimit } from '../time-limit.ts'
import { Delivery } from './delivery.ts'
import { endpoint } from './endpoint.ts'
import { poll } from './poll.ts'
import type { WebhookSettings } from './settings.ts'
import { type Resolve, systemResolve } from './target.ts'

/**
 * Asks by HTTP: brings the request to the receiver, then fetches the answer, or waits while it comes by callback. A receiver that can
 * not be reached, and an answer that is not signed or is about something else, is `unavailable`.
 */
export function createWebhookApprover(
  settings: WebhookSettings,
  options: { readonly clock: Clock; readonly resolve?: Resolve | undefined },
): Approver {
  const { clock, resolve = systemResolve } = options
  const send = endpoint(settings, { clock, resolve })
  const delivery = new Delivery({ url: settings.url, send, clock })

  async function deliver(request: ApprovalRequest, signal: AbortSignal): Promise<string | undefined> {
    const problem = await delivery.bring(request, signal)
    return problem && `the request could not be delivered: ${problem}`
  }

  async function ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    const problem = await deliver(request, signal)
    if (problem !== undefined) return unavailable(problem)
    const { statusUrl, secrets, pollIntervalMs } = settings
    // By callback it is the stored request that gets the answer; this wait ends with the signal.
    if (statusUrl === undefined) return new Promise(() => {})
    return poll(request, { send, statusUrl: statusUrl(request.id), secrets, pollIntervalMs, clock, signal })
  }

  return {
    name: 'webhook',
    async request(request, signal) {
      const limit = timeLimit(request, signal, clock)
      try {
        const over = limit.over()
        if (over !== undefined) return unavailable(over)
        const answer = await answerUnlessAborted(ask(request, limit.signal), limit.signal)
        const late = limit.over()
        return late === undefined ? answer : unavailable(late)
      } catch (error) {
        // Its message may repeat an address or a header.
        return unavailable(`the webhook failed with ${errorClassOf(error)}`)
      } finally {
        limit.release()
      }
    },
    announce: deliver,
  }
}
