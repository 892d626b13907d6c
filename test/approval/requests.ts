import type { ApprovalRequest } from '../../src/domain/approval.ts'
import type { Reason } from '../../src/domain/decision.ts'
import type { Signal } from '../../src/domain/risk.ts'
import { type ApprovalId, type CallId, type Digest, type EpochMs, riskScore } from '../../src/domain/units.ts'
import type { Clock } from '../../src/support/clock.ts'

export const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS

let made = 0

/** A request of one call, five minutes before its deadline unless `timeoutMs` says otherwise. */
export function aRequest(
  clock: Clock,
  { timeoutMs = 5 * MINUTE_MS, ...given }: Partial<ApprovalRequest> & { readonly timeoutMs?: number } = {},
): ApprovalRequest {
  made += 1
  const requestedAt = clock.now()
  return Object.freeze({
    id: `approval-${made}` as ApprovalId,
    callId: `call-${made}` as CallId,
    digest: 'ab'.repeat(32) as Digest,
    tool: 'transfer_funds',
    params: { amount: 5000, destination: 'bob@example.com' },
    redactedPaths: [],
    notJudged: [],
    agentId: 'agent-7',
    principalId: undefined,
    sessionId: 'session-3',
    ruleIds: ['large'],
    rulesDigest: undefined,
    reasons: [aReason("Rule 'large' requires approval: a large transfer")] as const,
    risk: riskScore(7.5),
    level: 'HIGH' as const,
    signals: [],
    context: undefined,
    requestedAt,
    approvers: undefined,
    barred: [],
    deadline: (requestedAt + timeoutMs) as EpochMs,
    ...given,
  })
}

export const aReason = (message: string): Reason => ({
  source: 'rule',
  ruleId: 'large',
  message,
  forModel: undefined,
  action: 'escalate',
  params: [],
})

export const aSignal = (param: string, risk = 8): Signal => ({
  kind: 'value_outlier',
  param,
  risk: riskScore(risk),
  z: 4,
  message: `Parameter '${param}' is 4.0 standard deviations from mean (70.00)`,
  usual: '50.00 to 90.00',
  oneIn: 1_000,
})

const TURNS_MAX = 2_000

/** Lets pending work of the process go on until something holds. Fails after a bounded number of turns. */
export async function eventually(holds: () => boolean | Promise<boolean>, what = 'the expected state'): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    if (await holds()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`${what} did not come about`)
}

/** Long enough for everything that does not wait for time or input. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export const never: AbortSignal = new AbortController().signal
