import {
  type Approval,
  type ApprovalRequest,
  type ApprovalState,
  type ApprovalSubject,
  OPEN_STATES,
  subjectOf,
} from '../domain/approval.ts'
import type { NonEmpty } from '../domain/decision.ts'
import type { Params } from '../domain/plain.ts'
import type { CallId, EpochMs } from '../domain/units.ts'

/** What an append wants done to one approval, in the same transaction as its events. */
export type ApprovalStep = AskStep | ChangeStep

/** Stores a request, unless what is stored already answers it. Keeps the events from being stored only where `whenJoined` says so. */
export interface AskStep {
  readonly kind: 'ask'
  readonly request: ApprovalRequest
  /** Denials of the same call in its session from which on nobody is asked any more. */
  readonly denialLimit: number
  /** Open requests, all callers together, from which on no more are taken. */
  readonly openMax: number
  /** What to do when the same call waits already. */
  readonly whenJoined: 'store-events' | 'store-nothing'
}

export interface ChangeStep {
  readonly kind: 'change'
  readonly id: string
  /** Nothing is stored unless the approval is in one of these, and in time for `to`. */
  readonly from: NonEmpty<ApprovalState>
  readonly to: ApprovalState
  readonly now: EpochMs
  /** Left out: as before. */
  readonly by?: string | undefined
  readonly note?: string | undefined
  readonly edited?: Params | undefined
  /** Names the message that brought the decision; each is taken once. */
  readonly messageId?: string | undefined
  /** The call that is started, and the process it runs in. */
  readonly startedCall?: CallId | undefined
  readonly startedIn?: string | undefined
}

/** What became of an `AskStep`. */
export type Asked =
  | { readonly status: 'open'; readonly approval: Approval }
  /** The same call of the same session waits for a decision already. */
  | { readonly status: 'joined'; readonly approval: Approval }
  /** The same call was approved and has not run. */
  | { readonly status: 'approved-before'; readonly approval: Approval }
  | { readonly status: 'denied-before'; readonly times: number }
  | { readonly status: 'full'; readonly open: number }

/** What became of a `ChangeStep`: without `conflict`, it was done. */
export type Changed =
  | { readonly status: 'changed'; readonly approval: Approval }
  /** Undefined: there is no such approval. `message-known`: the message was taken before. */
  | {
      readonly status: 'conflict'
      readonly approval: Approval | undefined
      readonly because: 'state' | 'message-known'
    }

/** The stored approvals within one transaction. */
export interface ApprovalRows {
  byId(id: string): Approval | undefined
  /** Those in an open state, newest first, also past their deadline. */
  openOf(subject: ApprovalSubject): readonly Approval[]
  deniedTimes(subject: ApprovalSubject, since: EpochMs): number
  /** In an open state and not past their deadline. */
  countOpen(now: EpochMs): number
  put(approval: Approval): void
  /** Takes note of a message; false when it was known. */
  takeMessage(id: string, now: EpochMs): boolean
  /**
   * The latest time among the newest events of the log, at most `LATEST_OF_EVENTS`, back to the first one of a call: a clock that was
   * wrong before the call was made has no say.
   */
  latestSince(callId: CallId): EpochMs | undefined
}

/** How many events are looked at for how late it was already. */
export const LATEST_OF_EVENTS = 1_000

/** How long a denial is held against a repeat of the same call. */
const DENIAL_COUNTS_MS = 86_400_000

/** To decide and to start need time left; to end a wait does not. */
const NEED_TIME: readonly ApprovalState[] = ['approved', 'edited', 'denied', 'consumed']

/**
 * The approval as it stands at `now`: past its deadline an open one has expired, whether or not anybody wrote that down. A clock that
 * was set back to before the request has no say in how much time is left.
 */
export function standingAt(approval: Approval, now: EpochMs): Approval {
  const inTime = now < approval.deadline && now >= approval.requestedAt - CLOCK_SET_BACK_MAX_MS
  return inTime || !OPEN_STATES.includes(approval.state) ? approval : { ...approval, state: 'expired' }
}
/** Clocks of processes that share a file are the same clock; this much is left for one that is being adjusted. */
export const CLOCK_SET_BACK_MAX_MS = 2_000

function ask({ request, denialLimit, openMax }: AskStep, rows: ApprovalRows): Asked {
  const now = request.requestedAt
  const subject = subjectOf(request)
  const open = rows.openOf(subject).map((approval) => standingAt(approval, now))
  const decided = open.find(({ state }) => state === 'approved' || state === 'edited')
  if (decided !== undefined) return { status: 'approved-before', approval: decided }
  const pending = open.find(({ state }) => state === 'pending')
  if (pending !== undefined) return { status: 'joined', approval: joined(pending, request, rows) }
  const times = rows.deniedTimes(subject, (now - DENIAL_COUNTS_MS) as EpochMs)
  if (times >= denialLimit) return { status: 'denied-before', times }
  const others = rows.countOpen(now)
  // Written so that a maximum which is no number lets nothing in.
  if (!(others < openMax)) return { status: 'full', open: others }
  const approval: Approval = { ...request, state: 'pending', asks: 1, ...UNDECIDED }
  rows.put(approval)
  return { status: 'open', approval }
}
const UNDECIDED = {
  by: undefined,
  note: undefined,
  edited: undefined,
  startedCall: undefined,
  startedIn: undefined,
  decidedAt: undefined,
} as const

function joined(pending: Approval, request: ApprovalRequest, rows: ApprovalRows): Approval {
  // The call that asked may ask again, when it waits in another process or was given up there.
  const approval = pending.callId === request.callId ? pending : { ...pending, asks: pending.asks + 1 }
  rows.put(approval)
  return approval
}

function change(step: ChangeStep, rows: ApprovalRows): Changed {
  const stored = rows.byId(step.id)
  if (stored === undefined) return { status: 'conflict', approval: undefined, because: 'state' }
  // A clock that was set back is behind the log: time that has passed there is not given again.
  const now = Math.max(step.now, rows.latestSince(stored.callId) ?? step.now) as EpochMs
  const approval = NEED_TIME.includes(step.to) ? standingAt(stored, now) : stored
  if (!step.from.includes(approval.state)) return { status: 'conflict', approval, because: 'state' }
  if (step.messageId !== undefined && !rows.takeMessage(step.messageId, step.now))
    return { status: 'conflict', approval, because: 'message-known' }
  const changed: Approval = {
    ...approval,
    state: step.to,
    by: step.by ?? approval.by,
    note: step.note ?? approval.note,
    edited: step.edited ?? approval.edited,
    startedCall: step.startedCall ?? approval.startedCall,
    startedIn: step.startedIn ?? approval.startedIn,
    decidedAt: approval.decidedAt ?? step.now,
  }
  rows.put(changed)
  return { status: 'changed', approval: changed }
}

/** What became of a step, and what follows from it in the same transaction. */
export interface Taken {
  readonly outcome: Asked | Changed
  /** Whether the events that go with it are to be stored. */
  readonly store: boolean
  /** The call that windows count no more: it was refused, or another one is started in its place. */
  readonly uncounted: CallId | undefined
}

const REFUSING: readonly ApprovalState[] = ['denied', 'expired', 'cancelled']

export function takeStep(step: ApprovalStep, rows: ApprovalRows): Taken {
  if (step.kind === 'ask') {
    const outcome = ask(step, rows)
    return { outcome, store: outcome.status !== 'joined' || step.whenJoined === 'store-events', uncounted: undefined }
  }
  const outcome = change(step, rows)
  if (outcome.status === 'conflict') return { outcome, store: false, uncounted: undefined }
  const { callId } = outcome.approval
  const isReplaced = step.startedCall !== undefined && step.startedCall !== callId
  return { outcome, store: true, uncounted: isReplaced || REFUSING.includes(step.to) ? callId : undefined }
}
