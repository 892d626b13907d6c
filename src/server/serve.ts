import ipaddr from 'ipaddr.js'
import { type Issue, SentinelConfigError } from '../errors.ts'
import { printable } from '../support/printable.ts'
import { type ApprovalAppOptions, createApprovalApp } from './app.ts'
import { Wire, type WireLimits } from './wire.ts'

export interface ServeOptions extends Omit<ApprovalAppOptions, 'hosts'>, WireLimits {
  /** 0 takes a free one. Default 7332. */
  readonly port?: number | undefined
  /**
   * Address to listen on. Default `127.0.0.1`: programs and people of this machine. With another one, whoever reaches it over the network
   * can try tokens, and what is sent there is not encrypted unless a proxy in front speaks TLS; `allowHosts` must then name the host.
   */
  readonly host?: string | undefined
  /** Further names that browsers may reach it by, such as `https://approvals.example.com`. */
  readonly allowHosts?: readonly string[] | undefined
}

/** An approval server that listens. */
export interface ApprovalServer extends AsyncDisposable {
  /** Where a browser finds it: `http://127.0.0.1:7332`. */
  readonly url: string
  readonly port: number
  /** Takes no more requests, and lets those that run come to their end, for two seconds at most. */
  close(): Promise<void>
}

export const PORT_DEFAULT = 7332
const PORT_MAX = 65_535
const LOOPBACK = '127.0.0.1'
const LOOPBACK_NAMES = [LOOPBACK, 'localhost', '[::1]']

/**
 * Starts the approval server.
 * @throws SentinelConfigError when an option can not be used, or the error of the operating system when it can not listen.
 */
export async function serveApprovals(options: ServeOptions): Promise<ApprovalServer> {
  const { host = LOOPBACK, port = PORT_DEFAULT, allowHosts = [] } = options
  refuseUnusable({ host, port, allowHosts })
  const wire = new Wire(options)
  // Only now is it known which port a 0 became. Nothing is answered meanwhile.
  const taken = await wire.listen({ host, port })
  try {
    const local = isLoopback(host) ? LOOPBACK_NAMES.map((name) => `${name}:${taken}`) : []
    const hosts = [...local, ...allowHosts]
    const app = createApprovalApp({ ...options, hosts })
    wire.answerWith((request) => app.fetch(request))
    const close = (): Promise<void> => wire.close()
    return { url: urlOf(hosts), port: taken, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await wire.close()
    throw error
  }
}

const urlOf = ([first = '']: readonly string[]): string => (first.includes('://') ? first : `http://${first}`)

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback')

interface Place {
  readonly host: string
  readonly port: number
  readonly allowHosts: readonly string[]
}

function refuseUnusable({ host, port, allowHosts }: Place): void {
  const issues: Issue[] = []
  const isPort = Number.isInteger(port) && port >= 0 && port <= PORT_MAX
  if (!isPort) issues.push({ path: 'port', code: 'not_a_port', message: `expected 0 to ${PORT_MAX}, found ${port}` })
  if (!isLoopback(host) && allowHosts.length === 0)
    issues.push({ path: 'allowHosts', code: 'host_missing', message: exposed(host) })
  if (issues.length > 0) throw new SentinelConfigError(issues)
}

const exposed = (host: string): string =>
  `${printable(host)} is not this machine alone: whoever reaches it can try tokens, and without TLS in front read them. ` +
  'If that is meant, name the host that browsers will show, such as https://approvals.example.com'
