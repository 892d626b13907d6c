import type { Action } from '../domain/action.ts'
import type { ToolCall } from '../domain/call.ts'
import { withPlainMarks } from '../domain/redacted.ts'
import { Lru } from '../support/lru.ts'
import { bounded } from './bounded.ts'
import type { RecentCall } from './case.ts'

const SESSIONS_MAX = 1_000
const CALLS_OF_SESSION_MAX = 10
const PARAMS_CHARS_MAX = 500

/** The last calls of each session, in memory only; a call without a session belongs to its agent. */
export class RecentCalls {
  readonly #sessions = new Lru<string, readonly RecentCall[]>(SESSIONS_MAX)

  /** Oldest first. */
  before(call: ToolCall): readonly RecentCall[] {
    return this.#sessions.get(sessionOf(call)) ?? []
  }

  remember(call: ToolCall, decision: Action): void {
    const { tool, at } = call
    const recent: RecentCall = { tool, at, decision, params: bounded(withPlainMarks(call.redacted), PARAMS_CHARS_MAX) }
    this.#sessions.set(sessionOf(call), [...this.before(call), recent].slice(-CALLS_OF_SESSION_MAX))
  }
}

const sessionOf = ({ agentId, sessionId }: ToolCall): string => JSON.stringify([agentId, sessionId])
