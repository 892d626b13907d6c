import type { Appended, AuditStore } from './audit/store.ts'
import type { ApprovalAnswer } from './domain/approval.ts'
import { type AuditEntry, type AuditEventName, BLANK_ENTRY } from './domain/audit-event.ts'
import type { ToolCall } from './domain/call.ts'
import { type Decision, isNonEmpty } from './domain/decision.ts'
import type { FailMode } from './domain/settings.ts'
import type { AuditId, CallId, EpochMs } from './domain/units.ts'
import { asAuditUnavailable } from './errors.ts'
import type { FaultNotice, Observers } from './observers.ts'
import type { Outcome } from './outcome.ts'
import { callAlreadyRan, callIdReused, isSameCall } from './repeated-call.ts'
import type { Clock } from './support/clock.ts'
import type { Ids } from './support/ids.ts'
import { errorClassOf, messageOf } from './support/messages.ts'

/** An outcome waits this long for the next decision to share its commit with. */
const OUTCOME_DELAY_MS = 50
/** Outcomes and faults kept while the log can not be written; the oldest are given up first, with a fault. */
const WAITING_ENTRIES_MAX = 10_000

/** A tool may name its errors as it likes. */
const ERROR_CLASS_CHARS_MAX = 200

export interface JournalPorts {
  /** Undefined: nothing is kept (`auditLog: false`). */
  readonly store: AuditStore | undefined
  readonly observers: Observers
  readonly clock: Clock
  readonly ids: Ids
  /** Takes secrets out of what people and errors say. */
  readonly redactText: (text: string) => string
  /** Told of everything that was stored, and where, so that what is learned is what is stored. */
  readonly stored: (entries: readonly AuditEntry[], lastSeq: number) => void
}

type Refusal =
  | { readonly event: 'approval_denied'; readonly by: string; readonly note: string | undefined }
  | { readonly event: 'approval_timeout' | 'approval_unavailable' | 'approval_cancelled'; readonly note: string }

interface Writing {
  readonly failMode: FailMode
  readonly callId: CallId | undefined
  readonly claim?: CallId | undefined
}

/** Which event is written when, and what a failing store means. Every event is on disk before its consequence. */
export class Journal {
  readonly #ports: JournalPorts
  #waiting: AuditEntry[] = []
  #givenUp = 0
  #cancelFlush: (() => void) | undefined

  constructor(ports: JournalPorts) {
    this.#ports = ports
  }

  /**
   * Records the decision. Resolves to the event's id once it is stored, to undefined when there is no log, or when it could not be
   * stored and `failMode` is `safe`.
   * @throws SentinelAuditUnavailableError when it could not be stored and `failMode` is `secure`.
   * @throws SentinelError `CALL_ALREADY_RAN` or `CALL_ID_REUSED` when a call of this id was decided before.
   */
  async decided(call: ToolCall, decision: Decision, failMode: FailMode): Promise<AuditId | undefined> {
    const { store } = this.#ports
    if (store === undefined) return undefined
    const entry = this.#decisionEntry(call, decision)
    const entries = decision.level === 'LOW' ? [entry] : [entry, this.#anomalyEntry(call, decision)]
    const claim = call.idOrigin === 'given' ? call.id : undefined
    const appended = await this.#written(entries, { failMode, callId: call.id, claim })
    if (appended?.status === 'call-known') {
      const { decided } = appended
      throw isSameCall(decided, call) ? callAlreadyRan(call, decided.id) : callIdReused(call, decided.id)
    }
    return appended === undefined ? undefined : entry.id
  }

  /** Records that a human approved; resolves when it is stored, and only then may the tool run. Throws as `decided`. */
  async granted(
    call: ToolCall,
    decision: Decision,
    answer: Extract<ApprovalAnswer, { by: string }>,
    failMode: FailMode,
  ): Promise<void> {
    const entry = this.#entry('approval_granted', {
      ...aboutCall(call),
      ...aboutDecision(decision),
      approvedBy: this.#ports.redactText(answer.by),
      note: answer.note,
      lesson: 'approved',
    })
    await this.#written([entry], { failMode, callId: call.id })
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

  /** Takes note of how the tool ended. Never throws and keeps nobody waiting: the row rides with the next commit. */
  finished(call: ToolCall, outcome: Outcome<unknown>): void {
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
   * Records that somebody changed what is usual; resolves when it is stored.
   * @throws SentinelAuditUnavailableError when it could not be.
   */
  async changed(about: Partial<AuditEntry>): Promise<void> {
    await this.#written([this.#entry('baseline_changed', about)], { failMode: 'secure', callId: about.callId })
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

  async #written(entries: readonly AuditEntry[], { failMode, callId, claim }: Writing): Promise<Appended | undefined> {
    try {
      return await this.#append(entries, claim)
    } catch (error) {
      this.#ports.observers.fault('audit', `The audit log could not be written: ${messageOf(error)}`, callId)
      if (failMode === 'safe') return undefined
      throw asAuditUnavailable(error)
    }
  }

  /** Stores what waits and the entries in one step; what could not be stored of the former waits on. */
  async #append(entries: readonly AuditEntry[], claim: CallId | undefined): Promise<Appended | undefined> {
    const { store } = this.#ports
    const waiting = this.#waiting
    const all = [...waiting, ...entries]
    if (store === undefined || !isNonEmpty(all)) return undefined
    this.#waiting = []
    let appended: Appended | undefined
    try {
      appended = await store.append(all, claim)
    } finally {
      if (appended?.status === 'stored') this.#tellWhatWasGivenUp()
      else this.#keepForLater(waiting)
    }
    if (appended.status === 'stored') this.#ports.stored(all, appended.lastSeq)
    else if (appended.status !== 'call-known') throw new TypeError('the store did not say that it stored the events')
    return appended
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
    return { ...entry, time: timeText(call.at) }
  }

  #anomalyEntry(call: ToolCall, decision: Decision): AuditEntry {
    const reasons = decision.reasons.filter(({ source }) => source === 'anomaly' || source === 'llm')
    return this.#entry('anomaly_detected', { ...aboutCall(call), ...aboutDecision(decision), reasons })
  }

  #entry(event: AuditEventName, about: Partial<AuditEntry>): AuditEntry {
    const time = timeText(this.#ports.clock.now())
    const note = about.note === undefined ? undefined : this.#ports.redactText(about.note)
    return { ...BLANK_ENTRY, ...about, note, id: this.#ports.ids.auditId(), time, event }
  }
}

const timeText = (at: EpochMs): string => new Date(at).toISOString()

const aboutCall = (call: ToolCall): Partial<AuditEntry> => ({
  callId: call.id,
  tool: call.tool,
  params: call.redacted.params,
  redactedPaths: call.redacted.paths,
  digest: call.digest,
  agentId: call.agentId,
  principalId: call.principalId,
  sessionId: call.sessionId,
})

const aboutDecision = (decision: Decision): Partial<AuditEntry> => ({
  ruleIds: decision.ruleIds,
  rulesDigest: decision.rulesDigest,
  risk: decision.risk,
  level: decision.level,
  signals: decision.signals,
  reasons: decision.reasons,
  degraded: decision.degraded,
  enforced: decision.enforced,
})

/** What baselines make of a decision. What was refused, or would have been, or was not scored, is never taught as usual. */
function lessonOf(decision: Decision): AuditEntry['lesson'] {
  if (decision.riskStatus === 'unknown') return undefined
  if (decision.riskStatus === 'skipped' && (decision.level === 'HIGH' || decision.level === 'CRITICAL'))
    return undefined
  switch (decision.action) {
    case 'allow':
      return 'ran'
    case 'warn':
      return 'warned'
    case 'block':
      return decision.enforced ? 'refused' : undefined
    case 'escalate':
      return undefined
    default:
      return decision satisfies never
  }
}
