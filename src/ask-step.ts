import type { AskStep } from './audit/approval-step.ts'
import type { Settings } from './config/config.ts'
import type { ApprovalRequest } from './domain/approval.ts'
import type { ToolCall } from './domain/call.ts'
import type { DecisionOf } from './domain/decision.ts'
import type { Plain } from './domain/plain.ts'
import type { EpochMs } from './domain/units.ts'
import type { Clock } from './support/clock.ts'
import type { Ids } from './support/ids.ts'

/** Approvals that wait, of all callers on one log; a request beyond is refused. */
const OPEN_APPROVALS_MAX = 10_000

interface AskPorts {
  readonly settings: Pick<Settings, 'denialLimit' | 'approvalMode' | 'approvers' | 'fourEyes'>
  readonly clock: Clock
  readonly ids: Ids
  /** Extra facts for the approver. */
  readonly context: Plain | undefined
  readonly secretNames: readonly string[]
}

/** The request that an escalated call makes, to be stored with its decision. */
export function askStep(call: ToolCall, decision: DecisionOf<'escalate'>, ports: AskPorts): AskStep {
  const { denialLimit, approvalMode } = ports.settings
  return {
    kind: 'ask',
    request: requestFor(call, decision, ports),
    denialLimit,
    openMax: OPEN_APPROVALS_MAX,
    // A call that is suspended ends here: one that waits already has said all there is to say.
    whenJoined: approvalMode === 'suspend' ? 'store-nothing' : 'store-events',
  }
}

function requestFor(call: ToolCall, decision: DecisionOf<'escalate'>, ports: AskPorts): ApprovalRequest {
  const { id: callId, digest, tool, notJudged, argumentShape, agentId, principalId, sessionId, redacted } = call
  const { ruleIds, rulesDigest, reasons, risk, level, signals, timeoutMs } = decision
  const { settings, clock, ids, context, secretNames } = ports
  return {
    ...{ id: ids.approvalId(), callId, digest, tool, notJudged, argumentShape, agentId, principalId, sessionId },
    ...{ params: redacted.params, redactedPaths: redacted.paths, secretNames },
    ...{ ruleIds, rulesDigest, reasons, risk, level, signals, context },
    requestedAt: clock.now(),
    deadline: (call.at + timeoutMs) as EpochMs,
    approvers: settings.approvers,
    barred: settings.fourEyes && principalId !== undefined ? [principalId] : [],
  }
}
