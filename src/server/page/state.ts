import { html } from 'hono/html'
import type { Approval, ApprovalState } from '../../domain/approval.ts'
import { type Html, isolated } from './layout.ts'

/** What is said before and after the name of who decided. */
const TEXTS: Readonly<Record<ApprovalState, readonly [string, string]>> = {
  pending: ['Waiting for a decision', ''],
  approved: ['Approved', ', not started yet'],
  edited: ['Approved with other arguments', ', not started yet'],
  denied: ['Denied', ''],
  expired: ['Nobody answered in time', ''],
  cancelled: ['Given up by the caller, or blocked by now', ''],
  consumed: ['Approved', ', and started'],
  outcome_unknown: ['Approved', ', and started; how it ended is not known'],
}

/** What became of a request, by whom, and what they noted. */
export function stateText({ state, by, note }: Approval): Html {
  const [before, after] = TEXTS[state]
  return html`<strong>${before}</strong>${by === undefined ? '' : html` by ${isolated(by)}`}${after}${note === undefined ? '' : html`: ${isolated(note)}`}`
}
