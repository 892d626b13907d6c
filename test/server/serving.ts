import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { afterEach } from 'vitest'
import type { Approvals } from '../../src/approval/approvals.ts'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import type { ApprovalRequest } from '../../src/domain/approval.ts'
import type { Digest } from '../../src/domain/units.ts'
import { openApprovals } from '../../src/open-approvals.ts'
import { type ApprovalServer, type ServeOptions, serveApprovals } from '../../src/server/index.ts'
import { randomIds } from '../../src/support/ids.ts'
import { aRequest } from '../approval/requests.ts'
import { FakeClock } from '../support/fake-clock.ts'

export const ADA = { name: 'ada', token: 'ada-token-0123456789-abcdefghijk' } as const
export const BEN = { name: 'ben', token: 'ben-token-0123456789-abcdefghijk' } as const
/** A token in the name of the agent that asks. */
export const AGENT = { name: 'agent-7', token: 'agent-token-0123456789-abcdefghi' } as const

const LIMITS = { denialLimit: 3, openMax: 20_000 } as const
let asks = 0

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

export interface Serving {
  readonly server: ApprovalServer
  readonly approvals: Approvals
  readonly clock: FakeClock
  readonly notices: readonly string[]
  readonly host: string
  /** Stores a request, as a guard does. */
  ask(given?: Parameters<typeof aRequest>[1]): Promise<Asked>
  send(sending?: Sending): Promise<Received>
  /** Signs in with a browser's form. @returns the cookie. */
  signIn(token?: string): Promise<string>
}

export interface Asked {
  readonly request: ApprovalRequest
  readonly id: string
}

/** A server that listens, over a log of its own, with a clock that stands still. Closed after the test. */
export async function serving(options: Partial<ServeOptions> & { readonly store?: AuditStore } = {}): Promise<Serving> {
  const clock = new FakeClock()
  const { store = createMemoryStore({ clock }), ...given } = options
  const approvals = given.approvals ?? openApprovals({ store, clock, ids: randomIds, key: () => undefined })
  const notices: string[] = []
  const server = await serveApprovals({
    approvals,
    tokens: [ADA, BEN, AGENT],
    port: 0,
    clock,
    onNotice: (message) => notices.push(message),
    ...given,
  })
  undo.push(() => server.close())
  const host = `127.0.0.1:${server.port}`
  const send = (sending: Sending = {}): Promise<Received> => exchange(server.port, sending)
  return {
    server,
    approvals,
    clock,
    notices,
    host,
    send,
    async ask(asked) {
      asks += 1
      const request = aRequest(clock, { digest: asks.toString(16).padStart(64, '0') as Digest, ...asked })
      await store.append([], { approval: { kind: 'ask', request, ...LIMITS, whenJoined: 'store-nothing' } })
      return { request, id: request.id }
    },
    async signIn(token = ADA.token) {
      const { headers } = await send({ ...form({ token }), path: '/sign-in', origin: `http://${host}` })
      return cookieIn(headers['set-cookie']?.[0] ?? '')
    },
  }
}

export const cookieIn = (setCookie: string): string => setCookie.split(';')[0] ?? ''

export interface Sending {
  readonly method?: string
  readonly path?: string
  readonly origin?: string
  readonly cookie?: string
  readonly bearer?: string
  /** Laid over all else; `Host` is the server's own address unless given. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

export interface Received {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A form as browsers post it. */
export const form = (fields: Readonly<Record<string, string>>): Sending => ({
  method: 'POST',
  body: new URLSearchParams(fields).toString(),
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
})

export const json = (body: unknown): Sending => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json' },
})

/** One request, written as told, whatever a browser would say to it. */
export function exchange(port: number, sending: Sending): Promise<Received> {
  const { method = 'GET', path = '/', origin, cookie, bearer, body, headers } = sending
  const { promise, resolve, reject } = Promise.withResolvers<Received>()
  const sent = httpRequest(
    {
      host: '127.0.0.1',
      port,
      method,
      path,
      setHost: false,
      agent: false,
      headers: {
        Host: `127.0.0.1:${port}`,
        ...(origin === undefined ? {} : { Origin: origin }),
        ...(cookie === undefined ? {} : { Cookie: cookie }),
        ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(headers as Record<string, string | string[]>),
      },
    },
    async (incoming) => {
      try {
        let text = ''
        for await (const chunk of incoming.setEncoding('utf8')) text += chunk
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text })
      } catch (error) {
        reject(error)
      }
    },
  )
  sent.on('error', reject)
  sent.end(body)
  return promise
}

/** Bytes as they are, and all that comes back until the other side hangs up. */
export function wire(port: number, bytes: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
  socket.setEncoding('utf8')
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  socket.on('close', () => resolve(text))
  return promise
}

/** The hidden fields of the form that decides. */
export function fieldsOf(page: string): Record<string, string> {
  const decides = /<form (?:class="bar"|id="edit").*?<\/form>/s.exec(page)?.[0] ?? ''
  return Object.fromEntries(
    [...decides.matchAll(/<input type="hidden" name="(?<name>\w+)" value="(?<value>[^"]*)"/g)].map(
      ({ groups = {} }) => [groups.name ?? '', groups.value ?? ''],
    ),
  )
}

/** What a page says, without its marks and with its characters as they are read. */
export const readable = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
