import { Hono } from 'hono'
import { z } from 'zod'
import { APPROVAL_STATES } from '../domain/approval.ts'
import { toJsonText } from '../support/json.ts'
import { APPROVAL, DENIAL, EDIT, largeBody, readJson, smallBody } from './body.ts'
import type { Credentials } from './credentials.ts'
import type { Answered, Choice, Desk } from './desk.ts'
import type { ServerContext, ServerEnv, Step } from './environment.ts'
import { refuse, tooMany } from './refusal.ts'

/** Each may be a megabyte. */
const LISTED_MAX = 100
const LISTED_DEFAULT = 25
const FROM_MAX = 9_999
const BEARER = /^Bearer ([\x21-\x7e]+)$/i

const QUERY = z.strictObject({
  state: z.enum(APPROVAL_STATES).default('pending'),
  limit: z.coerce.number().int().min(1).max(LISTED_MAX).default(LISTED_DEFAULT),
  from: z.coerce.number().int().min(0).max(FROM_MAX).default(0),
})

/** The same as the pages, for programs: a bearer token with each request, JSON both ways. Cookies are not looked at. */
export function apiRoutes({ desk, credentials }: { desk: Desk; credentials: Credentials }): Hono<ServerEnv> {
  const api = new Hono<ServerEnv>()
  api.use(bearer(credentials))

  api.get('/approvals', async (c) => {
    const query = QUERY.safeParse(c.req.query())
    if (!query.success) return refuse(c, { status: 400, code: 'BAD_REQUEST', message: z.prettifyError(query.error) })
    const { state, limit, from } = query.data
    return json(c, await desk.list(c.get('name'), { state, from, count: limit }))
  })
  api.get('/approvals/:id', async (c) => answer(c, await desk.find(c.get('name'), c.req.param('id'))))

  api.post('/approvals/:id/approve', smallBody, async (c) => {
    const read = await readJson(c, APPROVAL)
    return 'refusal' in read ? refuse(c, read.refusal) : decide(c, desk, { kind: 'approve', ...read.body })
  })
  api.post('/approvals/:id/edit', largeBody, async (c) => {
    const read = await readJson(c, EDIT)
    return 'refusal' in read ? refuse(c, read.refusal) : decide(c, desk, { kind: 'edit', ...read.body })
  })
  api.post('/approvals/:id/deny', smallBody, async (c) => {
    const read = await readJson(c, DENIAL)
    return 'refusal' in read ? refuse(c, read.refusal) : decide(c, desk, { kind: 'deny', ...read.body })
  })
  return api
}

/** Who asks is who the token names. */
const bearer =
  (credentials: Credentials): Step =>
  async (c, next) => {
    const [, token] = BEARER.exec(c.req.header('authorization') ?? '') ?? []
    const checked = token === undefined ? undefined : credentials.check(token)
    if (checked?.status === 'known') {
      c.set('name', checked.name)
      return next()
    }
    if (checked?.status === 'too-many') {
      c.header('Retry-After', String(checked.waitSeconds))
      return refuse(c, tooMany('Too many wrong tokens were tried.'))
    }
    c.header('WWW-Authenticate', 'Bearer')
    return refuse(c, {
      status: 401,
      code: 'UNAUTHORIZED',
      message: 'Send `Authorization: Bearer` with a token of this server.',
    })
  }

const decide = async (c: ServerContext, desk: Desk, choice: Choice): Promise<Response> =>
  answer(c, await desk.decide(c.get('name'), c.req.param('id') ?? '', choice))

const answer = (c: ServerContext, answered: Answered): Response | Promise<Response> =>
  'refusal' in answered ? refuse(c, answered.refusal) : json(c, answered.approval)

/** Whole numbers with all their digits, which `JSON.stringify` refuses. */
const json = (c: ServerContext, data: object): Response =>
  c.body(toJsonText(data), 200, { 'Content-Type': 'application/json; charset=UTF-8' })
