import type { OpenAuthorization } from './authorization.ts'
import type { ToolCall } from './domain/call.ts'
import type { CallId } from './domain/units.ts'
import type { SentinelError } from './errors.ts'
import { Refused } from './refused.ts'
import { callAlreadyRan, callIdReused, isSameCall } from './repeated-call.ts'
import { Lru } from './support/lru.ts'

/** Calls that wait to be run, or have ended; the one not looked at for longest is forgotten first, and is then found in the log. */
const IDLE_CALLS_MAX = 20_000

/** What a call id stands for. */
type State =
  | { readonly kind: 'authorized'; readonly authorization: Promise<OpenAuthorization> }
  | { readonly kind: 'running'; readonly result: Promise<unknown> }
  /** Runs in a way that nobody can join: as a stream, or in an adapter's hands. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'ended' }

interface Entry {
  readonly call: ToolCall
  readonly state: State
}

/** What a call that comes in may do. */
export type Claim = Extract<State, { kind: 'authorized' | 'running' }> | { readonly kind: 'new' }

/**
 * Calls of this process whose id the caller gave: the same id, the same arguments and the same caller are one call. A claim and what
 * follows from it must happen in one turn, before anything is awaited.
 */
export class CallRegistry {
  /** Bounded by the calls that run. */
  readonly #active = new Map<CallId, Entry>()
  readonly #idle = new Lru<CallId, Entry>(IDLE_CALLS_MAX)

  /** @throws SentinelError `CALL_ID_REUSED` when the id belongs to another call, `CALL_ALREADY_RAN` when this one can not be joined. */
  claim(call: ToolCall): Claim {
    const entry = this.#active.get(call.id) ?? this.#idle.get(call.id)
    if (entry === undefined) return { kind: 'new' }
    if (!isSameCall(entry.call, call)) throw callIdReused(call)
    if (entry.state.kind === 'taken' || entry.state.kind === 'ended') throw callAlreadyRan(call)
    return entry.state
  }

  /** @param result what a repeat may join; undefined: nobody can. */
  start(call: ToolCall, result?: Promise<unknown>): void {
    this.#idle.delete(call.id)
    this.#active.set(call.id, { call, state: result === undefined ? { kind: 'taken' } : { kind: 'running', result } })
  }

  /** A call that was never decided, or that waits for its approval, is forgotten: it may be made again. */
  end(call: ToolCall, failure?: unknown): void {
    this.#active.delete(call.id)
    if (failure instanceof Refused && mayBeMadeAgain(failure.refusal)) this.#idle.delete(call.id)
    else this.#idle.set(call.id, { call, state: { kind: 'ended' } })
  }

  /** The authorization of a call was used; a call that runs on it goes on to be joined. */
  spend(call: ToolCall): void {
    if (!this.#active.has(call.id)) this.#idle.set(call.id, { call, state: { kind: 'ended' } })
  }

  /** The call was suspended: made again, it is looked up in the log. */
  forget(call: ToolCall): void {
    this.#idle.delete(call.id)
  }

  keepAuthorized(call: ToolCall, authorization: Promise<OpenAuthorization>): void {
    this.#idle.set(call.id, { call, state: { kind: 'authorized', authorization } })
    authorization.catch(() => this.#idle.delete(call.id))
  }
}

const mayBeMadeAgain = ({ decision, code }: SentinelError): boolean =>
  decision === undefined || code === 'APPROVAL_PENDING'
