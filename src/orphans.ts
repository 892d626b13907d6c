import type { ApprovalDesk } from './approvals.ts'
import type { AuditStore } from './audit/store.ts'
import type { Approval } from './domain/approval.ts'
import { type AuditEvent, type AuditEventName, DECISION_EVENTS } from './domain/audit-event.ts'
import type { CallId } from './domain/units.ts'
import type { Journal } from './journal.ts'
import type { Observers } from './observers.ts'
import { messageOf } from './support/messages.ts'
import { isRunningStill } from './support/process-name.ts'

/** How far back a start looks for calls without an end; older ones were told by an earlier start. */
const LOOKBACK_EVENTS = 5_000
const PAGE_EVENTS = 1_000

/** After one of these nobody asks any more how the call ended. */
const ENDINGS: ReadonlySet<AuditEventName> = new Set([
  'executed',
  'failed',
  'outcome_unknown',
  'approval_denied',
  'approval_timeout',
  'approval_unavailable',
  'approval_cancelled',
])
const BEGINNINGS: ReadonlySet<AuditEventName> = new Set(['allow', 'warn', 'approval_granted'])
const EVENTS: readonly AuditEventName[] = [...new Set([...ENDINGS, ...BEGINNINGS, ...DECISION_EVENTS])]

/** The call may have run from here on; in shadow mode whatever was decided. */
const mayHaveRun = ({ event, enforced }: AuditEvent): boolean => BEGINNINGS.has(event) || !enforced

/**
 * The calls among the latest events that may have run and have no end: the process died, or another one is still at it. Newest first,
 * each once.
 */
export async function orphanedCalls(store: AuditStore): Promise<readonly AuditEvent[]> {
  const orphans: AuditEvent[] = []
  const known = new Set<CallId>()
  let before: number | undefined
  for (let seen = 0; seen < LOOKBACK_EVENTS; seen += PAGE_EVENTS) {
    const page = await store.query({ event: EVENTS, before, limit: PAGE_EVENTS })
    for (const event of page) {
      if (event.callId === undefined || known.has(event.callId)) continue
      if (!ENDINGS.has(event.event) && !mayHaveRun(event)) continue
      known.add(event.callId)
      if (!ENDINGS.has(event.event)) orphans.push(event)
    }
    before = page.at(-1)?.seq
    if (page.length < PAGE_EVENTS) break
  }
  return orphans
}

interface OrphanPorts {
  readonly approvals: ApprovalDesk
  readonly journal: Journal
  readonly observers: Observers
}

/** A call that was approved and not started has not run; nor has one in whose place another was started. */
const hasNotRun = ({ callId }: AuditEvent, approval: Approval | undefined): boolean =>
  approval !== undefined && approval.startedCall !== callId

/** A process that runs will say itself how the call ended, at its own end if not before. */
const isUnderWay = ({ details }: AuditEvent, approval: Approval | undefined): boolean =>
  isRunningStill(approval?.startedIn ?? String(details?.process ?? ''))

/**
 * At a start. A call whose end nobody recorded may have done its work: it is never taken for a success, nor for a failure, nor run
 * again.
 */
export async function tellOrphans(store: AuditStore, ports: OrphanPorts): Promise<void> {
  const calls = await calledAndApproved(await orphanedCalls(store), ports)
  const orphans = calls.filter(([event, approval]) => !isUnderWay(event, approval))
  if (orphans.length === 0) return
  const sentence = `${counted(orphans.length)} no recorded outcome: the process ended first, or another one is still at it.`
  ports.observers.log('warn', {}, sentence)
  await tell(orphans, 'the process ended before the outcome was recorded, or is still at it', ports)
}

/** At the end of a guard: nobody is left to record how these tools end. Never throws. */
export async function tellLeftBehind(store: AuditStore, ports: OrphanPorts): Promise<void> {
  const { journal, observers } = ports
  const left = journal.running
  if (left.size === 0) return
  observers.log('warn', {}, `${counted(left.size)} no recorded outcome: the guard was closed while the tool ran.`)
  try {
    const events = (await orphanedCalls(store)).filter(({ callId }) => callId !== undefined && left.has(callId))
    await tell(await calledAndApproved(events, ports), 'the guard was closed while the tool ran', ports)
  } catch (error) {
    observers.fault('audit', `What became of calls that still run could not be recorded: ${messageOf(error)}`)
  }
}

const counted = (calls: number): string => (calls === 1 ? '1 call has' : `${calls} calls have`)

/** A call by its last event, and the approval that the event says it was given. */
type Called = readonly [event: AuditEvent, approval: Approval | undefined]

async function calledAndApproved(
  events: readonly AuditEvent[],
  { approvals }: OrphanPorts,
): Promise<readonly Called[]> {
  const idOf = ({ details }: AuditEvent): string => String(details?.approvalId ?? '')
  const found = await approvals.ofIds(events.map(idOf).filter((id) => id !== ''))
  const byId = new Map<string, Approval>(found.map((approval) => [approval.id, approval]))
  return events
    .map((event): Called => [event, byId.get(idOf(event))])
    .filter(([event, approval]) => !hasNotRun(event, approval))
}

async function tell(calls: readonly Called[], note: string, { approvals, journal }: OrphanPorts): Promise<void> {
  const told = calls.map(async ([{ callId, tool, agentId, principalId, sessionId, digest }, approval]) => {
    const about = { callId, tool, agentId, principalId, sessionId, digest, note }
    if (approval?.state !== 'consumed') return journal.noted('outcome_unknown', about)
    const change = { event: 'outcome_unknown', about } as const
    await approvals.change(approval, { from: ['consumed'], to: 'outcome_unknown', told: change })
  })
  await Promise.all(told)
}
