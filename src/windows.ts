import type { AuditStore } from './audit/store.ts'
import { subjectOf } from './domain/approval.ts'
import type { ToolCall } from './domain/call.ts'
import type { Reservation, WindowUsage } from './domain/window.ts'
import { SentinelAuditUnavailableError } from './errors.ts'
import type { RuleSet } from './rules/rule-set.ts'
import type { CallWindows } from './rules/windows/operator.ts'
import type { Clock } from './support/clock.ts'

/** How long a call may take from being counted to its decision. */
const DECISION_MAX_MS = 60_000
/** How much longer it counts, so that the decision can be stored: more than a store waits for a lock. */
const STORING_MAX_MS = 15_000

/** The rules that judge a call, and what they know of the calls before it. */
export interface Counted {
  readonly rules: RuleSet
  /** Undefined: the store could not say. */
  readonly usage: WindowUsage | undefined
}

interface WindowPorts {
  readonly store: AuditStore
  readonly clock: Clock
  readonly approvalTimeoutMs: number
}

const NOTHING_ASKED: WindowUsage = new Map()

/** Calls that rules look back at: counted before they are judged, and taken back when they are refused. */
export class Windows {
  readonly #ports: WindowPorts
  /** Calls of which the store holds something, and since when, by the clock that nobody sets. */
  readonly #reserved = new WeakMap<ToolCall, number>()
  /** A moment of the time that windows go by, on the clock that nobody sets. */
  #anchor: { readonly steadyMs: number; readonly monotonicMs: number } | undefined

  constructor(ports: WindowPorts) {
    this.#ports = ports
  }

  /** Counts a call, and answers for the calls before it. Rejects when the store can not. */
  async reserve(call: ToolCall, rules: RuleSet, counting: Reservation['counting'] = 'once'): Promise<WindowUsage> {
    const windows = rules.windowsOf(call)
    const sinceMs = this.#ports.clock.monotonicMs()
    const usage = await this.#ask(call, windows, counting)
    if (windows.entries.length > 0) this.#reserved.set(call, sinceMs)
    return usage
  }

  /** As `reserve`, for a call that waited for approval and is judged again: it is counted as it is now. */
  recount(call: ToolCall, rules: RuleSet): Promise<WindowUsage> {
    return this.reserve(call, rules, 'anew')
  }

  /** As `reserve`, and counts nothing. */
  foresee(call: ToolCall, rules: RuleSet): Promise<WindowUsage> {
    return this.#ask(call, { ...rules.windowsOf(call), entries: [] })
  }

  /** @throws SentinelAuditUnavailableError when deciding took so long that the call may not be counted any more. */
  confirm(call: ToolCall): void {
    const { clock } = this.#ports
    const tookMs = clock.monotonicMs() - (this.#reserved.get(call) ?? clock.monotonicMs())
    if (tookMs > DECISION_MAX_MS)
      throw new SentinelAuditUnavailableError(
        `Deciding took ${Math.round(tookMs / 1_000)} s, and a call is counted for ${DECISION_MAX_MS / 1_000} s until it is decided. Make it again.`,
        { forModel: { retry: 'later', message: 'This call was refused because it could not be decided in time.' } },
      )
  }

  /** Takes a refused call back. Rejects when the store can not; the call then counts until its hold is over. */
  async release(call: ToolCall): Promise<void> {
    if (this.#reserved.delete(call)) await this.#ports.store.release(call.id)
  }

  async #ask(
    call: ToolCall,
    { entries, questions }: CallWindows,
    counting: Reservation['counting'] = 'once',
  ): Promise<WindowUsage> {
    if (entries.length === 0 && questions.length === 0) return NOTHING_ASKED
    const { store, clock, approvalTimeoutMs } = this.#ports
    const reckonedMs = this.#steadyMs()
    const { usage, steadyMs } = await store.reserve({
      ...{ callId: call.id, subject: subjectOf(call), counting, entries, questions },
      ...{ holdMs: DECISION_MAX_MS + STORING_MAX_MS, waitMs: approvalTimeoutMs },
      ...{ now: clock.now(), steadyMs: reckonedMs },
    })
    // Read after the wait: a reckoning that is slow keeps calls longer, one that is fast would let them go too early.
    if (reckonedMs === undefined || steadyMs > reckonedMs) this.#anchor = { steadyMs, monotonicMs: clock.monotonicMs() }
    return usage
  }

  #steadyMs(): number | undefined {
    return this.#anchor && this.#anchor.steadyMs + this.#ports.clock.monotonicMs() - this.#anchor.monotonicMs
  }
}
