import type { Approval } from './domain/approval.ts'
import type { AuditEntry } from './domain/audit-event.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision } from './domain/decision.ts'
import type { EpochMs } from './domain/units.ts'
import { withoutUndefined } from './support/defined.ts'

export const timeText = (at: EpochMs): string => new Date(at).toISOString()

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
