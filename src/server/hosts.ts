import { type Issue, SentinelConfigError } from '../errors.ts'
import { printable } from '../support/printable.ts'

/** An address under which browsers reach the server. */
export interface Site {
  /** As browsers name it in `Origin`: `http://127.0.0.1:7332`. */
  readonly origin: string
  /** Whether browsers come by TLS, which a proxy in front ends. */
  readonly secure: boolean
}

/** The sites that may be asked for, by what browsers then send as `Host`. */
export type Sites = ReadonlyMap<string, Site>

const HOSTS_MAX = 100

/**
 * Reads `127.0.0.1:7332`, `http://localhost:7332` and `https://approvals.example.com`.
 * @throws SentinelConfigError listing every entry that is not a host.
 */
export function sitesOf(hosts: readonly string[]): Sites {
  if (hosts.length === 0 || hosts.length > HOSTS_MAX)
    throw new SentinelConfigError([issue('hosts', `there must be 1 to ${HOSTS_MAX} hosts, found ${hosts.length}`)])
  const urls = hosts.map(urlOf)
  const issues = urls.flatMap((url, index) =>
    url === undefined ? [issue(`hosts[${index}]`, wanted(String(hosts[index])))] : [],
  )
  if (issues.length > 0) throw new SentinelConfigError(issues)
  const known = urls.filter((url) => url !== undefined)
  // Of a host that is given both ways the one with TLS counts.
  return new Map(
    [...known.filter(isPlain), ...known.filter((url) => !isPlain(url))].map((url) => [url.host, siteOf(url)] as const),
  )
}

const isPlain = (url: URL): boolean => url.protocol === 'http:'
const siteOf = (url: URL): Site => ({ origin: url.origin, secure: !isPlain(url) })

function urlOf(host: string): URL | undefined {
  const text = host.includes('://') ? host : `http://${host}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  // A star is a host to the URL standard, and would read as if it allowed many.
  return isWeb && !url.host.includes('*') && `${url.origin}/` === url.href ? url : undefined
}

const issue = (path: string, message: string): Issue => ({ path, code: 'not_a_host', message })

const wanted = (host: string): string =>
  `expected a host such as 127.0.0.1:7332 or https://approvals.example.com, found "${printable(host)}"`
