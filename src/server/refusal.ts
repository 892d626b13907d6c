import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ServerContext } from './environment.ts'
import { messagePage } from './page/message.ts'

/** Why a request was not done, for whoever made it. */
export interface Refusal {
  readonly status: ContentfulStatusCode
  /** Stable, for programs: `APPROVAL_UNKNOWN`, `FORBIDDEN`. */
  readonly code: string
  readonly message: string
}

export const UNKNOWN: Refusal = {
  status: 404,
  code: 'APPROVAL_UNKNOWN',
  message: 'There is no approval with this id that you may decide, or it was decided too long ago.',
}

export const tooMany = (message: string): Refusal => ({ status: 429, code: 'TOO_MANY_REQUESTS', message })

export const EXPIRED_FORM: Refusal = {
  status: 403,
  code: 'FORM_EXPIRED',
  message:
    'This form is not of this session, or was changed, so nothing was done. Open the approval again and decide there.',
}

const API = '/api/'

/** Says no in the form that was asked for: JSON to programs, a page to browsers. */
export function refuse(c: ServerContext, refusal: Refusal): Response | Promise<Response> {
  const { status, code, message } = refusal
  if (c.req.path.startsWith(API)) return c.json({ error: { code, message } }, status)
  return c.html(messagePage(refusal), status)
}
