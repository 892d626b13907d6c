import { Hono } from 'hono'
import { largeBody, readParams } from './body.ts'
import type { ServerContext, ServerEnv } from './environment.ts'
import { readDecision } from './form.ts'
import { fromOwnPage } from './gate.ts'
import { editPage } from './page/edit.ts'
import { type PageParts, viewOf } from './pages.ts'
import { type Refusal, refuse } from './refusal.ts'
import { signedIn } from './session-cookie.ts'

/** Approving with other arguments than were asked for. */
export function editRoutes(parts: PageParts): Hono<ServerEnv> {
  const person = signedIn(parts.sessions)
  const routes = new Hono<ServerEnv>()
  routes.get('/approvals/:id/edit', person, (c) => ask(c, parts))
  routes.post('/approvals/:id/edit', fromOwnPage, person, largeBody, (c) => edit(c, parts))
  return routes
}

async function edit(c: ServerContext, parts: PageParts): Promise<Response> {
  const read = await readDecision(c)
  if ('refusal' in read) return refuse(c, read.refusal)
  const { digest, note, fields } = read.decision
  const text = fields.get('params') ?? ''
  const typed = readParams(text)
  if ('problem' in typed) return ask(c, parts, { text, because: typed.problem, status: 400 })

  const id = c.req.param('id') ?? ''
  const choice = { kind: 'edit', digest, note, params: typed.params } as const
  const answered = await parts.desk.decide(c.get('session').name, id, choice)
  if (!('refusal' in answered)) return c.redirect(`/approvals/${encodeURIComponent(id)}`, 303)
  const { refusal } = answered
  // What was typed is kept where other arguments may be taken.
  return isAboutArguments(refusal)
    ? ask(c, parts, { text, because: refusal.message, status: refusal.status })
    : refuse(c, refusal)
}

const isAboutArguments = ({ code }: Refusal): boolean => code === 'APPROVAL_NOT_ALLOWED' || code === 'ARGUMENT_REFUSED'

interface Rejected extends Pick<Refusal, 'status'> {
  readonly text: string
  readonly because: string
}

async function ask(c: ServerContext, { desk, clock }: PageParts, rejected?: Rejected): Promise<Response> {
  const session = c.get('session')
  const found = await desk.find(session.name, c.req.param('id') ?? '')
  if ('refusal' in found) return refuse(c, found.refusal)
  const { approval } = found
  return approval.state === 'pending'
    ? c.html(editPage({ ...viewOf(approval, { session, clock }), rejected }), rejected?.status ?? 200)
    : c.redirect(`/approvals/${encodeURIComponent(approval.id)}`, 303)
}
