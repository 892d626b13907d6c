import type { ApprovalQuery } from '../../src/audit/approval-query.ts'
import type { Asked, AskStep, Changed, ChangeStep } from '../../src/audit/approval-step.ts'
import type { Appended, AuditStore } from '../../src/audit/store.ts'
import type { Approval, ApprovalRequest, ApprovalState } from '../../src/domain/approval.ts'
import type { EpochMs } from '../../src/domain/units.ts'
import { aRequest } from '../approval/requests.ts'
import { entry } from '../audit/entries.ts'
import type { FakeClock } from '../support/fake-clock.ts'

/** The way from being asked to each state. */
const WAY_TO: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  pending: [],
  approved: ['approved'],
  edited: ['edited'],
  denied: ['denied'],
  expired: ['expired'],
  cancelled: ['cancelled'],
  consumed: ['approved', 'consumed'],
  outcome_unknown: ['approved', 'consumed', 'outcome_unknown'],
}

export type Asking = Partial<ApprovalRequest> &
  Partial<Omit<AskStep, 'kind' | 'request'>> & { readonly timeoutMs?: number }
/** `at`: milliseconds after the start. */
type Changing = Partial<ChangeStep> & { readonly at?: number }

/** Asks for approvals in a store and changes them; times are milliseconds after the start. */
export class Approving {
  readonly store: AuditStore
  readonly #clock: FakeClock
  readonly #startMs: number

  constructor(store: AuditStore, clock: FakeClock) {
    this.store = store
    this.#clock = clock
    this.#startMs = clock.now()
  }

  at(afterMs: number): EpochMs {
    return (this.#startMs + afterMs) as EpochMs
  }

  askStep({ denialLimit = 3, openMax = 10_000, whenJoined = 'store-events', ...given }: Asking = {}): AskStep {
    return { kind: 'ask', denialLimit, openMax, whenJoined, request: aRequest(this.#clock, given) }
  }

  /** Asks, together with the event that says so. */
  append(asking: Asking = {}): Promise<Appended> {
    const approval = this.askStep(asking)
    const { callId, requestedAt } = approval.request
    const time = new Date(requestedAt).toISOString()
    return this.store.append([entry({ event: 'approval_requested', callId, time })], { approval })
  }

  async ask(asking: Asking = {}): Promise<Asked> {
    return outcomeOf<Asked>(await this.append(asking))
  }

  async opened(asking: Asking = {}): Promise<Approval> {
    const asked = await this.ask(asking)
    if (asked.status !== 'open') throw new Error(`expected an open approval, found ${asked.status}`)
    return asked.approval
  }

  /** From pending to approved a millisecond after the start, unless told otherwise. */
  changeStep({ id }: Pick<Approval, 'id'>, { at = 1, ...step }: Changing = {}): ChangeStep {
    return { kind: 'change', id, from: ['pending'], to: 'approved', now: this.at(at), ...step }
  }

  async change(approval: Pick<Approval, 'id'>, changing: Changing = {}): Promise<Changed> {
    return outcomeOf<Changed>(await this.store.append([], { approval: this.changeStep(approval, changing) }))
  }

  /** A new approval that was brought to a state. */
  async inState(state: ApprovalState, asking: Asking = {}): Promise<Approval> {
    const approval = await this.opened(asking)
    for (const to of WAY_TO[state]) {
      const { status } = await this.change(approval, { from: ['pending', 'approved', 'consumed'], to, by: 'ann' })
      if (status !== 'changed') throw new Error(`the approval could not be brought to ${to}`)
    }
    return approval
  }

  find(query: Partial<ApprovalQuery> = {}): Promise<readonly Approval[]> {
    return this.store.approvals({ now: this.at(1), limit: 100, ...query })
  }

  async byId(id: string, now: EpochMs = this.at(1)): Promise<Approval | undefined> {
    return (await this.find({ ids: [id], now }))[0]
  }
}

export function outcomeOf<Outcome extends Asked | Changed>(appended: Appended): Outcome {
  if (!('approval' in appended) || appended.approval === undefined)
    throw new Error(`nothing came of it: ${appended.status}`)
  return appended.approval as Outcome
}
