import type { ApprovalAnswer, ApprovalRequest, Approver } from '../domain/approval.ts'
import { SentinelError } from '../errors.ts'
import type { Clock } from '../support/clock.ts'
import { printable } from '../support/printable.ts'
import { readSignature, type Signature, unavailable } from './answer.ts'
import {
  type Approval,
  type ApprovalDecision,
  type ApprovalFilter,
  type ApprovalState,
  type Approvals,
  checkedFilter,
  orderOfUrgency,
} from './approvals.ts'
import { DEADLINE_PASSED, isPast, timeLimit } from './time-limit.ts'

export const PENDING_APPROVALS_MAX = 1_000
/** How many decided approvals `list` and `get` still know; the audit log knows all of them. */
export const DECIDED_APPROVALS_MAX = 1_000

/** An approver whose requests wait until somebody calls `approve` or `deny`. */
export type ApprovalQueue = Approver & Approvals

interface Waiting {
  readonly approval: Approval
  answer(answer: ApprovalAnswer): void
}

/** A queue in this process. What is pending when the process ends is refused with it: nothing of it is stored. */
export function createApprovalQueue(options: {
  readonly clock: Clock
  /** At most this many may be pending; one more is `unavailable`. Default 1,000. */
  readonly maxPending?: number | undefined
}): ApprovalQueue {
  return new InProcessQueue(options.clock, options.maxPending ?? PENDING_APPROVALS_MAX)
}

class InProcessQueue implements ApprovalQueue {
  readonly name = 'queue'
  readonly #clock: Clock
  readonly #maxPending: number
  readonly #pending = new Map<string, Waiting>()
  /** Oldest decision first. */
  readonly #decided = new Map<string, Approval>()

  constructor(clock: Clock, maxPending: number) {
    this.#clock = clock
    this.#maxPending = maxPending
  }

  async request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    const limit = timeLimit(request, signal, this.#clock)
    try {
      const over = limit.over()
      if (over !== undefined) return unavailable(over)
      this.#expire()
      if (this.#find(request.id)) return unavailable('the queue knows a request with this id already')
      // Written so that a maximum which is no number lets nothing in.
      if (!(this.#pending.size < this.#maxPending))
        return unavailable(`the queue is full (${this.#pending.size} pending)`)
      return await this.#wait(request, limit.signal)
    } finally {
      limit.release()
    }
  }

  async list(filter: ApprovalFilter = {}): Promise<readonly Approval[]> {
    const { state, limit } = checkedFilter(filter)
    this.#expire()
    return [...this.#all()]
      .filter((approval) => state === undefined || approval.state === state)
      .sort(orderOfUrgency)
      .slice(0, limit)
  }

  async get(id: string): Promise<Approval | undefined> {
    this.#expire()
    return this.#find(id)
  }

  async approve(id: string, decision: ApprovalDecision): Promise<Approval> {
    return this.#decide(id, 'approved', decision)
  }

  async deny(id: string, decision: ApprovalDecision): Promise<Approval> {
    return this.#decide(id, 'denied', decision)
  }

  #wait(request: ApprovalRequest, limit: AbortSignal): Promise<ApprovalAnswer> {
    const { promise, resolve } = Promise.withResolvers<ApprovalAnswer>()
    const approval = Object.freeze({
      ...request,
      state: 'pending' as const,
      by: undefined,
      note: undefined,
      decidedAt: undefined,
    })
    this.#pending.set(request.id, { approval, answer: resolve })
    limit.addEventListener('abort', () => this.#lapse(request.id, String(limit.reason)), { once: true })
    return promise
  }

  /** One step, without an await: of several deciders the first finds the request pending and the others do not. */
  #decide(id: string, outcome: 'approved' | 'denied', decision: ApprovalDecision): Approval {
    this.#expire()
    const waiting = this.#pending.get(id)
    if (waiting === undefined) throw notPending(this.#decided.get(id))
    const signature = checkedDecision(decision, waiting.approval)
    const approval = this.#close(waiting, outcome, signature)
    waiting.answer({ outcome, ...signature })
    return approval
  }

  /** Nobody answered. */
  #lapse(id: string, because: string): void {
    const waiting = this.#pending.get(id)
    if (waiting === undefined) return
    this.#close(waiting, because === DEADLINE_PASSED ? 'expired' : 'cancelled', { by: undefined, note: undefined })
    waiting.answer(unavailable(because))
  }

  /** Timers can be late; the clock is asked before anything is shown or decided. */
  #expire(): void {
    for (const [id, { approval }] of this.#pending) if (isPast(approval, this.#clock)) this.#lapse(id, DEADLINE_PASSED)
  }

  #close(waiting: Waiting, state: ApprovalState, signature: Pick<Approval, 'by' | 'note'>): Approval {
    const { by, note } = signature
    const approval = Object.freeze({ ...waiting.approval, state, by, note, decidedAt: this.#clock.now() })
    this.#pending.delete(approval.id)
    this.#decided.set(approval.id, approval)
    const oldest = this.#decided.keys().next()
    if (this.#decided.size > DECIDED_APPROVALS_MAX && !oldest.done) this.#decided.delete(oldest.value)
    return approval
  }

  #find(id: string): Approval | undefined {
    return this.#pending.get(id)?.approval ?? this.#decided.get(id)
  }

  *#all(): Iterable<Approval> {
    for (const { approval } of this.#pending.values()) yield approval
    yield* this.#decided.values()
  }
}

/** What a decider wrote, checked: it may come from a form or from plain JavaScript. */
function checkedDecision(decision: ApprovalDecision, approval: Approval): Signature {
  const { by, note, params } = (decision ?? {}) as { readonly [Key in 'by' | 'note' | 'params']?: unknown }
  if (params !== undefined) throw notAllowed('edited arguments (`params`) are not part of this version')
  const signature = readSignature(by, note, approval)
  if (typeof signature === 'string') throw notAllowed(signature)
  return signature
}

const notAllowed = (because: string): SentinelError =>
  new SentinelError('APPROVAL_NOT_ALLOWED', `The decision was not taken: ${because}. The approval is still pending.`)

function notPending(decided: Approval | undefined): SentinelError {
  if (decided === undefined)
    return new SentinelError('APPROVAL_UNKNOWN', 'There is no approval with this id, or it was decided too long ago.')
  const { state, by, decidedAt } = decided
  const decider = by === undefined ? '' : ` by ${printable(by)}`
  const when = decidedAt === undefined ? '' : ` at ${new Date(decidedAt).toISOString()}`
  return new SentinelError(
    'APPROVAL_ALREADY_DECIDED',
    `Approval ${decided.id} was ${state}${decider}${when}. The first decision stands.`,
  )
}
