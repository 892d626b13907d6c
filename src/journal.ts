import type { ApprovalStep, Asked, AskStep, Changed, ChangeStep } from './audit/approval-step.ts'
import type { Appended, AppendTerms, AuditStore } from './audit/store.ts'
import { type AuditEntry, type AuditEventName, BLANK_ENTRY } from './domain/audit-event.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision } from './domain/decision.ts'
import type { FailMode } from './domain/settings.ts'
import type { AuditId, CallId } from './domain/units.ts'
import { aboutCall, aboutDecision, lessonOf, timeText } from './entries.ts'
import { asAuditUnavailable, SentinelAuditUnavailableError } from './errors.ts'
import type { FaultNotice, Observers } from './observers.ts'
import type { Outcome } from './outcome.ts'
import { callAlreadyRan, callIdReused, isSameCall } from './repeated-call.ts'
import type { Clock } from './support/clock.ts'
import type { Ids } from './support/ids.ts'
import { Lru } from './support/lru.ts'
import { errorClassOf, messageOf } from './support/messages.ts'
import { thisProcess } from './support/process-name.ts'

/** An outcome waits this long for the next decision to share its commit with. */
const OUTCOME_DELAY_MS = 50
/** Outcomes and faults kept while the log can not be written; the oldest are given up first, with a fault. */
const WAITING_ENTRIES_MAX = 10_000

/** Approvals remembered to be in memory alone. */
const SPARED_APPROVALS_MAX = 100_000

/** Calls remembered to be running: a stream that is read no more, and never left, would be remembered for ever. */
const RUNNING_CALLS_MAX = 100_000

/** A tool may name its errors as it likes. */
const ERROR_CLASS_CHARS_MAX = 200

export interface JournalPorts {
  /** Undefined: no event is kept (`auditLog: false`). */
  readonly store: AuditStore | undefined
  /** A place in memory, for approvals that the log can not hold: there is none, or it fails and the guard goes on (`safe`). */
  readonly spare: AuditStore
  readonly observers: Observers
  readonly clock: Clock
  readonly ids: Ids
  /** Takes secrets out of what people and errors say. */
  readonly redactText: (text: string) => string
  /** Told of everything that was stored, and where, so that what is learned is what is stored. */
  readonly stored: (entries: readonly AuditEntry[], lastSeq: number) => void
}

/** How an escalated call came to be refused. */
export type Refusal =
  | { readonly event: 'approval_denied'; readonly by: string; readonly note: string | undefined }
  | { readonly event: 'approval_timeout' | 'approval_unavailable' | 'approval_cancelled'; readonly note: string }

/** What is written with a change of an approval. */
export interface ApprovalEvent {
  readonly event: AuditEventName
  readonly about: Partial<AuditEntry>
}

interface Deciding {
  readonly failMode: FailMode
  /** For an escalated call. */
  readonly ask: AskStep | undefined
}

/** A decision on record. */
export interface Recorded {
  /** Of the event that records it. */
  readonly auditId: AuditId | undefined
  /** Undefined when nobody is to be asked, or the request could not be stored. */
  readonly asked: Asked | undefined
}

interface Writing extends AppendTerms {
  readonly failMode: FailMode
  readonly callId: CallId | undefined
}

const askedOf = (appended: Appended | undefined): Asked | undefined => {
  const outcome = appended !== undefined && 'approval' in appended ? appended.approval : undefined
  return outcome?.status === 'changed' || outcome?.status === 'conflict' ? undefined : outcome
}

/** Which event is written when, and what a failing store means. Every event is on disk before its consequence. */
export class Journal {
  readonly #ports: JournalPorts
  #waiting: AuditEntry[] = []
  #givenUp = 0
  /** Approvals that the log does not hold. */
  readonly #sparedIds = new Lru<string, true>(SPARED_APPROVALS_MAX)
  #cancelFlush: (() => void) | undefined
  readonly #running = new Lru<CallId, true>(RUNNING_CALLS_MAX)

  constructor(ports: JournalPorts) {
    this.#ports = ports
  }

  /**
   * Records the decision, and asks for an approval in the same step. Resolves once that is stored; without an id when there is no log,
   * when it could not be stored and `failMode` is `safe`, or when the same call waits already and this one is to wait with it.
   * @throws SentinelAuditUnavailableError when it could not be stored and `failMode` is `secure`.
   * @throws SentinelError `CALL_ALREADY_RAN` or `CALL_ID_REUSED` when a call of this id was decided before.
   */
  async decided(call: ToolCall, decision: Decision, { failMode, ask }: Deciding): Promise<Recorded> {
    const entry = this.#decisionEntry(call, decision)
    const entries = decision.level === 'LOW' ? [entry] : [entry, this.#anomalyEntry(call, decision)]
    const claim = call.idOrigin === 'given' ? call.id : undefined
    const appended = await this.#written(entries, { failMode, callId: call.id, claim, approval: ask })
    if (appended?.status === 'call-known') {
      const { decided } = appended
      throw isSameCall(decided, call) ? callAlreadyRan(call, decided.id) : callIdReused(call, decided.id)
    }
    const auditId = appended?.status === 'stored' ? entry.id : undefined
    return { auditId, asked: askedOf(appended ?? (await this.#spared(ask))) }
  }

  /**
   * Changes an approval, together with the event that tells of it. Resolves once both are stored, or to what stands in the way.
   * @throws SentinelAuditUnavailableError when it could not be stored: what may happen at most once must be known to have happened.
   */
  async approvalChanged(step: ChangeStep, told: ApprovalEvent | undefined): Promise<Changed> {
    const entries = told === undefined ? [] : [this.#entry(told.event, told.about)]
    const callId = told?.about.callId
    const spared = this.#sparedIds.get(step.id) ? await this.#spared(step) : undefined
    if (spared?.status === 'stored') await this.#written(entries, { failMode: 'safe', callId })
    const appended = spared ?? (await this.#written(entries, { failMode: 'secure', callId, approval: step }))
    const outcome = appended !== undefined && 'approval' in appended ? appended.approval : undefined
    if (outcome?.status === 'changed' || outcome?.status === 'conflict') return outcome
    throw new SentinelAuditUnavailableError('The store did not say what became of an approval; the call was not run.')
  }

  /** Asks anew for a call whose decision is stored. Throws as `approvalChanged`. */
  async askedAgain(step: AskStep): Promise<Asked> {
    const { callId } = step.request
    const stored = await this.#written([], { failMode: 'secure', callId, approval: step })
    const appended = stored ?? (await this.#spared(step))
    const asked = askedOf(appended)
    if (asked === undefined) throw new SentinelAuditUnavailableError('The store did not say what became of a request.')
    return asked
  }

  /** Records how an escalated call came to be refused. Never throws: the call is refused either way. */
  async refused(call: ToolCall, decision: Decision, refusal: Refusal): Promise<void> {
    const approvedBy = refusal.event === 'approval_denied' ? refusal.by : undefined
    const entry = this.#entry(refusal.event, {
      ...aboutCall(call),
      ...aboutDecision(decision),
      approvedBy,
      note: refusal.note,
      lesson: 'refused',
    })
    await this.#written([entry], { failMode: 'safe', callId: call.id })
  }

  /** Calls whose tool was started, and has not ended. */
  get running(): ReadonlySet<CallId> {
    return new Set([...this.#running].map(([callId]) => callId))
  }

  /** Takes note that the tool starts. */
  started(call: ToolCall): void {
    this.#running.set(call.id, true)
  }

  /** Takes note of how the tool ended. Never throws and keeps nobody waiting: the row rides with the next commit. */
  finished(call: ToolCall, outcome: Outcome<unknown>): void {
    this.#running.delete(call.id)
    if (this.#ports.store === undefined) return
    const { id: callId, tool, agentId, principalId, sessionId, digest } = call
    const about = { callId, tool, agentId, principalId, sessionId, digest, durationMs: outcome.durationMs }
    const entry =
      outcome.status === 'returned'
        ? this.#entry('executed', about)
        : this.#entry('failed', {
            ...about,
            errorClass: this.#ports.redactText(errorClassOf(outcome.error).slice(0, ERROR_CLASS_CHARS_MAX)),
          })
    this.#waiting.push(entry)
    this.#cancelFlush ??= this.#ports.clock.after(OUTCOME_DELAY_MS, () => {
      this.#cancelFlush = undefined
      void this.flush()
    })
  }

  /**
   * Takes note of a fault. Never throws, and starts no writing of its own: a log that can not be written would otherwise be tried
   * again and again for the sake of saying so. The row rides with the next commit.
   */
  faulted({ stage, message, callId }: FaultNotice): void {
    if (this.#ports.store === undefined) return
    const reasons = [{ source: 'fault', stage, message }] as const
    this.#waiting.push(this.#entry('fault', { callId, reasons }))
    this.#keepForLater([])
  }

  /**
   * Records what somebody did, before it has an effect; resolves when it is stored.
   * @throws SentinelAuditUnavailableError when it could not be.
   */
  async done(event: AuditEventName, about: Partial<AuditEntry>): Promise<void> {
    await this.#written([this.#entry(event, about)], { failMode: 'secure', callId: about.callId })
  }

  /** Records something that is not about one call. Never throws. */
  async noted(event: AuditEventName, about: Partial<AuditEntry>): Promise<void> {
    await this.#written([this.#entry(event, about)], { failMode: 'safe', callId: about.callId })
  }

  /** Writes the outcomes and faults that wait. Never throws. */
  async flush(): Promise<void> {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    await this.#written([], { failMode: 'safe', callId: undefined })
  }

  async #written(entries: readonly AuditEntry[], writing: Writing): Promise<Appended | undefined> {
    const { failMode, callId, claim, approval } = writing
    try {
      return await this.#append(entries, { claim, approval })
    } catch (error) {
      this.#ports.observers.fault('audit', `The audit log could not be written: ${messageOf(error)}`, callId)
      if (failMode === 'safe') return undefined
      throw asAuditUnavailable(error)
    }
  }

  /** Stores what waits and the entries in one step; what could not be stored of the former waits on. */
  async #append(entries: readonly AuditEntry[], terms: AppendTerms): Promise<Appended | undefined> {
    const { store } = this.#ports
    if (store === undefined) return undefined
    // A change that may find itself too late must not keep from the log what has nothing to do with it.
    const waiting = terms.approval === undefined ? this.#waiting : []
    const all = [...waiting, ...entries]
    if (all.length === 0 && terms.approval === undefined) return undefined
    if (terms.approval === undefined) this.#waiting = []
    let appended: Appended | undefined
    try {
      appended = await store.append(all, terms)
    } finally {
      if (appended?.status === 'stored') this.#tellWhatWasGivenUp()
      else this.#keepForLater(waiting)
    }
    if (appended.status === 'stored') {
      if (all.length > 0) this.#ports.stored(all, appended.lastSeq)
    } else if (appended.status !== 'call-known' && appended.status !== 'approval-stands')
      throw new TypeError('the store did not say that it stored the events')
    return appended
  }

  async #spared(step: ApprovalStep | undefined): Promise<Appended | undefined> {
    if (step?.kind === 'ask') this.#sparedIds.set(step.request.id, true)
    return step && this.#ports.spare.append([], { approval: step })
  }

  #keepForLater(entries: readonly AuditEntry[]): void {
    this.#waiting = [...entries, ...this.#waiting]
    const tooMany = this.#waiting.length - WAITING_ENTRIES_MAX
    if (tooMany <= 0) return
    this.#waiting.splice(0, tooMany)
    this.#givenUp += tooMany
  }

  /** Told when the log can be written again: before, nobody could read it there. */
  #tellWhatWasGivenUp(): void {
    const givenUp = this.#givenUp
    this.#givenUp = 0
    if (givenUp > 0)
      this.#ports.observers.fault(
        'audit',
        `${givenUp} outcomes and faults were given up while the log could not be written`,
      )
  }

  #decisionEntry(call: ToolCall, decision: Decision): AuditEntry {
    const event = decision.action === 'escalate' ? 'approval_requested' : decision.action
    const entry = this.#entry(event, { ...aboutCall(call), ...aboutDecision(decision), lesson: lessonOf(decision) })
    // What is learned is the call as it was scored, and that was when it was made.
    return { ...entry, time: timeText(call.at), details: { ...entry.details, process: thisProcess() } }
  }

  #anomalyEntry(call: ToolCall, decision: Decision): AuditEntry {
    const reasons = decision.reasons.filter(({ source }) => source === 'anomaly' || source === 'llm')
    return this.#entry('anomaly_detected', { ...aboutCall(call), ...aboutDecision(decision), reasons })
  }

  #entry(event: AuditEventName, about: Partial<AuditEntry>): AuditEntry {
    const time = timeText(this.#ports.clock.now())
    const redacted = (said: string | undefined) => (said === undefined ? undefined : this.#ports.redactText(said))
    const [approvedBy, note] = [redacted(about.approvedBy), redacted(about.note)]
    return { ...BLANK_ENTRY, ...about, approvedBy, note, id: this.#ports.ids.auditId(), time, event }
  }
}
