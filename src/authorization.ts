import { readSignature } from './approval/answer.ts'
import type { Answered, Asking, Permit } from './asking.ts'
import type { Decision } from './domain/decision.ts'
import type { AuditId } from './domain/units.ts'
import type { Edit } from './edit.ts'
import { SentinelError, type SentinelErrorCode } from './errors.ts'
import type { Intake } from './intake.ts'
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

/** Has closing wait for a call. */
export type Track = <Result>(running: Promise<Result>) => Promise<Result>

interface AuthorizationPorts {
  readonly stages: Stages
  readonly signal: AbortSignal | undefined
  /** Called when the call starts to run, or can not run any more. */
  readonly over: () => void
  /** Called when the call was suspended: it may be authorized anew. */
  readonly waits: () => void
  /** Throws when the guard takes no more calls. */
  readonly mustBeOpen: () => void
  readonly track: Track
}

/** After these nothing was decided. */
const RETRIED: readonly SentinelErrorCode[] = ['AUDIT_UNAVAILABLE', 'APPROVAL_NOT_ALLOWED']

export class OpenAuthorization implements Authorization {
  readonly decision: Decision
  readonly auditId: AuditId | undefined
  readonly #asking: Asking
  readonly #ports: AuthorizationPorts
  /** By a clock that nobody sets: what counts beside the time of day. */
  readonly #openedAtMs: number
  #answer: { readonly given: Answered; readonly stored: Promise<void> } | undefined
  #started = false

  constructor(decided: Decided, ports: AuthorizationPorts) {
    this.decision = decided.decision
    this.auditId = decided.auditId
    this.#asking = { ...decided, signal: ports.signal }
    this.#ports = ports
    this.#openedAtMs = ports.stages.clock.monotonicMs()
  }

  approve(by: string, note?: string): Promise<void> {
    return this.#decide('approved', by, note)
  }

  deny(by: string, note?: string): Promise<void> {
    return this.#decide('denied', by, note)
  }

  run<Result>(fn: (params: FreshParams) => Result): Promise<Awaited<Result>> {
    return this.#ports.track(this.#ran(fn))
  }

  async #ran<Result>(fn: (params: FreshParams) => Result): Promise<Awaited<Result>> {
    const intake = await this.#runnable()
    return execute(intake.call, () => fn(intake.freshParams()), this.#ports.stages)
  }

  /** Resolves once, when the call may run, to what an approver changed about it. @throws Refused */
  admit(): Promise<Edit | undefined> {
    return refusing(async () => {
      this.#ports.mustBeOpen()
      if (this.#started) throw this.#error('CALL_ALREADY_RAN', 'was run before; a call runs at most once')
      this.#started = true
      this.#ports.over()
      const { stages } = this.#ports
      const permit = await this.#permit(stages)
      if (permit.granted) return permit.edit
      if (permit.refusal.code === 'APPROVAL_PENDING') this.#ports.waits()
      throw permit.refusal
    })
  }

  /** The call as it is to run. */
  async #runnable(): Promise<Intake> {
    try {
      return (await this.admit())?.intake ?? this.#asking.intake
    } catch (error) {
      throw error instanceof Refused ? error.refusal : error
    }
  }

  async #permit(stages: Stages): Promise<Permit> {
    // The deadline is that of the run too: an old yes is none.
    if (this.#isLate()) return stages.expire(this.#asking)
    if (this.#answer === undefined) return stages.obtainPermit(this.#asking)
    await this.#answer.stored
    return stages.redeem(this.#asking, this.#answer.given)
  }

  async #decide(outcome: 'approved' | 'denied', by: string, note: string | undefined): Promise<void> {
    this.#mustBeAskable(outcome)
    const signature = readSignature(by, note, this.#asking.intake.call)
    if (typeof signature === 'string') throw this.#error('APPROVAL_NOT_ALLOWED', `was not answered: ${signature}`)
    // Taken before anything is awaited, so that of two answers the first wins.
    const given = { outcome, ...signature }
    this.#answer = { given, stored: this.#stored(given) }
    try {
      await this.#answer.stored
    } catch (error) {
      // What could not be stored did not happen, and may be tried again.
      if (!(error instanceof SentinelError) || RETRIED.includes(error.code)) this.#answer = undefined
      throw error
    }
  }

  async #stored(answer: Answered): Promise<void> {
    const { stages } = this.#ports
    if (!this.#isLate()) return stages.settle(this.#asking, answer)
    const permit = await stages.expire(this.#asking)
    if (!permit.granted) throw permit.refusal
  }

  #mustBeAskable(outcome: 'approved' | 'denied'): void {
    const { action, enforced } = this.decision
    const askable = enforced && (action === 'escalate' || (outcome === 'denied' && action !== 'block'))
    if (!askable) throw this.#error('APPROVAL_UNKNOWN', `waits for no answer: it was decided as '${action}'`)
    if (this.#started || this.#answer !== undefined) {
      throw this.#error('APPROVAL_ALREADY_DECIDED', 'was answered before; the first answer stands')
    }
  }

  #isLate(): boolean {
    if (this.decision.action !== 'escalate' || !this.decision.enforced) return false
    const { clock } = this.#ports.stages
    const { timeoutMs } = this.decision
    return clock.monotonicMs() - this.#openedAtMs >= timeoutMs || clock.now() >= this.#asking.intake.call.at + timeoutMs
  }

  #error(code: SentinelErrorCode, what: string): SentinelError {
    const { decision, auditId } = this
    const { id, tool } = this.#asking.intake.call
    return new SentinelError(code, `The call '${id}' of '${tool}' ${what}`, {
      decision,
      auditId,
      forModel: { message: 'This call was already decided.' },
    })
  }
}
