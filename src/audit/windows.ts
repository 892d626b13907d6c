import type { AuditEvent, AuditEventName } from '../domain/audit-event.ts'
import type { EpochMs } from '../domain/units.ts'
import type { Reservation, WindowQuestion } from '../domain/window.ts'
import { exceeds } from '../support/decimal.ts'

/** What the log shows of a call: nothing yet, or whether it waits, was let through, or was refused. */
export type Standing = 'undecided' | 'waiting' | 'let-through' | 'refused'

/** From what says least to what has the last word. */
const STANDINGS: readonly Standing[] = ['undecided', 'waiting', 'let-through', 'refused']

const SHOWN_BY: ReadonlyMap<AuditEventName, Standing> = new Map<AuditEventName, Standing>([
  ['approval_requested', 'waiting'],
  ['allow', 'let-through'],
  ['warn', 'let-through'],
  ['approval_granted', 'let-through'],
  ['block', 'refused'],
  ['approval_denied', 'refused'],
  ['approval_timeout', 'refused'],
  ['approval_unavailable', 'refused'],
  ['approval_cancelled', 'refused'],
])

/** What an event adds to what is known of its call, in any order. A decision that is not enforced lets through. */
export function standingAfter(before: Standing, { event, enforced }: Pick<AuditEvent, 'event' | 'enforced'>): Standing {
  const shown = SHOWN_BY.get(event)
  if (shown === undefined) return before
  const standing = enforced ? shown : 'let-through'
  return STANDINGS.indexOf(standing) > STANDINGS.indexOf(before) ? standing : before
}

/** Whether a call that stands so may be taken out of the windows at once. */
export const isReleasable = (standing: Standing): boolean => standing === 'undecided' || standing === 'refused'

/** When a store was last asked, by the time that windows go by and by the clock on the wall. */
export interface SteadyHead {
  readonly steadyMs: number
  readonly wallMs: EpochMs
}

/**
 * The time that windows go by. It never runs back, and while a guard runs it goes by a clock that nobody sets. A guard that starts has
 * only the clock on the wall to tell how long it was away.
 */
export function steadyTime({ now, steadyMs }: Reservation, head: SteadyHead | undefined): number {
  if (head === undefined) return now
  const reckoned = steadyMs ?? head.steadyMs + now - head.wallMs
  return Math.max(head.steadyMs, Math.floor(reckoned))
}

/** Amounts that one question may add up, of the newest calls. */
export const ADDED_AMOUNTS_MAX = 100_000

/** Whether amounts are too much together; null is one that is not known. Reads no further than it needs to. */
export function areTooMuch(
  others: Iterable<string | null>,
  { own, max }: Extract<WindowQuestion, { of: 'amounts' }>,
): boolean | 'unknown' {
  let isIncomplete = false
  function* known(): Iterable<string> {
    yield own
    let read = 0
    for (const amount of others) {
      read++
      if (amount === null || read > ADDED_AMOUNTS_MAX) isIncomplete = true
      if (read > ADDED_AMOUNTS_MAX) return
      if (amount !== null) yield amount
    }
  }
  return exceeds(known(), max) || (isIncomplete && 'unknown')
}
