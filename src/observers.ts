import type { Action } from './domain/action.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision, FaultStage } from './domain/decision.ts'
import type { Params } from './domain/plain.ts'
import type { AuditId, CallId } from './domain/units.ts'
import { messageOf } from './support/messages.ts'

/** What a logger must be able to do; a pino logger can. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  isLevelEnabled?(level: string): boolean
}

/** A decision, as listeners see it. Frozen. */
export interface DecisionNotice {
  readonly callId: CallId
  readonly tool: string
  readonly agentId: string
  readonly principalId: string | undefined
  readonly sessionId: string | undefined
  /** Redacted. */
  readonly params: Params
  readonly decision: Decision
  /** Undefined when the decision could not be recorded (`failMode: 'safe'`, shadow) or there is no log. */
  readonly auditId: AuditId | undefined
}

/** Something of the guard failed. Frozen. */
export interface FaultNotice {
  readonly stage: FaultStage
  readonly message: string
  readonly callId: CallId | undefined
}

export interface SentinelEvents {
  decision: DecisionNotice
  warn: DecisionNotice
  escalate: DecisionNotice
  block: DecisionNotice
  fault: FaultNotice
}
export type SentinelEventName = keyof SentinelEvents
export type SentinelListener<Name extends SentinelEventName> = (notice: SentinelEvents[Name]) => void

/**
 * Everyone who watches: the logger and the listeners. They can neither block nor fail a call, whatever they do; what they throw is
 * counted and told to the logger once per kind.
 */
export class Observers {
  readonly #listeners: { readonly [Name in SentinelEventName]: Set<SentinelListener<Name>> } = {
    decision: new Set(),
    warn: new Set(),
    escalate: new Set(),
    block: new Set(),
    fault: new Set(),
  }
  readonly #logger: Logger | undefined
  #failures = 0

  constructor(logger: Logger | undefined) {
    this.#logger = logger
  }

  /** How many times a listener or the logger threw or rejected. */
  get failures(): number {
    return this.#failures
  }

  /** Returns a function that takes the listener away again. */
  on<Name extends SentinelEventName>(name: Name, listener: SentinelListener<Name>): () => void {
    this.#listeners[name].add(listener)
    return () => void this.#listeners[name].delete(listener)
  }

  decided(call: ToolCall, decision: Decision, auditId: AuditId | undefined): void {
    const { id: callId, tool, agentId, principalId, sessionId } = call
    const params = call.redacted.params
    const notice = Object.freeze({ callId, tool, agentId, principalId, sessionId, params, decision, auditId })
    this.log(
      decision.action === 'allow' ? 'debug' : 'warn',
      { callId, tool, agentId, auditId },
      decisionLine(tool, decision),
    )
    this.#tell('decision', notice)
    if (decision.action !== 'allow') this.#tell(decision.action, notice)
  }

  fault(stage: FaultStage, message: string, callId?: CallId): void {
    this.log('error', { stage, callId }, message)
    this.#tell('fault', Object.freeze({ stage, message, callId }))
  }

  logs(level: 'debug'): boolean {
    try {
      return this.#logger?.isLevelEnabled?.(level) ?? this.#logger !== undefined
    } catch {
      this.#failures++
      return false
    }
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    try {
      this.#logger?.[level](fields, message)
    } catch {
      this.#failures++
    }
  }

  #tell<Name extends SentinelEventName>(name: Name, notice: SentinelEvents[Name]): void {
    for (const listener of this.#listeners[name]) {
      try {
        // A listener may be an async function: its rejection must not become an unhandled one.
        Promise.resolve(listener(notice)).catch((error: unknown) => this.#listenerFailed(name, error))
      } catch (error) {
        this.#listenerFailed(name, error)
      }
    }
  }

  #listenerFailed(name: SentinelEventName, error: unknown): void {
    this.#failures++
    this.log('warn', { event: name }, `A '${name}' listener failed: ${messageOf(error)}`)
  }
}

const HEADINGS: Record<Action, string> = {
  allow: 'ALLOWED',
  warn: 'WARNED',
  escalate: 'APPROVAL REQUIRED',
  block: 'BLOCKED',
}

/** `[BLOCKED] Anomaly detected (risk: 10.0): …`; in shadow mode `[WOULD BE: BLOCKED] …`. */
function decisionLine(tool: string, { action, message, enforced }: Decision): string {
  const heading =
    enforced || action === 'allow' || action === 'warn' ? HEADINGS[action] : `WOULD BE: ${HEADINGS[action]}`
  return `[${heading}] ${message === '' ? tool : message}`
}
