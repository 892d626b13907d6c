import type { Action } from './domain/action.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision, FaultStage } from './domain/decision.ts'
import type { Params } from './domain/plain.ts'
import type { AuditId, CallId } from './domain/units.ts'
import { SentinelConfigError } from './errors.ts'
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
 * Everyone who watches: the logger and the listeners. They can neither block nor fail a call, whatever they do; what they throw is a
 * fault.
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
  readonly #redactText: (text: string) => string
  #loggerIsBroken = false

  /** @param redactText takes secrets out of what errors say. */
  constructor(logger: Logger | undefined, redactText: (text: string) => string) {
    this.#logger = logger
    this.#redactText = redactText
  }

  /** Returns a function that takes the listener away again. */
  on<Name extends SentinelEventName>(name: Name, listener: SentinelListener<Name>): () => void {
    if (!Object.hasOwn(this.#listeners, name) || typeof listener !== 'function') throw notAnEvent(name)
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

  fault(stage: FaultStage, said: string, callId?: CallId): void {
    const message = this.#redactText(said)
    this.log('error', { stage, callId }, message)
    this.#tell('fault', Object.freeze({ stage, message, callId }))
  }

  logs(level: 'debug'): boolean {
    try {
      return this.#logger?.isLevelEnabled?.(level) ?? this.#logger !== undefined
    } catch {
      return false
    }
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    this.#quietly(
      () => this.#logger?.[level](fields, message),
      () => this.#loggerFailed(),
    )
  }

  #tell<Name extends SentinelEventName>(name: Name, notice: SentinelEvents[Name]): void {
    for (const listener of this.#listeners[name]) {
      this.#quietly(
        () => listener(notice),
        (error) => this.#listenerFailed(name, error),
      )
    }
  }

  /** What is watched with may be asynchronous whatever its type says: its rejection must not become an unhandled one. */
  #quietly(watch: () => unknown, failed: (error: unknown) => void): void {
    try {
      const watched: unknown = watch()
      if (watched instanceof Promise) watched.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  #listenerFailed(name: SentinelEventName, error: unknown): void {
    const message = `A '${name}' listener failed: ${messageOf(error)}`
    // A fault about a listener of faults would call it again.
    if (name === 'fault') this.log('warn', { event: name }, this.#redactText(message))
    else this.fault('observer', message)
  }

  /** Told once: a logger that fails does so for every line, and nobody could read it there. */
  #loggerFailed(): void {
    if (this.#loggerIsBroken) return
    this.#loggerIsBroken = true
    this.#tell('fault', Object.freeze({ stage: 'observer', message: 'The logger failed', callId: undefined }))
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

const notAnEvent = (name: unknown): SentinelConfigError => {
  const message = `expected 'decision', 'warn', 'escalate', 'block' or 'fault', and a function, found '${String(name)}'`
  return new SentinelConfigError([{ path: 'on', code: 'wrong_value', message }])
}
