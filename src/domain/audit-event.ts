import type { Reason } from './decision.ts'
import type { Lesson } from './detector.ts'
import type { Params, PlainObject } from './plain.ts'
import type { RiskLevel, Signal } from './risk.ts'
import type { AuditId, CallId, Digest, RiskScore } from './units.ts'

/** The decision on a call; exactly one of these is written for each call, before its tool runs. */
export const DECISION_EVENTS = ['allow', 'warn', 'block', 'approval_requested'] as const

export const AUDIT_EVENT_NAMES = [
  'allow',
  'warn',
  'block',
  'approval_requested',
  'approval_granted',
  'approval_edited',
  'approval_denied',
  'approval_timeout',
  'approval_unavailable',
  'approval_cancelled',
  'anomaly_detected',
  'executed',
  'failed',
  'outcome_unknown',
  'baseline_changed',
  'fault',
  'rules_loaded',
  'rules_rejected',
  'pruned',
  'anomaly_acknowledged',
  'anomaly_resolved',
] as const
export type AuditEventName = (typeof AUDIT_EVENT_NAMES)[number]

/** One line of history as the guard hands it to a store. What does not apply is undefined or empty. */
export interface AuditEntry {
  readonly id: AuditId
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string
  readonly event: AuditEventName
  readonly callId: CallId | undefined
  readonly tool: string | undefined
  /** Redacted parameters. */
  readonly params: Params | undefined
  /** Paths in `params` whose values were replaced. */
  readonly redactedPaths: readonly string[]
  readonly digest: Digest | undefined
  readonly agentId: string | undefined
  readonly principalId: string | undefined
  readonly sessionId: string | undefined
  readonly ruleIds: readonly string[]
  readonly rulesDigest: Digest | undefined
  readonly risk: RiskScore | undefined
  readonly level: RiskLevel | undefined
  readonly signals: readonly Signal[]
  readonly reasons: readonly Reason[]
  /** What baselines make of this event; a baseline is the fold over these. Undefined: nothing. */
  readonly lesson: Lesson | 'refused' | undefined
  /** Who answered an approval or an anomaly, or changed what is usual. */
  readonly approvedBy: string | undefined
  /** What they said, or what a fault or a rules event has to say. */
  readonly note: string | undefined
  /**
   * What else an event has to say, by its kind: of `baseline_changed` what was changed, of an answer to an anomaly which one. Where the
   * call may run from here on, the `process` it runs in.
   */
  readonly details: PlainObject | undefined
  /** How long the tool ran; monotonic clock. */
  readonly durationMs: number | undefined
  /** Name of the class of the error that the tool threw. */
  readonly errorClass: string | undefined
  readonly degraded: boolean
  /** False in shadow mode. */
  readonly enforced: boolean
}

/** An entry about nothing yet: what an event does not say stays as it is here. */
export const BLANK_ENTRY: Omit<AuditEntry, 'id' | 'time' | 'event'> = {
  callId: undefined,
  tool: undefined,
  params: undefined,
  redactedPaths: [],
  digest: undefined,
  agentId: undefined,
  principalId: undefined,
  sessionId: undefined,
  ruleIds: [],
  rulesDigest: undefined,
  risk: undefined,
  level: undefined,
  signals: [],
  reasons: [],
  lesson: undefined,
  approvedBy: undefined,
  note: undefined,
  details: undefined,
  durationMs: undefined,
  errorClass: undefined,
  degraded: false,
  enforced: true,
}

/** An entry with its place in the log. */
export interface AuditEvent extends AuditEntry {
  /** Starts at 1, rises by at least 1 with each event, never reused. */
  readonly seq: number
}
