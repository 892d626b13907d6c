import { createHash } from 'node:crypto'
import { type Anomaly, type KeptAnomaly, SEVERITIES, type Severity } from '../domain/anomaly.ts'
import type { PlainObject } from '../domain/plain.ts'
import { withoutUndefined } from '../support/defined.ts'
import { conditionOf, type Finding, tellOf, typeOf, windowMs } from './finding.ts'
import { OVER_AFTER_MS, WORSE_FACTOR } from './limits.ts'

/** What somebody did about an anomaly. */
export interface Answer {
  readonly how: 'acknowledged' | 'resolved'
  /** Of the event that says so, ISO 8601. */
  readonly time: string
  readonly by: string | undefined
  readonly note: string | undefined
}

/**
 * What a finding makes of the newest anomaly of its condition: a new one; the same one, gone on or worse; or nothing, because it was
 * dealt with. An anomaly goes on until it is resolved or was not seen for eight days.
 */
export function found(before: KeptAnomaly | undefined, finding: Finding): KeptAnomaly | undefined {
  if (before === undefined || isOver(before, finding)) return begun(finding)
  if (before.anomaly.status === 'resolved') return isDealtWith(before, finding) ? undefined : begun(finding)
  const goesOn = goneOn(before, finding)
  return before.anomaly.status === 'acknowledged' && isWorse(before, finding) ? reopened(goesOn) : goesOn
}

/** What an answer makes of an anomaly; undefined: nothing, the first answer stands. */
export function answered(before: KeptAnomaly, { how, time, by, note }: Answer): KeptAnomaly | undefined {
  const { anomaly, figure } = before
  if (anomaly.status === 'resolved' || anomaly.status === how) return undefined
  const when = how === 'resolved' ? { resolvedAt: time } : { acknowledgedAt: time }
  return {
    ...before,
    anomaly: { ...anomaly, status: how, ...when, by, note },
    answered: { figure, severity: anomaly.severity },
  }
}

function begun(finding: Finding): KeptAnomaly {
  const { agentId, principalId, severity, seq, time, figure } = finding
  const condition = conditionOf(finding)
  const anomaly: Anomaly = {
    id: finding.id ?? idOf(condition, finding),
    type: typeOf(finding),
    severity,
    status: 'open',
    agentId,
    principalId,
    ...tellOf(finding, 1),
    detectedAt: time,
    lastSeenAt: time,
    ...UNANSWERED,
  }
  return { anomaly, condition, firstSeq: seq, figure, events: 1, answered: undefined }
}

const UNANSWERED = { acknowledgedAt: undefined, resolvedAt: undefined, by: undefined, note: undefined } as const
const ID_CHARACTERS = 24

/** The same in every process and at every time: it names the condition and the event that began it. */
const idOf = (condition: string, { seq, time }: Finding): string =>
  `anom_${createHash('sha256').update(`${condition} ${seq} ${time}`).digest('hex').slice(0, ID_CHARACTERS)}`

/** It tells of its worst moment, the latest of several, and of the last event that showed it. */
function goneOn(before: KeptAnomaly, finding: Finding): KeptAnomaly {
  const { anomaly, figure } = before
  const events = before.events + 1
  const severity = worseOf(anomaly.severity, finding.severity)
  const isWorst = finding.figure >= figure || severity !== anomaly.severity
  const lastSeenAt = [anomaly.lastSeenAt, finding.time].sort().at(-1) ?? finding.time
  const told = isWorst ? tellOf(finding, events) : anomaly
  const metadata = { ...told.metadata, ...kept(anomaly.metadata, events) }
  return {
    ...before,
    anomaly: { ...anomaly, description: told.description, metadata, severity, lastSeenAt },
    figure: Math.max(figure, finding.figure),
    events,
  }
}

/** What metadata say of the anomaly as a whole, whatever its worst moment was. */
function kept({ calls, acknowledgedBefore }: PlainObject, events: number): PlainObject {
  return {
    ...(calls === undefined ? {} : { calls: events }),
    ...(acknowledgedBefore === undefined ? {} : { acknowledgedBefore }),
  }
}

/** It is to be looked at again; who did so before can still be read. */
function reopened(before: KeptAnomaly): KeptAnomaly {
  const { anomaly } = before
  const { acknowledgedAt: at, by } = anomaly
  const acknowledgedBefore = withoutUndefined({ at, by }) as PlainObject
  const metadata = { ...anomaly.metadata, acknowledgedBefore }
  return { ...before, anomaly: { ...anomaly, ...UNANSWERED, status: 'open', metadata }, answered: undefined }
}

/** Whether it got worse since somebody answered for it. */
function isWorse({ answered }: KeptAnomaly, { figure, severity }: Finding): boolean {
  if (answered === undefined) return true
  return figure >= WORSE_FACTOR * answered.figure || worseOf(answered.severity, severity) !== answered.severity
}

const worseOf = (one: Severity, other: Severity): Severity =>
  SEVERITIES.indexOf(other) > SEVERITIES.indexOf(one) ? other : one

const isOver = ({ anomaly }: KeptAnomaly, { time }: Finding): boolean =>
  Date.parse(time) - Date.parse(anomaly.lastSeenAt) > OVER_AFTER_MS

/** A resolved anomaly is told again by what happened after it, and not by the rest of the window that it was told by. */
const isDealtWith = (before: KeptAnomaly, finding: Finding): boolean =>
  Date.parse(finding.time) < Date.parse(before.anomaly.resolvedAt ?? '') + windowMs(finding) &&
  !isWorse(before, finding)
