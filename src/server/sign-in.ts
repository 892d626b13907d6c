import { Hono } from 'hono'
import { readForm, smallBody } from './body.ts'
import type { Checked } from './credentials.ts'
import { ID_CHARS_MAX } from './desk.ts'
import type { ServerContext, ServerEnv } from './environment.ts'
import { isFormToken } from './form-token.ts'
import { fromOwnPage } from './gate.ts'
import { type SignInOptions, signInPage } from './page/sign-in.ts'
import type { PageParts } from './pages.ts'
import { EXPIRED_FORM, refuse } from './refusal.ts'
import { dropSession, keepSession, sessionSecret, signedIn } from './session-cookie.ts'

/** A token comes in as a form, and goes out as a session that ends by itself. */
export function signInRoutes(parts: PageParts): Hono<ServerEnv> {
  const routes = new Hono<ServerEnv>()
  routes.post('/sign-in', fromOwnPage, smallBody, (c) => signIn(c, parts))
  routes.post('/sign-out', fromOwnPage, smallBody, signedIn(parts.sessions), (c) => signOut(c, parts))
  return routes
}

async function signIn(c: ServerContext, { credentials, sessions }: PageParts): Promise<Response> {
  const form = await readForm(c)
  if ('refusal' in form) return refuse(c, form.refusal)
  const approval = form.fields.get('approval')?.slice(0, ID_CHARS_MAX)
  const checked = credentials.check(form.fields.get('token')?.trim() ?? '')
  if (checked.status !== 'known') return askAgain(c, checked, approval)
  keepSession(c, sessions.open(checked.name))
  return c.redirect(approval === undefined ? '/' : `/approvals/${encodeURIComponent(approval)}`, 303)
}

function askAgain(
  c: ServerContext,
  checked: Exclude<Checked, { status: 'known' }>,
  approval: SignInOptions['approval'],
): Response | Promise<Response> {
  if (checked.status === 'unknown')
    return c.html(signInPage({ problem: 'This token is not known here.', approval }), 401)
  c.header('Retry-After', String(checked.waitSeconds))
  return c.html(
    signInPage({ problem: 'This token is not known here, and many were tried. Wait a minute.', approval }),
    429,
  )
}

async function signOut(c: ServerContext, { sessions }: PageParts): Promise<Response> {
  const form = await readForm(c)
  if ('refusal' in form) return refuse(c, form.refusal)
  if (!isFormToken(form.fields.get('token') ?? '', c.get('session'), 'sign-out')) return refuse(c, EXPIRED_FORM)
  sessions.end(sessionSecret(c) ?? '')
  dropSession(c)
  return c.redirect('/', 303)
}
