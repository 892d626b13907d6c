import type { Activity, ActivityEventName } from '../domain/activity.ts'
import type { Archive, Kept } from '../support/archive.ts'
import type { HourOf } from '../support/hours.ts'
import { ActiveHours, type HourFacts } from './hours.ts'
import { DAY_MS, HOUR_MS, WARM_AFTER_MS } from './limits.ts'
import { type FailureFacts, Outcomes } from './outcomes.ts'
import { Pace, type RateFacts } from './pace.ts'
import { type PrincipalFacts, Principals } from './principals.ts'

export type AgentFacts = RateFacts | FailureFacts | HourFacts | PrincipalFacts

/** A clock that steps back by no more counts as standing still; by more, it was set. */
const STEP_BACK_MAX_MS = HOUR_MS

/** What an event says of a call: that it is made, how it ended, or both at once. */
const SAYS: ReadonlyMap<ActivityEventName, { readonly isCall: boolean; readonly bad: 0 | 1 | undefined }> = new Map([
  ['allow', { isCall: true, bad: undefined }],
  ['warn', { isCall: true, bad: undefined }],
  ['approval_requested', { isCall: true, bad: undefined }],
  ['block', { isCall: true, bad: 1 }],
  ['approval_denied', { isCall: false, bad: 1 }],
  ['approval_timeout', { isCall: false, bad: 1 }],
  ['approval_unavailable', { isCall: false, bad: 1 }],
  ['executed', { isCall: false, bad: 0 }],
  ['failed', { isCall: false, bad: 1 }],
  // What is not known to be a failure is none; else a log that does not say how calls ended would hold refusals alone.
  ['outcome_unknown', { isCall: false, bad: 0 }],
])

/** What is remembered of one agent, to judge it by its own history; time as its events tell it. */
export class AgentHistory implements Kept {
  readonly #pace = new Pace()
  readonly #outcomes = new Outcomes()
  readonly #hours: ActiveHours
  readonly #principals = new Principals()
  #firstAt: number | undefined
  #lastAt: number | undefined

  constructor(hourOf: HourOf) {
    this.#hours = new ActiveHours(hourOf)
  }

  /** Takes in one more event; answers with what is wrong now. */
  take({ event, principalId, enforced }: Activity, givenAt: number): readonly AgentFacts[] {
    const says = SAYS.get(event)
    if (says === undefined) return NONE
    const { isCall, bad } = says
    const at = this.#steady(givenAt)
    const isWarm = this.#isWarm(at - DAY_MS)
    const spike = isCall ? this.#pace.take(at, this.#isWarm(at - HOUR_MS)) : undefined
    const offHours = isCall ? this.#hours.take(at, isWarm) : undefined
    const newcomer = isCall && principalId !== undefined ? this.#principals.take(at, isWarm, principalId) : undefined
    // A refusal that is not enforced lets the call through: how it ended is yet to come.
    const ended = bad !== undefined && (enforced || !isCall)
    const failures = ended ? this.#outcomes.take(at, isWarm, bad) : undefined
    // Nearly always there is nothing to say, a million times over.
    if ((spike ?? offHours ?? newcomer ?? failures) === undefined) return NONE
    return [spike, offHours, newcomer, failures].filter((found) => found !== undefined)
  }

  exchange(archive: Archive): void {
    for (const part of [this.#pace, this.#outcomes, this.#hours, this.#principals]) part.exchange(archive)
    this.#firstAt = archive.optional(this.#firstAt, (at = 0) => archive.number(at))
    this.#lastAt = archive.optional(this.#lastAt, (at = 0) => archive.number(at))
  }

  /** Whether there is enough of a history before the judged window. */
  #isWarm(windowFrom: number): boolean {
    return windowFrom - (this.#firstAt ?? windowFrom) >= WARM_AFTER_MS
  }

  #steady(at: number): number {
    const last = this.#lastAt ?? at
    this.#firstAt = Math.min(this.#firstAt ?? at, at)
    if (at < last && last - at <= STEP_BACK_MAX_MS) return last
    if (at < last) for (const part of [this.#pace, this.#outcomes, this.#hours]) part.restart()
    this.#lastAt = at
    return at
  }
}

const NONE: readonly never[] = Object.freeze([])
