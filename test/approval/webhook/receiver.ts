import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebhookConfig, type WebhookSettings, webhookSettings } from '../../../src/approval/webhook/settings.ts'
import type { ApprovalRequest } from '../../../src/domain/approval.ts'
import type { Clock } from '../../../src/support/clock.ts'

export const SECRET = `whsec_${Buffer.alloc(24, 'one').toString('base64')}`
export const OLD_SECRET = `whsec_${Buffer.alloc(32, 'two').toString('base64')}`
export const FOREIGN_SECRET = `whsec_${Buffer.alloc(64, 'not').toString('base64')}`

/** One HTTP request that came in, and the response to write. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly response: ServerResponse
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>
}

type Respond = (received: Received, index: number) => unknown

/** The other side of a webhook: a real HTTP server on loopback, which answers as a test says and counts what comes. */
export class Receiver {
  readonly received: Received[] = []
  respond: Respond = ({ response }) => response.writeHead(204).end()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  static async listen(): Promise<Receiver> {
    const server = createServer()
    const receiver = new Receiver(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return receiver
  }

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.on('request', async (request, response) => {
      const { promise: gone, resolve } = Promise.withResolvers<void>()
      request.socket.once('close', resolve)
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { method = '', url: path = '', headers } = request
      const received = { method, path, headers, body: Buffer.concat(chunks).toString(), response, gone }
      this.received.push(received)
      for (const { count, resolve } of this.#waiting) if (this.received.length >= count) resolve()
      this.respond(received, this.received.length)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  get openSockets(): number {
    return this.#sockets.size
  }

  /** The request that comes at this place, 1 the first. */
  async arrived(count: number): Promise<Received> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.received.length >= count) resolve()
    else this.#waiting.push({ count, resolve })
    await promise
    return this.received[count - 1] as Received
  }

  /** Resolves when the request at this place came and its connection is gone: the other side has what it will get. */
  async over(count: number): Promise<void> {
    await (await this.arrived(count)).gone
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  settings(config: Partial<WebhookConfig> = {}): WebhookSettings {
    return webhookSettings({ url: this.url, secret: SECRET, allowedHosts: ['127.0.0.1'], ...config })
  }
}

/** The algorithm of the standard, written down once more and apart from ours. */
export function signatureOf(secret: string, { id, timestamp, body }: Signable): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

interface Signable {
  readonly id: string
  readonly timestamp: string
  readonly body: string
}

export const secondsOf = (clock: Clock): string => String(Math.floor(clock.now() / 1000))

/** A message as somebody who knows `secret` sends it. */
export function signed(
  body: string,
  { clock, secret = SECRET, id = 'msg_1', timestamp = secondsOf(clock) }: SignOptions,
): { readonly headers: Record<string, string>; readonly body: string } {
  const signature = signatureOf(secret, { id, timestamp, body })
  return { headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }, body }
}

interface SignOptions {
  readonly clock: Clock
  readonly secret?: string
  readonly id?: string
  readonly timestamp?: string
}

export const decision = (request: Pick<ApprovalRequest, 'id' | 'digest'>, data: object = {}): string =>
  JSON.stringify({
    type: 'approval.decided',
    data: { approvalId: request.id, digest: request.digest, outcome: 'approved', by: 'ada', ...data },
  })
