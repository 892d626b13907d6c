import type { ApprovalSubject } from './approval.ts'
import type { CallId, EpochMs } from './units.ts'

/** What one call adds to a counter. */
export interface WindowEntry {
  /** Names what is counted together, such as the transfers of one agent. */
  readonly counter: string
  /** A decimal number of 0 or more as text; undefined where only calls count, or when the amount is not known. */
  readonly amount: string | undefined
  /** How long the longest window that looks at it is. */
  readonly keepMs: number
}

/** What a rule asks of the other calls that a counter has seen lately. */
export type WindowQuestion = {
  /** Names the question: its place in the rules file. */
  readonly key: string
  readonly counter: string
  readonly windowMs: number
} & (
  | { readonly of: 'calls' /** Whether there are so many others. */; readonly atLeast: number }
  /** Whether `own` and the amounts of the others, decimal numbers as text, are together more than `max`. */
  | { readonly of: 'amounts'; readonly own: string; readonly max: string }
)

/** The answers, by the key of the question; `unknown` where an amount is not known, or there are too many to add up. */
export type WindowUsage = ReadonlyMap<string, boolean | 'unknown'>

/** A call that is counted before it is judged. */
export interface Reservation {
  readonly callId: CallId
  /** None: the questions are answered, and nothing is reserved. */
  readonly entries: readonly WindowEntry[]
  readonly questions: readonly WindowQuestion[]
  /** How long the call may take to be decided; one of which the log shows no decision by then counts no more. */
  readonly holdMs: number
  /** How much longer it counts while the log shows that it waits for a human. */
  readonly waitMs: number
  /** Calls like this one that wait for approval are not counted beside it: it is to run in their place. */
  readonly subject?: ApprovalSubject | undefined
  /** `anew`: the call waited for approval and is judged again, now, perhaps with other arguments. Default: as it was counted first. */
  readonly counting?: 'once' | 'anew' | undefined
  readonly now: EpochMs
  /** The caller's own reckoning from an earlier answer, by a clock that nobody sets; undefined for the first reservation. */
  readonly steadyMs: number | undefined
}

export interface Reserved {
  readonly usage: WindowUsage
  /** The time that windows go by, from which the caller reckons on. */
  readonly steadyMs: number
}
