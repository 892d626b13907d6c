import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { ServerContext, Step } from './environment.ts'
import { signInPage } from './page/sign-in.ts'
import type { Sessions } from './sessions.ts'

/** Browsers take a `__Host-` cookie from nobody but this very host, and only by TLS. */
const nameFor = (c: ServerContext): string => (c.get('site').secure ? '__Host-sentinel' : 'sentinel')

const OPTIONS = { path: '/', httpOnly: true, sameSite: 'Strict' } as const

export const sessionSecret = (c: ServerContext): string | undefined => getCookie(c, nameFor(c))

export const keepSession = (c: ServerContext, secret: string): void =>
  setCookie(c, nameFor(c), secret, { ...OPTIONS, secure: c.get('site').secure })

export const dropSession = (c: ServerContext): void =>
  void deleteCookie(c, nameFor(c), { ...OPTIONS, secure: c.get('site').secure })

/** Lets only those in who are signed in; others are asked to, whether or not what they look for is there. */
export const signedIn =
  (sessions: Sessions): Step =>
  async (c, next) => {
    const secret = sessionSecret(c)
    const session = sessions.find(secret)
    if (session !== undefined) {
      c.set('session', session)
      return next()
    }
    const approval = c.req.param('id')
    return c.html(signInPage(followsLink(c, secret) ? { approval, reload: 'now' } : { approval }), 401)
  }

/** A link from another site was opened: with it browsers send no strict cookie, and there may be one. */
const followsLink = (c: ServerContext, secret: string | undefined): boolean =>
  secret === undefined && c.req.method === 'GET' && c.req.header('sec-fetch-site') === 'cross-site'
