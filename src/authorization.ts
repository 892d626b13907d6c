import type { Decision } from './domain/decision.ts'
import type { AuditId, EpochMs } from './domain/units.ts'
import { SentinelError } from './errors.ts'
import type { Asking, Permit } from './permit.ts'
import { type Decided, execute, type Stages } from './pipeline.ts'
import { Refused, refusing } from './refused.ts'

/** A decided and recorded call in the hands of an adapter, which asks its human itself. The call runs at most once. */
export interface Authorization {
  readonly decision: Decision
  /** The event that records the decision; undefined when there is no log. */
  readonly auditId: AuditId | undefined
  /**
   * Approves an escalated call; resolves once that is on disk.
   * @param by who approves; not the agent or session that asks.
   * @throws SentinelError when the call is not waiting for an answer, the deadline passed, or `by` may not approve it.
   */
  approve(by: string, note?: string): Promise<void>
  /** Denies an escalated call. @throws SentinelError when the call is not waiting for an answer. */
  deny(by: string, note?: string): Promise<void>
  /**
   * Runs the call, with a fresh copy of what was judged. An escalated call that nobody answered asks the guard's own approver.
   * @throws SentinelError the refusal, or `CALL_ALREADY_RAN` the second time.
   */
  run<Result>(fn: (params: Readonly<Record<string, unknown>>) => Result): Promise<Awaited<Result>>
}

interface AuthorizationPorts {
  readonly stages: Stages
  readonly freshParams: () => Readonly<Record<string, unknown>>
  readonly signal: AbortSignal | undefined
  /** Called once the call has run or can not run any more. */
  readonly ended: () => void
}

export class OpenAuthorization implements Authorization {
  readonly decision: Decision
  readonly auditId: AuditId | undefined
  readonly #asking: Asking
  readonly #ports: AuthorizationPorts
  #permit: Promise<Permit> | undefined
  #started = false

  constructor(decided: Decided, ports: AuthorizationPorts) {
    this.decision = decided.decision
    this.auditId = decided.auditId
    this.#asking = { ...decided, signal: ports.signal }
    this.#ports = ports
  }

  approve(by: string, note?: string): Promise<void> {
    return this.#answer('approved', by, note)
  }

  async deny(by: string, note?: string): Promise<void> {
    await this.#answer('denied', by, note)
  }

  async run<Result>(fn: (params: Readonly<Record<string, unknown>>) => Result): Promise<Awaited<Result>> {
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
      if (this.#started) throw this.#alreadyRan()
      this.#started = true
      try {
        this.#permit ??= this.#ports.stages.obtainPermit(this.#asking)
        const permit = await this.#permit
        if (!permit.granted) throw permit.refusal
      } finally {
        this.#ports.ended()
      }
    })
  }

  #alreadyRan(): SentinelError {
    const { id, tool } = this.#asking.call
    const { decision, auditId } = this
    const sentence = `The call '${id}' of '${tool}' was run before; a call runs at most once`
    return new SentinelError('CALL_ALREADY_RAN', sentence, {
      decision,
      auditId,
      forModel: { message: 'This call was already made.' },
    })
  }

  async #answer(outcome: 'approved' | 'denied', by: string, note: string | undefined): Promise<void> {
    const { decision, auditId } = this
    if (decision.action !== 'escalate') {
      throw new SentinelError(
        'APPROVAL_UNKNOWN',
        `Nobody is to be asked about this call: it was decided as '${decision.action}'`,
        { decision, auditId },
      )
    }
    if (this.#permit !== undefined) {
      throw new SentinelError('APPROVAL_ALREADY_DECIDED', 'This call was answered before; the first answer stands', {
        decision,
        auditId,
      })
    }
    const deadline = (this.#asking.call.at + decision.timeoutMs) as EpochMs
    // Taken before anything is awaited, so that of two answers the first wins.
    this.#permit = this.#ports.stages.settle(this.#asking, { outcome, by, note }, deadline)
    const permit = await this.#permit
    if (permit.granted) return
    this.#ports.ended()
    if (outcome === 'approved') throw permit.refusal
  }
}
