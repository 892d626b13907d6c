import type { Approval } from './domain/approval.ts'
import type { AuditEntry } from './domain/audit-event.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision } from './domain/decision.ts'
import type { EpochMs } from './domain/units.ts'
import { withoutUndefined } from './support/defined.ts'

const SECOND_MS = 1_000
/** From here on there are no dates. */
const LAST_DATE_MS = 8_640_000_000_000_000
/** The last second that was asked for, and its time up to the milliseconds. */
let known = { second: Number.NaN, upToMs: '' }

/**
 * ISO 8601, in UTC. Every event has one, and events come many a second: to make a date of each would cost twenty times as much.
 * @throws RangeError when there is no such date.
 */
export function timeText(at: EpochMs): string {
  if (!Number.isInteger(at) || at >= LAST_DATE_MS) return new Date(at).toISOString()
  const second = Math.floor(at / SECOND_MS)
  if (second !== known.second) known = { second, upToMs: new Date(at).toISOString().slice(0, -'000Z'.length) }
  return `${known.upToMs}${String(at - second * SECOND_MS).padStart(3, '0')}Z`
}

export const aboutCall = (call: ToolCall): Partial<AuditEntry> => ({
  callId: call.id,
  tool: call.tool,
  params: call.redacted.params,
  redactedPaths: call.redacted.paths,
  digest: call.digest,
  agentId: call.agentId,
  principalId: call.principalId,
  sessionId: call.sessionId,
})

export const aboutDecision = (decision: Decision): Partial<AuditEntry> => ({
  ruleIds: decision.ruleIds,
  rulesDigest: decision.rulesDigest,
  risk: decision.risk,
  level: decision.level,
  signals: decision.signals,
  reasons: decision.reasons,
  degraded: decision.degraded,
  enforced: decision.enforced,
  ...(decision.llm === undefined ? {} : { details: { llm: withoutUndefined(decision.llm) } }),
})

/** The call that asked for an approval, as it was decided then. */
export const aboutApproval = (approval: Approval): Partial<AuditEntry> => ({
  callId: approval.callId,
  tool: approval.tool,
  params: approval.params,
  redactedPaths: approval.redactedPaths,
  digest: approval.digest,
  agentId: approval.agentId,
  principalId: approval.principalId,
  sessionId: approval.sessionId,
  ruleIds: approval.ruleIds,
  rulesDigest: approval.rulesDigest,
  risk: approval.risk,
  level: approval.level,
  signals: approval.signals,
  reasons: approval.reasons,
})

/** What baselines make of a decision. What was refused, or would have been, or was not scored, is never taught as usual. */
export function lessonOf(decision: Decision): AuditEntry['lesson'] {
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
