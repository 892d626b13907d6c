import type { Context, MiddlewareHandler } from 'hono'
import type { Site } from './hosts.ts'
import type { Session } from './sessions.ts'

/** What earlier steps of a request found out for later ones. */
export interface Found {
  /** The allowed site that was asked. */
  site: Site
  /** Who asks, by a bearer token; set on the API alone. */
  name: string
  /** Who asks, by a session; set on pages that need one. */
  session: Session
}

export interface ServerEnv {
  Variables: Found
}

export type ServerContext = Context<ServerEnv>
export type Step = MiddlewareHandler<ServerEnv>
