import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  halfJitterGenerator,
  handleWhenResult,
} from 'cockatiel'
import type { ApprovalRequest } from '../../domain/approval.ts'
import type { Clock } from '../../support/clock.ts'
import { pause } from '../../support/pause.ts'
import type { Message, Send } from './endpoint.ts'
import { type Exchanged, failed } from './exchange.ts'
import { requestBody } from './message.ts'

const ATTEMPTS_MAX = 3
/** The largest arguments that the default limits let through, escaped, with all that is said about them. */
export const REQUEST_BYTES_MAX = 8_388_608
const BACKOFF = { initialDelay: 1_000, maxDelay: 10_000, generator: halfJitterGenerator }
/** Three requests that all failed. */
const FAILURES_MAX = 3 * ATTEMPTS_MAX
export const REST_MS = 30_000

/** Brings requests to one receiver, and leaves it alone for a while when it keeps failing. */
export class Delivery {
  readonly #url: URL
  readonly #send: Send
  readonly #clock: Clock
  readonly #breaker: CircuitBreakerPolicy = circuitBreaker(handleWhenResult(isTrouble), {
    halfOpenAfter: REST_MS,
    breaker: new ConsecutiveBreaker(FAILURES_MAX),
  })

  constructor(options: { readonly url: URL; readonly send: Send; readonly clock: Clock }) {
    this.#url = options.url
    this.#send = options.send
    this.#clock = options.clock
  }

  /**
   * In at most three attempts. The id of the message is the id of the approval, so the receiver can tell a repetition.
   * @returns why it could not be brought; undefined when it was.
   */
  async bring(request: ApprovalRequest, signal: AbortSignal): Promise<string | undefined> {
    const body = requestBody(request)
    const bytes = Buffer.byteLength(body)
    if (bytes > REQUEST_BYTES_MAX) return `the request has ${bytes} bytes, at most ${REQUEST_BYTES_MAX} are sent`
    const message: Message = { method: 'POST', url: this.#url, id: request.id, body }
    const backoff = new Backoff()
    for (let attempt = 1; ; attempt++) {
      const sent = await this.#attempt(message, signal)
      if (sent.outcome === 'answered') return undefined
      if (sent.retry === 'no' || attempt === ATTEMPTS_MAX || signal.aborted)
        return attempt === 1 ? sent.because : `${sent.because}, at attempt ${attempt}`
      // Here and not in cockatiel's `retry`, which sleeps on when the signal aborts.
      await pause(Math.max(backoff.nextMs(), sent.retry.afterMs), { clock: this.#clock, signal })
    }
  }

  async #attempt(message: Message, signal: AbortSignal): Promise<Exchanged> {
    try {
      return await this.#breaker.execute(() => this.#send(message, signal), signal)
    } catch (error) {
      if (error instanceof BrokenCircuitError)
        return failed(
          this.#url,
          `the last ${FAILURES_MAX} attempts failed; it is tried again in ${REST_MS / 1000} s`,
          'no',
        )
      return failed(this.#url, 'it was withdrawn', 'no')
    }
  }
}

/** Doubles, and is drawn from its upper half, so that many guards do not come back at once. */
class Backoff {
  #next = new ExponentialBackoff(BACKOFF).next()

  nextMs(): number {
    const { duration } = this.#next
    this.#next = this.#next.next(undefined)
    return duration
  }
}

/** What says something of the receiver's health: it is gone, slow, or at its limit. A plain refusal shows that it is there. */
const isTrouble = (result: unknown): boolean =>
  (result as Exchanged).outcome === 'failed' && (result as { retry: unknown }).retry !== 'no'
