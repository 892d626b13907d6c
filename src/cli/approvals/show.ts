import { inWords, requestRows } from '../../approval/screen.ts'
import { askedBy, decidingLeaves, reasonTexts, shown, valuesOf } from '../../approval/summary.ts'
import type { Approval, ApprovalState } from '../../domain/approval.ts'
import type { EpochMs } from '../../domain/units.ts'
import { toJsonText } from '../../support/json.ts'
import { printable } from '../../support/printable.ts'
import type { Column } from '../terminal.ts'

export const COLUMNS: readonly Column[] = [
  { title: 'id' },
  { title: 'risk', align: 'right' },
  { title: 'tool', shrinks: true },
  { title: 'what', shrinks: true },
  { title: 'agent', shrinks: true },
  { title: 'left' },
]

const SHORT_ID_CHARS = 8
/** The end of an id is random; the beginning is a time. */
const shortId = (id: string): string => id.slice(-SHORT_ID_CHARS)

/** What must be seen to decide what to look at first. */
export function approvalRow(approval: Approval, now: number): readonly string[] {
  const [first] = decidingLeaves(approval, valuesOf(approval))
  const what = first === undefined ? (reasonTexts(approval)[0] ?? '') : shown(first)
  const asks = approval.asks > 1 ? ` (asked ${approval.asks} times)` : ''
  const left = approval.state === 'pending' ? inWords(approval.deadline - now) : approval.state
  return [shortId(approval.id), approval.risk.toFixed(1), approval.tool, `${what}${asks}`, approval.agentId, left]
}

const BECAME: Readonly<Record<ApprovalState, string>> = {
  pending: 'waits for a decision',
  approved: 'approved, not started yet',
  edited: 'approved with other arguments, not started yet',
  denied: 'denied',
  expired: 'expired',
  cancelled: 'cancelled',
  consumed: 'approved, and the call was started',
  outcome_unknown: 'approved, and the call was started; how it ended is unknown',
}

/** Every value of a request, and what became of it. */
export function described(approval: Approval, { columns, now }: { columns: number; now: number }): string {
  const { id, state, by, note, edited, asks } = approval
  const rows = requestRows(approval, { columns, now: now as EpochMs }).map(({ text }) => text)
  const decider = by === undefined ? '' : ` by ${printable(by)}`
  const about = [
    `Approval ${id}: ${BECAME[state]}${decider}`,
    ...(note === undefined ? [] : [`Note: ${printable(note)}`]),
    ...(edited === undefined ? [] : [`Arguments instead: ${printable(toJsonText(edited))}`]),
    ...(asks > 1 ? [`Asked ${asks} times by ${askedBy(approval)}`] : []),
  ]
  return [...rows, '', ...about, ''].join('\n')
}

export function decided({ id, tool, state, by = '' }: Approval): string {
  const did = state === 'denied' ? 'Denied' : state === 'edited' ? 'Approved with other arguments' : 'Approved'
  return `${did} by ${printable(by)}: ${printable(tool)} (${id}).\n`
}
