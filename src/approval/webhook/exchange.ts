import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Clock } from '../../support/clock.ts'
import { printable } from '../../support/printable.ts'
import { type AllowedHosts, checkedLookup, PrivateTarget, type Resolve, targetProblem } from './target.ts'

/** A receipt or a decision is small; what is longer is something else. */
export const RESPONSE_BYTES_MAX = 2_097_152
const BECAUSE_CHARS_MAX = 200

export const AT_ONCE = { afterMs: 0 } as const

/** One request to send, whole. */
export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Empty for GET. */
  readonly body: string
}

export interface ExchangeRules {
  readonly allowedHosts: AllowedHosts
  readonly attemptTimeoutMs: number
  readonly clock: Clock
  readonly resolve: Resolve
}

/** What came of one request and its response. No redirect is followed. */
export type Exchanged =
  | {
      readonly outcome: 'answered'
      readonly status: number
      readonly headers: IncomingHttpHeaders
      readonly body: Uint8Array
    }
  | Failure

export interface Failure {
  readonly outcome: 'failed'
  /** Names no more of the address than its host: the rest may be secret. */
  readonly because: string
  /** Whether another attempt can do better, and how long it should wait at least. */
  readonly retry: 'no' | { readonly afterMs: number }
}

/**
 * Sends one request over a connection of its own, to an address that was checked, and reads the response. Whatever happens, the socket
 * and the timer are gone when it resolves; aborting the signal resolves it at once. Never rejects.
 */
export async function exchange(outgoing: Outgoing, signal: AbortSignal, rules: ExchangeRules): Promise<Exchanged> {
  const { url } = outgoing
  const problem = targetProblem(url, rules.allowedHosts)
  if (problem !== undefined) return failed(url, problem, 'no')
  if (signal.aborted) return failed(url, 'it was withdrawn', 'no')

  const { promise, resolve } = Promise.withResolvers<Exchanged>()
  const sent = start(outgoing, rules)
  const withdraw = (): void => resolve(failed(url, 'it was withdrawn', 'no'))
  const giveUp = (): void => resolve(failed(url, `no answer within ${rules.attemptTimeoutMs} ms`, AT_ONCE))
  signal.addEventListener('abort', withdraw, { once: true })
  const callOff = rules.clock.after(rules.attemptTimeoutMs, giveUp)
  // Stays for as long as the request lives: an error that nobody listens to would end the process.
  sent.on('error', (error) => resolve(broken(url, error)))
  // Not asked for; without a listener nothing would say that the connection is over.
  sent.once('upgrade', (_response, socket) => {
    socket.destroy()
    resolve(broken(url, undefined))
  })
  sent.once('response', (response) => read(response, url).then(resolve))
  sent.end(outgoing.body)
  try {
    return await promise
  } finally {
    callOff()
    signal.removeEventListener('abort', withdraw)
    sent.destroy()
  }
}

function start({ method, url, headers, body }: Outgoing, rules: ExchangeRules): ClientRequest {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return request(url, {
    method,
    headers: method === 'GET' ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    // A kept connection would go to an address that was checked for another request.
    agent: false,
    lookup: checkedLookup(rules.allowedHosts, rules.resolve),
  })
}

async function read(response: IncomingMessage, url: URL): Promise<Exchanged> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > RESPONSE_BYTES_MAX) return failed(url, `its answer is longer than ${RESPONSE_BYTES_MAX} bytes`, 'no')
    }
  } catch (error) {
    return broken(url, error)
  }
  const { statusCode: status = 0, headers } = response
  return { outcome: 'answered', status, headers, body: Buffer.concat(chunks) }
}

/** The message of another error may repeat what was sent; its code never does. */
function broken(url: URL, error: unknown): Exchanged {
  if (error instanceof PrivateTarget) return failed(url, error.message, 'no')
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return failed(url, `the connection failed (${typeof code === 'string' ? code : 'no reason given'})`, AT_ONCE)
}

export const failed = ({ hostname }: URL, because: string, retry: Failure['retry']): Failure => ({
  outcome: 'failed',
  because: printable(`${hostname}: ${because}`.slice(0, BECAUSE_CHARS_MAX)),
  retry,
})
