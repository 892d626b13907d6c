import type { StateRow } from './baseline.ts'
import type { PlainObject } from './plain.ts'

/** The first four are about an agent over time, or one of its tools; the others about what the scorer found on a call. */
export const ANOMALY_TYPES = [
  'rate_spike',
  'high_failure_rate',
  'new_principal',
  'off_hours_activity',
  'value_outlier',
  'new_destination',
  'level_shift',
  'unusual_pattern',
] as const
export type AnomalyType = (typeof ANOMALY_TYPES)[number]

/** Mildest first. */
export const SEVERITIES = ['low', 'medium', 'high'] as const
export type Severity = (typeof SEVERITIES)[number]

export type AnomalyStatus = 'open' | 'acknowledged' | 'resolved'

/** Something odd that somebody should look at. Times are ISO 8601, UTC; what does not apply is undefined. */
export interface Anomaly {
  /** Stays the same while the condition goes on. */
  readonly id: string
  readonly type: AnomalyType
  readonly severity: Severity
  readonly status: AnomalyStatus
  readonly agentId: string | undefined
  readonly principalId: string | undefined
  /** One sentence for operators, about the worst moment so far. */
  readonly description: string
  /** The figures behind it, by type. */
  readonly metadata: PlainObject
  /** Time of the event that made it one. */
  readonly detectedAt: string
  /** Time of the last event that showed it. */
  readonly lastSeenAt: string
  readonly acknowledgedAt: string | undefined
  readonly resolvedAt: string | undefined
  /** Who acknowledged or resolved it, whichever was last. */
  readonly by: string | undefined
  readonly note: string | undefined
}

/** An anomaly as it is stored: with what tells whether it goes on, and whether it got worse. */
export interface KeptAnomaly {
  readonly anomaly: Anomaly
  /** Names the condition: agent, principal, type and subject. Of those with one name, only the newest can go on. */
  readonly condition: string
  /** The event that made it one. */
  readonly firstSeq: number
  /** The worst so far, on the scale of its type. */
  readonly figure: number
  /** Events that showed it. */
  readonly events: number
  /** How bad it was when somebody answered for it. */
  readonly answered: { readonly figure: number; readonly severity: Severity } | undefined
}

/** Up to which event the log was looked through, and by what: other settings or another version see other things. */
export interface AnomalyHead {
  readonly make: string
  readonly seq: number
}

/** What to load: what is remembered of agents, and the newest anomaly of each condition, or of each id. */
export interface AnomalyWanted {
  readonly agents: readonly string[]
  readonly conditions: readonly string[]
  readonly ids: readonly string[]
}

/** All of one moment. */
export interface AnomalyState {
  /** Undefined before the first look. */
  readonly head: AnomalyHead | undefined
  /** By agent id; none for an agent that is not known. */
  readonly agents: readonly StateRow[]
  readonly anomalies: readonly KeptAnomaly[]
}

/** What a look through some more of the log gave. */
export interface AnomalySave {
  /** Stored only if this is still the head. */
  readonly from: AnomalyHead | undefined
  readonly head: AnomalyHead
  /** Of the agents that were seen; `all`: and of no others. */
  readonly agents: readonly StateRow[]
  readonly which: 'changed' | 'all'
  readonly anomalies: readonly KeptAnomaly[]
}

export type AnomalySaved = 'saved' | 'moved'

/** Which anomalies to list. All given conditions must hold. */
export interface AnomalyFilter {
  readonly status: AnomalyStatus | undefined
  readonly type: AnomalyType | undefined
  readonly severity: Severity | undefined
  readonly agentId: string | undefined
  /** Seen at that time or later; as in `Anomaly.lastSeenAt`. */
  readonly since: string | undefined
  readonly limit: number
}

export interface AnomalyList {
  /** Those seen last come first. */
  readonly anomalies: readonly Anomaly[]
  /** How many there are, however many are listed. */
  readonly total: number
}
