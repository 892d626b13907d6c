import { Hono } from 'hono'
import type { Approvals } from '../approval/approvals.ts'
import { isSentinelError } from '../errors.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { messageOf } from '../support/messages.ts'
import { Allowance } from './allowance.ts'
import { apiRoutes } from './api.ts'
import { Credentials } from './credentials.ts'
import { Desk } from './desk.ts'
import type { ServerEnv } from './environment.ts'
import { gate } from './gate.ts'
import { strictHeaders } from './headers.ts'
import { sitesOf } from './hosts.ts'
import { pageRoutes } from './pages.ts'
import { type Refusal, refuse } from './refusal.ts'
import { Sessions } from './sessions.ts'
import type { ApprovalToken } from './tokens.ts'

export interface ApprovalAppOptions {
  /** What is decided on: `sentinel.approvals`, or those of a log that another process writes. */
  readonly approvals: Approvals
  /** Who may decide, 1 to 100. The name of the token is recorded as who did. */
  readonly tokens: readonly ApprovalToken[]
  /**
   * The only names under which it answers, with their ports, as browsers show them: `127.0.0.1:7332`, or
   * `https://approvals.example.com` where a proxy in front speaks TLS; then cookies are for TLS alone.
   */
  readonly hosts: readonly string[]
  /** How long somebody stays signed in with a browser, in milliseconds. Default 3,600,000 (one hour). */
  readonly sessionMs?: number | undefined
  /** Told what whoever runs the server should know, in a sentence, not more than once in ten seconds. Never holds a token. */
  readonly onNotice?: ((message: string) => void) | undefined
  readonly clock?: Clock | undefined
}

const SESSION_MS = 3_600_000
const NOTICE_MS = 10_000

/**
 * The approval server as a hono application, to be mounted at the top of a host.
 * @throws SentinelConfigError when a token or a host can not be used.
 */
export function createApprovalApp(options: ApprovalAppOptions): Hono<ServerEnv> {
  const { approvals, tokens, hosts, sessionMs = SESSION_MS, clock = systemClock } = options
  const onNotice = quietly(options.onNotice)
  const desk = new Desk({ approvals, clock })
  const credentials = new Credentials({ tokens, clock, onNotice })
  const sessions = new Sessions({ clock, lifeMs: sessionMs })
  const notices = new Allowance({ burst: 1, refillMs: NOTICE_MS, clock })

  const app = new Hono<ServerEnv>()
  app.use(strictHeaders, gate(sitesOf(hosts)))
  app.route('/api', apiRoutes({ desk, credentials }))
  app.route('/', pageRoutes({ desk, credentials, sessions, clock }))
  app.notFound((c) => refuse(c, NOT_FOUND))
  app.onError((error, c) => {
    if (notices.take()) onNotice(`a request failed: ${messageOf(error)}`)
    return refuse(c, isSentinelError(error) && error.code === 'AUDIT_UNAVAILABLE' ? NO_LOG : FAILED)
  })
  return app
}

/** Who is told decides nothing: what they throw is theirs. */
const quietly =
  (tell: ApprovalAppOptions['onNotice']) =>
  (message: string): void => {
    try {
      tell?.(message)
    } catch {
      // There is nobody else to tell.
    }
  }

const NOT_FOUND: Refusal = { status: 404, code: 'NOT_FOUND', message: 'There is nothing here.' }

const NO_LOG: Refusal = {
  status: 503,
  code: 'AUDIT_UNAVAILABLE',
  message: 'The audit log can not be used just now. Look at the approval again before you decide anew.',
}

const FAILED: Refusal = {
  status: 500,
  code: 'FAILED',
  message: 'Something went wrong. Look at the approval again before you decide anew.',
}
