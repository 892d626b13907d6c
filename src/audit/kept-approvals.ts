import { type Approval, type ApprovalSubject, OPEN_STATES } from '../domain/approval.ts'
import type { CallId, EpochMs } from '../domain/units.ts'
import type { ApprovalQuery } from './approval-query.ts'
import { type ApprovalRows, standingAt } from './approval-step.ts'

/** Approvals that are kept; the ones that were put first are forgotten first. Open ones are bounded by who asks. */
const APPROVALS_MAX = 100_000
const MESSAGES_MAX = 100_000

/** Approvals, for a store in memory. */
export class KeptApprovals implements ApprovalRows {
  readonly #approvals = new Map<string, Approval>()
  readonly #messages = new Set<string>()
  readonly #latestSince: ApprovalRows['latestSince']

  constructor(latestSince: ApprovalRows['latestSince']) {
    this.#latestSince = latestSince
  }

  byId(id: string): Approval | undefined {
    return this.#approvals.get(id)
  }

  openOf(subject: ApprovalSubject): readonly Approval[] {
    return [...this.#approvals.values()]
      .filter((approval) => OPEN_STATES.includes(approval.state) && isOf(approval, subject))
      .toSorted((a, b) => b.requestedAt - a.requestedAt)
  }

  deniedTimes(subject: ApprovalSubject, since: EpochMs): number {
    return [...this.#approvals.values()].filter(
      (approval) => approval.state === 'denied' && isOf(approval, subject) && (approval.decidedAt ?? 0) >= since,
    ).length
  }

  countOpen(now: EpochMs): number {
    return [...this.#approvals.values()].filter(({ state, deadline }) => OPEN_STATES.includes(state) && deadline > now)
      .length
  }

  put(approval: Approval): void {
    this.#approvals.set(approval.id, Object.freeze(approval))
    forgetFirst(this.#approvals, APPROVALS_MAX)
  }

  takeMessage(id: string): boolean {
    if (this.#messages.has(id)) return false
    this.#messages.add(id)
    forgetFirst(this.#messages, MESSAGES_MAX)
    return true
  }

  latestSince(callId: CallId): EpochMs | undefined {
    return this.#latestSince(callId)
  }

  query({ ids, callIds, states, overdueSince, now, limit, order }: ApprovalQuery): readonly Approval[] {
    const byAge = (a: Approval, b: Approval): number => a.requestedAt - b.requestedAt || (a.id < b.id ? -1 : 1)
    const found = ids === undefined ? [...this.#approvals.values()] : ids.flatMap((id) => this.#approvals.get(id) ?? [])
    return found
      .filter(
        ({ state, deadline }) => overdueSince === undefined || (OPEN_STATES.includes(state) && deadline < overdueSince),
      )
      .map((approval) => standingAt(approval, now))
      .filter(({ callId }) => callIds === undefined || callIds.includes(callId))
      .filter(({ state }) => states === undefined || states.includes(state))
      .toSorted((a, b) => (order === 'oldest-first' ? 0 : b.risk - a.risk) || byAge(a, b))
      .slice(0, limit)
  }
}

const isOf = (a: Approval, b: ApprovalSubject): boolean =>
  a.digest === b.digest &&
  a.tool === b.tool &&
  a.agentId === b.agentId &&
  a.principalId === b.principalId &&
  a.sessionId === b.sessionId

function forgetFirst(kept: Map<string, unknown> | Set<string>, max: number): void {
  const [oldest] = kept.keys()
  if (kept.size > max && oldest !== undefined) kept.delete(oldest)
}
