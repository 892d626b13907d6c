import type { AuditEvent } from '../domain/audit-event.ts'
import type { CallId } from '../domain/units.ts'
import type { Reservation, Reserved, WindowEntry, WindowQuestion } from '../domain/window.ts'
import { SentinelAuditUnavailableError } from '../errors.ts'
import { areTooMuch, isReleasable, type Standing, type SteadyHead, standingAfter, steadyTime } from './windows.ts'

const CALLS_MAX = 1_000_000
/** Calls looked at with each reservation, to forget those that no window reaches any more: more than it adds. */
const SWEPT_CALLS = 4

interface KeptCall {
  readonly id: CallId
  readonly atMs: number
  readonly entries: readonly WindowEntry[]
  /** When the longest window has passed it. */
  readonly untilMs: number
  /** Until when it may be decided. */
  readonly heldMs: number
  /** Until when it may wait for a human. */
  readonly waitsMs: number
  standing: Standing
}

interface KeptAmount {
  readonly call: KeptCall
  readonly amount: string | null
}

interface Known {
  readonly decided: AuditEvent | undefined
  readonly waitingLike: readonly CallId[]
}

interface Counted {
  readonly nowMs: number
  readonly without: readonly CallId[]
}

/** Calls that rules count over time, for a store in memory. */
export class KeptWindows {
  readonly #calls = new Map<CallId, KeptCall>()
  /** Oldest first. */
  readonly #counters = new Map<string, KeptAmount[]>()
  #head: SteadyHead | undefined
  #sweep = this.#calls.values()

  /**
   * @param known the decision on this call, when there is one already, and the calls that wait for approval of the same.
   * @throws SentinelAuditUnavailableError when it holds as many calls as it can.
   */
  reserve(reservation: Reservation, { decided, waitingLike }: Known): Reserved {
    const { callId, entries, questions, now } = reservation
    const steadyMs = steadyTime(reservation, this.#head)
    this.#head = { steadyMs, wallMs: now }
    this.#forgetSome(steadyMs)
    const anew = reservation.counting === 'anew'
    if (anew) this.forget(callId)
    else this.release(callId)
    const counted = { nowMs: steadyMs, without: waitingLike.filter((other) => other !== callId) }
    const usage = new Map(questions.map((question) => [question.key, this.#answer(question, counted)]))
    const standing = decided === undefined ? 'undecided' : standingAfter('undecided', decided)
    // A call that the log knows as let through, or as waiting, has been counted in its time.
    if (entries.length > 0 && (anew || isReleasable(standing))) this.#add(reservation, { standing, atMs: steadyMs })
    return { usage, steadyMs }
  }

  /** Takes back what a call reserved, unless the log shows that it was let through, or waits to be. */
  release(callId: CallId): void {
    const call = this.#calls.get(callId)
    if (call !== undefined && isReleasable(call.standing)) this.#forget(call)
  }

  /** Takes a call out, whatever the log shows. */
  forget(callId: CallId): void {
    const call = this.#calls.get(callId)
    if (call !== undefined) this.#forget(call)
  }

  /** Takes note of what the log shows. */
  show(event: AuditEvent): void {
    const call = event.callId === undefined ? undefined : this.#calls.get(event.callId)
    if (call !== undefined) call.standing = standingAfter(call.standing, event)
  }

  #add(
    { callId: id, entries, holdMs, waitMs }: Reservation,
    { standing, atMs }: Pick<KeptCall, 'standing' | 'atMs'>,
  ): void {
    if (this.#calls.size >= CALLS_MAX)
      throw new SentinelAuditUnavailableError(
        `The store in memory counts ${CALLS_MAX} calls over time and takes no more.`,
      )
    const untilMs = atMs + Math.max(...entries.map(({ keepMs }) => keepMs))
    const heldMs = atMs + holdMs
    const call: KeptCall = { id, atMs, entries, untilMs, heldMs, waitsMs: heldMs + waitMs, standing }
    this.#calls.set(id, call)
    for (const { counter, amount } of entries) {
      const kept = this.#counters.get(counter)
      if (kept === undefined) this.#counters.set(counter, [{ call, amount: amount ?? null }])
      else kept.push({ call, amount: amount ?? null })
    }
  }

  /** Goes round all calls, a few at a time. */
  #forgetSome(nowMs: number): void {
    for (let swept = 0; swept < SWEPT_CALLS; swept++) {
      const { value: call, done } = this.#sweep.next()
      if (done) this.#sweep = this.#calls.values()
      else if (call.untilMs <= nowMs || !counts(call, nowMs)) this.#forget(call)
    }
  }

  #forget(call: KeptCall): void {
    this.#calls.delete(call.id)
    for (const { counter } of call.entries) {
      const kept = this.#counters.get(counter) ?? []
      kept.splice(
        kept.findIndex((other) => other.call === call),
        1,
      )
      if (kept.length === 0) this.#counters.delete(counter)
    }
  }

  #answer(question: WindowQuestion, counted: Counted): boolean | 'unknown' {
    const others = this.#amountsOfOthers(question, counted)
    if (question.of === 'amounts') return areTooMuch(others, question)
    let calls = 0
    while (calls < question.atLeast && !others.next().done) calls++
    return calls === question.atLeast
  }

  /** Newest first. */
  *#amountsOfOthers({ counter, windowMs }: WindowQuestion, { nowMs, without }: Counted): Generator<string | null> {
    const kept = this.#counters.get(counter) ?? []
    for (let place = kept.length - 1; place >= 0; place--) {
      const { call, amount } = kept[place] as KeptAmount
      if (call.atMs <= nowMs - windowMs) return
      if (counts(call, nowMs) && !without.includes(call.id)) yield amount
    }
  }
}

/** What was not let through counts until its time for that is over. */
const counts = ({ standing, heldMs, waitsMs }: KeptCall, nowMs: number): boolean =>
  nowMs < heldMs || standing === 'let-through' || (standing === 'waiting' && nowMs < waitsMs)
