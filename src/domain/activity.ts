/** Events that tell of one more call (the first four, the decisions), or of how one ended. */
export const ACTIVITY_EVENTS = [
  'allow',
  'warn',
  'block',
  'approval_requested',
  'approval_denied',
  'approval_timeout',
  'approval_unavailable',
  'executed',
  'failed',
  'outcome_unknown',
] as const
export type ActivityEventName = (typeof ACTIVITY_EVENTS)[number]

/** What of an event shows how much an agent does, and how it fares: all that a look over a long time reads. */
export interface Activity {
  readonly seq: number
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string
  readonly event: ActivityEventName
  readonly agentId: string
  readonly principalId: string | undefined
  readonly enforced: boolean
}

/** Events after one sequence number, up to and with another one. */
export interface SeqRange {
  readonly after: number
  readonly upTo: number
}
