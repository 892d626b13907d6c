import { readSignature } from './approval/answer.ts'
import type { Decision } from './domain/decision.ts'
import type { AuditId } from './domain/units.ts'
import { SentinelError, type SentinelErrorCode } from './errors.ts'
import type { Asking, Permit } from './permit.ts'
import { type Decided, execute, type Stages } from './pipeline.ts'
import { Refused, refusing } from './refused.ts'

type FreshParams = Readonly<Record<string, unknown>>

/** A decided and recorded call in the hands of an adapter, which asks its human itself. The call runs at most once. */
export interface Authorization {
  readonly decision: Decision
  /** The event that records the decision; undefined when there is no log. */
  readonly auditId: AuditId | undefined
  /**
   * Approves an escalated call; resolves once that is on disk. Counts until the deadline, for the run as well.
   * @param by who approves; not the agent or session that asks.
   * @throws SentinelError `APPROVAL_NOT_ALLOWED` when `by` may not approve it, `APPROVAL_UNKNOWN` when nobody is to be asked,
   * `APPROVAL_ALREADY_DECIDED`, `APPROVAL_TIMEOUT`, or `AUDIT_UNAVAILABLE`.
   */
  approve(by: string, note?: string): Promise<void>
  /** Takes a call back that has not run. Throws as `approve`. */
  deny(by: string, note?: string): Promise<void>
  /**
   * Runs the call, with a fresh copy of what was judged. An escalated call that nobody answered asks the guard's own approver.
   * @throws SentinelError the refusal, or `CALL_ALREADY_RAN` the second time.
   */
  run<Result>(fn: (params: FreshParams) => Result): Promise<Awaited<Result>>
}

interface AuthorizationPorts {
  readonly stages: Stages
  readonly freshParams: () => FreshParams
  readonly signal: AbortSignal | undefined
  /** Called when the call starts to run, or can not run any more. */
  readonly over: () => void
  /** Throws when the guard takes no more calls. */
  readonly mustBeOpen: () => void
}

export class OpenAuthorization implements Authorization {
  readonly decision: Decision
  readonly auditId: AuditId | undefined
  readonly #asking: Asking
  readonly #ports: AuthorizationPorts
  /** By a clock that nobody sets: what counts beside the time of day. */
  readonly #openedAtMs: number
  #permit: Promise<Permit> | undefined
  #started = false

  constructor(decided: Decided, ports: AuthorizationPorts) {
    this.decision = decided.decision
    this.auditId = decided.auditId
    this.#asking = { ...decided, signal: ports.signal }
    this.#ports = ports
    this.#openedAtMs = ports.stages.clock.monotonicMs()
  }

  approve(by: string, note?: string): Promise<void> {
    return this.#answer('approved', by, note)
  }

  deny(by: string, note?: string): Promise<void> {
    return this.#answer('denied', by, note)
  }

  async run<Result>(fn: (params: FreshParams) => Result): Promise<Awaited<Result>> {
    try {
      await this.admit()
    } catch (error) {
      throw error instanceof Refused ? error.refusal : error
    }
    return execute(this.#asking.call, () => fn(this.#ports.freshParams()), this.#ports.stages)
  }

  /** Resolves once, when the call may run. @throws Refused */
  admit(): Promise<void> {
    return refusing(async () => {
      this.#ports.mustBeOpen()
      if (this.#started) throw this.#error('CALL_ALREADY_RAN', 'was run before; a call runs at most once')
      this.#started = true
      this.#ports.over()
      const { stages } = this.#ports
      // The deadline is that of the run too: an old yes is none.
      const permit = await (this.#isLate()
        ? stages.expire(this.#asking)
        : (this.#permit ?? stages.obtainPermit(this.#asking)))
      if (!permit.granted) throw permit.refusal
    })
  }

  async #answer(outcome: 'approved' | 'denied', by: string, note: string | undefined): Promise<void> {
    const { stages } = this.#ports
    this.#mustBeAskable(outcome)
    const signature = readSignature(by, note, this.#asking.call)
    if (typeof signature === 'string') throw this.#error('APPROVAL_NOT_ALLOWED', `was not answered: ${signature}`)
    // Taken before anything is awaited, so that of two answers the first wins.
    this.#permit = this.#isLate() ? stages.expire(this.#asking) : stages.settle(this.#asking, { outcome, ...signature })
    try {
      const permit = await this.#permit
      if (!permit.granted && (outcome === 'approved' || permit.refusal.code !== 'APPROVAL_DENIED')) throw permit.refusal
    } catch (error) {
      // What could not be stored did not happen, and may be tried again.
      if (!(error instanceof SentinelError) || error.code === 'AUDIT_UNAVAILABLE') this.#permit = undefined
      throw error
    }
  }

  #mustBeAskable(outcome: 'approved' | 'denied'): void {
    const { action, enforced } = this.decision
    const askable = enforced && (action === 'escalate' || (outcome === 'denied' && action !== 'block'))
    if (!askable) throw this.#error('APPROVAL_UNKNOWN', `waits for no answer: it was decided as '${action}'`)
    if (this.#started || this.#permit !== undefined) {
      throw this.#error('APPROVAL_ALREADY_DECIDED', 'was answered before; the first answer stands')
    }
  }

  #isLate(): boolean {
    if (this.decision.action !== 'escalate' || !this.decision.enforced) return false
    const { clock } = this.#ports.stages
    const { timeoutMs } = this.decision
    return clock.monotonicMs() - this.#openedAtMs >= timeoutMs || clock.now() >= this.#asking.call.at + timeoutMs
  }

  #error(code: SentinelErrorCode, what: string): SentinelError {
    const { decision, auditId } = this
    const { id, tool } = this.#asking.call
    return new SentinelError(code, `The call '${id}' of '${tool}' ${what}`, {
      decision,
      auditId,
      forModel: { message: 'This call was already decided.' },
    })
  }
}
