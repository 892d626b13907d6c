import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { HEADERS } from './headers.ts'

/** How long the other side may take, in milliseconds. */
export interface WireLimits {
  /** For the whole of a request, its body included. Default 15,000. */
  readonly requestMs?: number | undefined
  /** How often that is looked at. Default 1,000. */
  readonly checkEveryMs?: number | undefined
}

const REQUEST_MS = 15_000
const CHECK_EVERY_MS = 1_000
const KEEP_ALIVE_MS = 5_000
/** Without a byte in either direction. */
const IDLE_MS = 30_000
const HEADER_BYTES_MAX = 16 * 1024
const CONNECTIONS_MAX = 256
const CLOSE_MS_MAX = 2_000

/** An HTTP server that waits for nobody for long, and hands on only requests that can be read in one way. */
export class Wire {
  readonly #server: Server
  /** Connections on which no request runs. Browsers open some ahead, which Node does not count as idle. */
  readonly #idle = new Set<Socket>()

  constructor({ requestMs = REQUEST_MS, checkEveryMs = CHECK_EVERY_MS }: WireLimits) {
    this.#server = createServer({
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      insecureHTTPParser: false,
    })
    this.#server.maxConnections = CONNECTIONS_MAX
    this.#server.timeout = IDLE_MS
    this.#server.on('connection', (socket) => {
      this.#idle.add(socket)
      socket.on('close', () => this.#idle.delete(socket))
    })
  }

  /** @returns the port. Nothing is answered before `answerWith`. */
  async listen(at: { readonly host: string; readonly port: number }): Promise<number> {
    this.#server.listen(at)
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  answerWith(answer: (request: Request) => Response | Promise<Response>): void {
    // The globals of the program belong to the program.
    const listener = getRequestListener((request) => answer(request), { overrideGlobalObjects: false })
    this.#server.on('request', (incoming, outgoing) => {
      this.#holdUntilAnswered(incoming.socket, outgoing)
      if (isPlain(incoming)) void listener(incoming, outgoing)
      else refuseOdd(outgoing)
    })
  }

  /** Lets requests that run come to their end, for two seconds at most. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#idle) socket.destroy()
    const giveUp = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS_MAX)
    await closed
    clearTimeout(giveUp)
  }

  #holdUntilAnswered(socket: Socket, outgoing: ServerResponse): void {
    this.#idle.delete(socket)
    outgoing.on('close', () => {
      if (!this.#server.listening) socket.end()
      else if (!socket.destroyed) this.#idle.add(socket)
    })
  }
}

/**
 * One `Host`, and a target that is a path without a backslash, which some read as a slash. With two hosts, or a whole address as the
 * target, a proxy in front and this server could take different ones for what was asked.
 */
function isPlain({ url, rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  return url?.startsWith('/') === true && !url.includes('\\') && hosts.length === 1
}

function refuseOdd(outgoing: ServerResponse): void {
  outgoing.writeHead(400, { ...HEADERS, 'Content-Type': 'text/plain; charset=UTF-8', Connection: 'close' })
  outgoing.end('Send one Host header, and a path as the target.\n')
}
