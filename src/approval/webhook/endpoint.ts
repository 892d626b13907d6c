import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../support/clock.ts'
import { AT_ONCE, type Exchanged, exchange, type Failure, failed } from './exchange.ts'
import type { WebhookSettings } from './settings.ts'
import { signedHeaders } from './signature.ts'
import type { Resolve } from './target.ts'

/** However long a receiver asks to be left alone, the person who waits for the call is not kept longer. */
const RETRY_AFTER_MAX_MS = 30_000

export interface Ports {
  readonly clock: Clock
  readonly resolve: Resolve
}

/** One message to the receiver; a question for the answer has no body. */
export interface Message {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** Names what it is about, so that the signature binds the empty body of a question to one approval. */
  readonly id: string
  readonly body: string
}

/** Sends one message, signed; nothing but a 2xx counts as an answer. Never rejects. */
export type Send = (message: Message, signal: AbortSignal) => Promise<Exchanged>

export const endpoint =
  (settings: WebhookSettings, { clock, resolve }: Ports): Send =>
  async ({ method, url, id, body }, signal) => {
    const { secrets, allowedHosts, attemptTimeoutMs } = settings
    const headers = {
      accept: 'application/json',
      'user-agent': 'sentinel-guard',
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
      ...settings.headers,
      ...signedHeaders({ id, body }, { secrets, now: clock.now() }),
    }
    const rules = { allowedHosts, attemptTimeoutMs, clock, resolve }
    const exchanged = await exchange({ method, url, headers, body }, signal, rules)
    return exchanged.outcome === 'failed' ? exchanged : (refusal(exchanged, url) ?? exchanged)
  }

/** Statuses of trouble that passes. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])

function refusal(
  answered: Pick<Exchanged & { outcome: 'answered' }, 'status' | 'headers'>,
  url: URL,
): Failure | undefined {
  const { status, headers } = answered
  if (status >= 200 && status < 300) return undefined
  if (status >= 300 && status < 400)
    return failed(url, `it answered with a redirect (${status}), which is not followed`, 'no')
  const passes = status >= 500 || PASSING.has(status)
  return failed(url, `it answered with status ${status}`, passes ? { afterMs: retryAfterMs(headers) } : 'no')
}

/** In seconds; the other form, a date, is left to our own back-off. */
function retryAfterMs(headers: IncomingHttpHeaders): number {
  const seconds = headers['retry-after']
  if (seconds === undefined || !/^\d{1,9}$/.test(seconds)) return AT_ONCE.afterMs
  return Math.min(Number(seconds) * 1000, RETRY_AFTER_MAX_MS)
}
