import { ACTIVITY_EVENTS, type Activity } from '../../domain/activity.ts'
import type { Anomaly, KeptAnomaly } from '../../domain/anomaly.ts'
import { isPlainArray, isPlainObject, type Plain, type PlainObject } from '../../domain/plain.ts'
import { fromJsonText, toJsonText } from '../../support/json.ts'
import type { AnomalyRow } from './anomalies.ts'
import { originalText, storableText } from './text.ts'

export function anomalyRowOf(kept: KeptAnomaly): AnomalyRow {
  const { anomaly, condition, firstSeq } = kept
  const { id, status, type, severity, agentId, lastSeenAt } = anomaly
  const agent = agentId === undefined ? null : storableText(agentId)
  return [id, condition, firstSeq, status, type, severity, agent, lastSeenAt, toJsonText(kept)]
}

/** @throws SyntaxError or TypeError when the text is not what this version writes. */
export function anomalyOf(data: string): KeptAnomaly {
  const { anomaly, condition, firstSeq, figure, events, answered } = objectOf(fromJsonText(data))
  const kept = { anomaly: anomalyIn(objectOf(anomaly)), condition, firstSeq, figure, events, answered }
  return kept as unknown as KeptAnomaly
}

function anomalyIn(stored: PlainObject): Anomaly {
  const { id, type, severity, status, agentId, principalId, description, metadata } = stored
  const { detectedAt, lastSeenAt, acknowledgedAt, resolvedAt, by, note } = stored
  const what = { id, type, severity, status, agentId, principalId, description, metadata }
  return { ...what, detectedAt, lastSeenAt, acknowledgedAt, resolvedAt, by, note } as unknown as Anomaly
}

function objectOf(plain: Plain | undefined): PlainObject {
  if (!isPlainObject(plain)) throw new TypeError(`expected a JSON object, found ${typeof plain}`)
  return plain
}

const NAMES: ReadonlyMap<unknown, Activity['event']> = new Map(ACTIVITY_EVENTS.map((name) => [name, name]))

/**
 * What `AnomalyTables.activity` read.
 * @throws SyntaxError or TypeError when the text is not that.
 */
export function activitiesOf(text: string): readonly Activity[] {
  const rows: unknown = JSON.parse(text)
  if (!Array.isArray(rows)) throw new TypeError(`expected a JSON list, found ${typeof rows}`)
  return rows.map(activityOf)
}

function activityOf(row: Plain): Activity {
  const [seq, time, name, agent, principal, enforced] = isPlainArray(row) ? row : []
  const event = NAMES.get(name)
  if (typeof seq !== 'number' || typeof time !== 'string' || event === undefined || typeof agent !== 'string')
    throw new TypeError(`event ${String(seq)} is not as it was written`)
  const principalId = typeof principal === 'string' ? originalText(principal) : undefined
  return { seq, time, event, agentId: originalText(agent), principalId, enforced: enforced === 1 }
}
