import type { AuditEvent, AuditEventName } from '../domain/audit-event.ts'
import { callFinding } from './call-finding.ts'
import { conditionOf, type Finding } from './finding.ts'
import type { Answer } from './lifecycle.ts'

/** Events that are read whole: what the scorer found, and what somebody said to it. */
export const TELLING_EVENTS: readonly AuditEventName[] = [
  'anomaly_detected',
  'anomaly_acknowledged',
  'anomaly_resolved',
  'baseline_changed',
]

/** What one event does to anomalies. */
export type Step =
  | { readonly kind: 'found'; readonly condition: string; readonly finding: Finding }
  /** `condition`: of which the anomaly is, should none have this id. */
  | { readonly kind: 'answered'; readonly id: string; readonly condition: string | undefined; readonly answer: Answer }

export const stepOfFinding = (finding: Finding): Step => ({
  kind: 'found',
  condition: conditionOf(finding),
  finding,
})

/** Undefined for an event that does nothing to any anomaly. */
export function stepOfEvent(event: AuditEvent): Step | undefined {
  const { time, approvedBy: by, note, details } = event
  const id = String(details?.anomalyId)
  switch (event.event) {
    case 'anomaly_detected': {
      const finding = callFinding(event)
      return finding && stepOfFinding(finding)
    }
    case 'anomaly_acknowledged':
      return { kind: 'answered', id, condition: undefined, answer: { how: 'acknowledged', time, by, note } }
    case 'anomaly_resolved':
      return { kind: 'answered', id, condition: undefined, answer: { how: 'resolved', time, by, note } }
    case 'baseline_changed': {
      // What is usual from now on is dealt with.
      if (details?.change !== 'accepted') return undefined
      const finding = callFinding(event)
      return {
        kind: 'answered',
        id,
        condition: finding && conditionOf(finding),
        answer: { how: 'resolved', time, by, note },
      }
    }
    default:
      return undefined
  }
}
