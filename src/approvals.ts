import { readSignature, type Signature } from './approval/answer.ts'
import { type ApprovalDecision, type ApprovalGrant, type Approvals, checkedFilter } from './approval/approvals.ts'
import { ApprovalWatch } from './approval/watch.ts'
import type { ApprovalQuery } from './audit/approval-query.ts'
import type { Changed, ChangeStep } from './audit/approval-step.ts'
import type { AuditStore } from './audit/store.ts'
import { APPROVAL_STATES, type Approval, type ApprovalRequest } from './domain/approval.ts'
import type { Params } from './domain/plain.ts'
import { withPlainMarks } from './domain/redacted.ts'
import type { CallId } from './domain/units.ts'
import { type StoredEdit, storableEdit } from './edit.ts'
import { aboutApproval } from './entries.ts'
import { asAuditUnavailable, decisionNotAllowed, SentinelError } from './errors.ts'
import type { ApprovalEvent, Journal } from './journal.ts'
import type { Clock } from './support/clock.ts'
import { printable } from './support/printable.ts'
import { thisProcess } from './support/process-name.ts'

const MESSAGE_ID_CHARS_MAX = 256
/** Overdue approvals that are written down as expired in one go. */
const EXPIRED_AT_ONCE_MAX = 100
/** The call that waits for an approval writes down that nobody answered; after this long it is not there any more. */
const OWNER_GONE_MS = 5_000
const WATCHED_MAX = 10_000

export interface ApprovalPorts {
  /** Undefined: approvals last as long as the process. */
  readonly store: AuditStore | undefined
  /** Holds what the store can not. */
  readonly spare: AuditStore
  readonly journal: Journal
  readonly clock: Clock
  /** As the log has it: secrets replaced by keyed marks, and where. */
  readonly redact: (
    params: Params,
    secretNames: readonly string[],
  ) => { readonly params: Params; readonly paths: readonly string[] }
  readonly redactText: (text: string) => string
  /** Opens the place where approvals are kept. */
  readonly ready: () => Promise<void>
}

/** What is wanted of an approval, and what is told of it. */
export interface Wanted extends Omit<ChangeStep, 'kind' | 'id' | 'now' | 'startedIn'> {
  readonly told?: ApprovalEvent | undefined
}

/** The stored approvals: who may decide, what is written of it, and who is told. */
export class ApprovalDesk {
  readonly watch: ApprovalWatch
  readonly #ports: ApprovalPorts
  /** Bounded by the calls that wait. */
  readonly #askedHere = new Set<string>()

  constructor(ports: ApprovalPorts) {
    this.#ports = ports
    const { store, clock } = ports
    const decided = APPROVAL_STATES.filter((state) => state !== 'pending')
    this.watch = new ApprovalWatch({
      clock,
      decided:
        store === undefined || store.isShared === false
          ? undefined
          : (ids) => store.approvals({ ids, states: decided, now: clock.now(), limit: WATCHED_MAX }),
    })
  }

  async find(id: string): Promise<Approval | undefined> {
    await this.#ports.ready()
    const { clock, store, spare } = this.#ports
    const query = { ids: [id], now: clock.now(), limit: 1 }
    const [spared] = await spare.approvals(query)
    return spared ?? (await read(store ?? spare, query))[0]
  }

  /** The one that a call asked for, or the newest when it was asked about anew. */
  async ofCall(callId: CallId): Promise<Approval | undefined> {
    const { store, spare, clock } = this.#ports
    const query = { callIds: [callId], now: clock.now(), limit: WATCHED_MAX, order: 'oldest-first' } as const
    return (await read(store ?? spare, query)).at(-1)
  }

  async ofIds(ids: readonly string[]): Promise<readonly Approval[]> {
    if (ids.length === 0) return []
    const { store, spare, clock } = this.#ports
    return read(store ?? spare, { ids, now: clock.now(), limit: WATCHED_MAX })
  }

  async list(filter: Parameters<Approvals['list']>[0] = {}): Promise<readonly Approval[]> {
    const { state, limit } = checkedFilter(filter)
    await this.#ports.ready()
    const { store, spare, clock } = this.#ports
    return read(store ?? spare, { states: state && [state], now: clock.now(), limit })
  }

  /** @throws SentinelAuditUnavailableError when it could not be stored. */
  async change(approval: Approval, { told, ...wanted }: Wanted): Promise<Changed> {
    const startedIn = wanted.startedCall === undefined ? undefined : thisProcess()
    const step: ChangeStep = { kind: 'change', id: approval.id, now: this.#ports.clock.now(), ...wanted, startedIn }
    const changed = await this.#ports.journal.approvalChanged(step, told)
    if (changed.status === 'changed') this.watch.tell(changed.approval)
    return changed
  }

  redactText(text: string): string {
    return this.#ports.redactText(text)
  }

  /** Whether an approver of this process is being asked about it. */
  isAskedHere(id: string): boolean {
    return this.#askedHere.has(id)
  }

  async whileAsked<Answer>(id: string, ask: () => Promise<Answer>): Promise<Answer> {
    this.#askedHere.add(id)
    try {
      return await ask()
    } finally {
      this.#askedHere.delete(id)
    }
  }

  /** Takes a decision from anyone who may make it. */
  async decide(approval: Approval, outcome: 'approved' | 'denied', given: ApprovalGrant): Promise<Changed> {
    // It may come from plain JavaScript, or from a form.
    const decision: Partial<ApprovalGrant> = given ?? {}
    const { messageId } = checkedMessage(decision)
    const signature = this.#signature(approval, decision)
    const edited = outcome === 'approved' ? this.#edit(approval, decision.params) : undefined
    const to = edited === undefined ? outcome : 'edited'
    const told = decisionEvent(approval, { to, edited }, signature)
    return this.change(approval, { from: ['pending'], to, ...signature, edited: edited?.params, messageId, told })
  }

  /** As `decide`, for a call that runs at once: to approve it and to start it is one step. */
  async grant(approval: Approval, signature: Signature): Promise<Changed> {
    const signed = this.redactSignature(signature)
    const told = decisionEvent(approval, { to: 'approved', edited: undefined }, signed)
    return this.change(approval, {
      ...{ from: ['pending'], to: 'consumed', startedCall: approval.callId },
      ...{ ...signed, told },
    })
  }

  /** Writes down which approvals nobody answered in time, where the call that asked does not wait any more. */
  async expireOverdue(): Promise<void> {
    const { store, spare, clock } = this.#ports
    const now = clock.now()
    const overdue = await read(store ?? spare, {
      overdueSince: now - OWNER_GONE_MS,
      now,
      limit: EXPIRED_AT_ONCE_MAX,
    })
    for (const approval of overdue) {
      const about = {
        ...aboutApproval(approval),
        note: 'nobody answered before the deadline',
        lesson: 'refused',
      } as const
      await this.change(approval, {
        ...{ from: ['pending', 'approved', 'edited'], to: 'expired' },
        told: { event: 'approval_timeout', about },
      })
    }
  }

  #edit(approval: Approval, given: unknown): StoredEdit | undefined {
    const { secretNames = [] } = approval
    return storableEdit(shownApproval(approval), given, (params) => this.#ports.redact(params, secretNames))
  }

  /** Who answered and what they said, as anybody may read it. */
  redactSignature({ by, note }: Pick<ApprovalDecision, 'by' | 'note'>): Signature {
    const { redactText } = this.#ports
    return { by: redactText(by), note: note === undefined ? undefined : redactText(note) }
  }

  #signature(approval: Approval, { by, note }: Partial<ApprovalDecision>): Signature {
    const signature = readSignature(by, note, approval)
    if (typeof signature === 'string') throw decisionNotAllowed(signature)
    return this.redactSignature(signature)
  }
}

/** @throws SentinelAuditUnavailableError whatever the store throws. */
async function read(store: AuditStore, query: ApprovalQuery): Promise<readonly Approval[]> {
  try {
    return await store.approvals(query)
  } catch (error) {
    throw asAuditUnavailable(error)
  }
}

function checkedMessage({ messageId }: Partial<ApprovalDecision>): Pick<ApprovalDecision, 'messageId'> {
  if (messageId === undefined) return { messageId }
  if (typeof messageId === 'string' && messageId.length > 0 && messageId.length <= MESSAGE_ID_CHARS_MAX)
    return { messageId }
  throw decisionNotAllowed(`\`messageId\` must be text of 1 to ${MESSAGE_ID_CHARS_MAX} characters`)
}

interface Decided {
  readonly to: 'approved' | 'edited' | 'denied'
  readonly edited: StoredEdit | undefined
}

function decisionEvent(approval: Approval, { to, edited }: Decided, { by, note }: Signature): ApprovalEvent {
  const about = { ...aboutApproval(approval), approvedBy: by, note, details: { approvalId: approval.id } }
  switch (to) {
    case 'approved':
      return { event: 'approval_granted', about: { ...about, lesson: 'approved' } }
    case 'denied':
      return { event: 'approval_denied', about: { ...about, lesson: 'refused' } }
    // What is learned of it is what runs: that is known when the changed arguments were judged.
    case 'edited':
      return { event: 'approval_edited', about: { ...about, ...edited, digest: undefined } }
    default:
      return to satisfies never
  }
}

/** An approval as people see it, who get no digests of secrets. */
export function shownApproval<Shown extends ApprovalRequest>(approval: Shown): Shown {
  const shown = { ...approval, params: withPlainMarks({ params: approval.params, paths: approval.redactedPaths }) }
  if (!('edited' in approval) || approval.edited === undefined) return Object.freeze(shown)
  const edited = withPlainMarks({ params: approval.edited as Params, paths: approval.redactedPaths })
  return Object.freeze({ ...shown, edited })
}

/** `sentinel.approvals`, and the same for who has only the log. */
export function createApprovals(desk: ApprovalDesk): Approvals {
  const decide = async (id: string, outcome: 'approved' | 'denied', decision: ApprovalGrant): Promise<Approval> => {
    const approval = await desk.find(String(id))
    if (approval === undefined) throw unknownApproval()
    if (approval.state !== 'pending') throw alreadyDecided(approval)
    const changed = await desk.decide(approval, outcome, decision)
    if (changed.status === 'changed') return shownApproval(changed.approval)
    if (changed.because === 'message-known') throw messageKnown(approval)
    throw changed.approval === undefined ? unknownApproval() : alreadyDecided(changed.approval)
  }
  return Object.freeze<Approvals>({
    list: async (filter) => (await desk.list(filter)).map(shownApproval),
    get: async (id) => {
      const approval = await desk.find(String(id))
      return approval && shownApproval(approval)
    },
    approve: (id, decision) => decide(id, 'approved', decision),
    deny: (id, decision) => decide(id, 'denied', decision),
  })
}

export const unknownApproval = (): SentinelError =>
  new SentinelError('APPROVAL_UNKNOWN', 'There is no approval with this id, or it is older than 90 days.')

const messageKnown = ({ id }: Approval): SentinelError =>
  new SentinelError('APPROVAL_ALREADY_DECIDED', `The message was taken before; approval ${id} stays as it is.`)

const STANDS: ReadonlyMap<Approval['state'], string> = new Map([
  ['edited', 'approved with other arguments'],
  ['consumed', 'approved, and the call was started'],
  ['outcome_unknown', 'approved, and the call was started'],
])

export function alreadyDecided({ id, state, by, decidedAt }: Approval): SentinelError {
  const decider = by === undefined ? '' : ` by ${printable(by)}`
  const when = decidedAt === undefined ? '' : ` at ${new Date(decidedAt).toISOString()}`
  return new SentinelError(
    'APPROVAL_ALREADY_DECIDED',
    `Approval ${id} was ${STANDS.get(state) ?? state}${decider}${when}. The first decision stands.`,
  )
}
