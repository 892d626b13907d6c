import type { ServerContext, Step } from './environment.ts'
import type { Site, Sites } from './hosts.ts'
import { refuse } from './refusal.ts'

const READING = new Set(['GET', 'HEAD'])
const HSTS = 'max-age=31536000'

/**
 * Lets a request in that reads, or that posts and does not come from another site; and only under a name that is allowed, since a
 * foreign name may lead here too (DNS rebinding). What a proxy says in `X-Forwarded-*` is never read.
 */
export const gate =
  (sites: Sites): Step =>
  async (c, next) => {
    const site = sites.get(c.req.header('host')?.toLowerCase() ?? '')
    if (site === undefined) return refuse(c, MISDIRECTED)
    c.set('site', site)
    if (site.secure) c.header('Strict-Transport-Security', HSTS)
    if (READING.has(c.req.method)) return next()
    if (c.req.method !== 'POST') return refuseMethod(c)
    return isForeign(c, site) ? refuse(c, FOREIGN) : next()
  }

/** A form must come from a page of ours. Browsers name the page with every POST; who does not is no browser, or is told to hide it. */
export const fromOwnPage: Step = async (c, next) =>
  c.req.method === 'POST' && c.req.header('origin') === undefined ? refuse(c, FOREIGN) : next()

function isForeign(c: ServerContext, { origin }: Site): boolean {
  const from = c.req.header('origin')
  const relation = c.req.header('sec-fetch-site')
  return (from !== undefined && from !== origin) || (relation !== undefined && relation !== 'same-origin')
}

function refuseMethod(c: ServerContext): Response | Promise<Response> {
  c.header('Allow', 'GET, HEAD, POST')
  return refuse(c, { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'Only GET, HEAD and POST are answered here.' })
}

const MISDIRECTED = {
  status: 421,
  code: 'HOST_NOT_ALLOWED',
  message: 'This server does not answer under this name. Whoever runs it can allow it with --allow-host.',
} as const

const FOREIGN = {
  status: 403,
  code: 'CROSS_SITE',
  message:
    'This request does not come from a page of this server, so nothing was done. Open the approval here and decide again.',
} as const
