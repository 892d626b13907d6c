import { Hono } from 'hono'
import type { Approval } from '../domain/approval.ts'
import type { Clock } from '../support/clock.ts'
import { smallBody } from './body.ts'
import type { Credentials } from './credentials.ts'
import type { Desk } from './desk.ts'
import { editRoutes } from './edit.ts'
import type { ServerContext, ServerEnv } from './environment.ts'
import { decidedByForm, readDecision } from './form.ts'
import { formToken } from './form-token.ts'
import { fromOwnPage } from './gate.ts'
import { type ApprovalView, approvalPage } from './page/approval.ts'
import type { SignedIn } from './page/layout.ts'
import { listPage } from './page/list.ts'
import { refuse } from './refusal.ts'
import { signedIn } from './session-cookie.ts'
import type { Session, Sessions } from './sessions.ts'
import { signInRoutes } from './sign-in.ts'

export interface PageParts {
  readonly desk: Desk
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly clock: Clock
}

const LISTED_ON_A_PAGE = 25
const PAGE_NUMBER = /^[1-9]\d{0,2}$/

/** For people with a browser: reading is GET, deciding is a form that only a page of this session could have. */
export function pageRoutes(parts: PageParts): Hono<ServerEnv> {
  const { desk, sessions } = parts
  const person = signedIn(sessions)
  const pages = new Hono<ServerEnv>()
  pages.route('/', signInRoutes(parts))
  pages.get('/', person, (c) => list(c, parts))
  pages.get('/approvals/:id', person, (c) => show(c, parts))
  for (const kind of ['approve', 'deny'] as const)
    pages.post(`/approvals/:id/${kind}`, fromOwnPage, smallBody, person, async (c) => {
      const read = await readDecision(c)
      return 'refusal' in read ? refuse(c, read.refusal) : decidedByForm(c, desk, { kind, ...read.decision })
    })
  pages.route('/', editRoutes(parts))
  return pages
}

async function list(c: ServerContext, { desk, clock }: PageParts): Promise<Response> {
  const session = c.get('session')
  const asked = c.req.query('page') ?? ''
  const pageNumber = PAGE_NUMBER.test(asked) ? Number(asked) : 1
  const from = (pageNumber - 1) * LISTED_ON_A_PAGE
  const listed = await desk.list(session.name, { state: 'pending', from, count: LISTED_ON_A_PAGE })
  return c.html(listPage({ ...listed, signedIn: whoIs(session), pageNumber, now: clock.now() }))
}

async function show(c: ServerContext, { desk, clock }: PageParts): Promise<Response> {
  const session = c.get('session')
  const found = await desk.find(session.name, c.req.param('id') ?? '')
  return 'refusal' in found
    ? refuse(c, found.refusal)
    : c.html(approvalPage(viewOf(found.approval, { session, clock })))
}

/** An approval with what its page needs to act on it. */
export const viewOf = (approval: Approval, by: { readonly session: Session; readonly clock: Clock }): ApprovalView => ({
  approval,
  signedIn: whoIs(by.session),
  formToken: formToken(by.session, approval),
  now: by.clock.now(),
})

const whoIs = (session: Session): SignedIn => ({
  name: session.name,
  signOutToken: formToken(session, 'sign-out'),
})
