import { ANOMALY_TYPES, type AnomalyType, type Severity } from '../domain/anomaly.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { PlainObject } from '../domain/plain.ts'
import type { RiskLevel, Signal } from '../domain/risk.ts'
import { withoutUndefined } from '../support/defined.ts'
import { named, rounded } from './describe.ts'
import type { Finding } from './finding.ts'

/** What was found on one call. */
export interface CallFacts {
  readonly type: AnomalyType
  readonly tool: string
  readonly description: string
  readonly metadata: PlainObject
}

/** By what the thresholds make of the risk: warned about, a human had to be asked, stopped. */
const SEVERITY: Readonly<Record<RiskLevel, Severity>> = { LOW: 'low', MEDIUM: 'low', HIGH: 'medium', CRITICAL: 'high' }

/**
 * What an `anomaly_detected` event found, or what one that somebody accepts as usual had found. It is named by its strongest signal;
 * where there is none, another judge raised the risk. Undefined for an event that names no call.
 */
export function callFinding(event: AuditEvent): Finding | undefined {
  const { id, seq, time, tool, agentId, principalId, signals, level = 'LOW', risk = 0 } = event
  if (tool === undefined || agentId === undefined) return undefined
  const [strongest] = signals.filter(({ kind }) => isAnomalyType(kind))
  const type = strongest === undefined ? 'unusual_pattern' : (strongest.kind as AnomalyType)
  const description = `Tool ${named(tool)}: ${strongest?.message ?? otherReason(event)}`
  return {
    facts: { type, tool, description, metadata: metadataOf(event, strongest) },
    ...{ agentId, principalId, seq, time, id },
    subject: [tool, ...subjectOf(strongest)],
    severity: SEVERITY[level],
    figure: figureOf(strongest?.z) ?? risk,
  }
}

/** A distance without an end says nothing of what is worse. */
const figureOf = (z: number | undefined): number | undefined =>
  typeof z === 'number' && Number.isFinite(z) ? Math.abs(z) : undefined

const isAnomalyType = (kind: Signal['kind']): boolean => (ANOMALY_TYPES as readonly string[]).includes(kind)

/** Another new destination is another condition: to know one is not to know them all. */
function subjectOf(strongest: Signal | undefined): readonly string[] {
  if (strongest === undefined) return ['judged']
  const { param, kind, message } = strongest
  const where = kind === 'new_destination' ? [message.replace(/; \d+ are known$/, '')] : []
  return param === undefined ? ['call', ...where] : ['param', param, ...where]
}

const otherReason = ({ reasons }: AuditEvent): string =>
  reasons.find(({ source }) => source === 'llm')?.message ?? 'another judge raised the risk'

function metadataOf(event: AuditEvent, strongest: Signal | undefined): PlainObject {
  const { id, callId, tool, risk, level, signals, enforced } = event
  const { param, z, usual, oneIn } = strongest ?? {}
  const also = signals.filter((signal) => signal !== strongest).map(({ message }) => message)
  const about = { tool, param, risk, level, z, usual, oneIn: rounded(oneIn), auditId: id, callId, enforced }
  return { ...withoutUndefined(about), ...(also.length === 0 ? {} : { also }) } as PlainObject
}
