import type { AnomalyType, Severity } from '../domain/anomaly.ts'
import type { PlainObject } from '../domain/plain.ts'
import type { AgentFacts } from './agent.ts'
import type { CallFacts } from './call-finding.ts'
import { describeAgent } from './describe.ts'
import { DAY_MS, HOUR_MS } from './limits.ts'

/** One event that shows something odd. */
export interface Finding {
  readonly facts: AgentFacts | CallFacts
  readonly agentId: string
  readonly principalId: string | undefined
  /** What it is about, within its type: the same subject is the same condition. */
  readonly subject: readonly string[]
  readonly seq: number
  /** Of the event, ISO 8601. */
  readonly time: string
  readonly severity: Severity
  /** How bad it is, on the scale of its type; what is bad is larger. */
  readonly figure: number
  /** Undefined: made from the event and the condition. */
  readonly id: string | undefined
}

/** As Grantex has them. */
const SEVERITY: Readonly<Record<AgentFacts['type'], Severity>> = {
  rate_spike: 'high',
  high_failure_rate: 'medium',
  off_hours_activity: 'low',
  new_principal: 'low',
}

/** What an agent's history says as a finding. It is about the agent as a whole, but for a new principal. */
export function agentFinding(facts: AgentFacts, event: Pick<Finding, 'agentId' | 'seq' | 'time'>): Finding {
  const principalId = facts.type === 'new_principal' ? facts.principalId : undefined
  const { agentId, seq, time } = event
  const severity = SEVERITY[facts.type]
  return { facts, agentId, principalId, subject: [], seq, time, severity, figure: figureOf(facts), id: undefined }
}

function figureOf(facts: AgentFacts): number {
  switch (facts.type) {
    case 'rate_spike':
    case 'off_hours_activity':
      return facts.count
    case 'high_failure_rate':
      return facts.badCount / facts.totalCount
    case 'new_principal':
      return 1
    default:
      return facts satisfies never
  }
}

/** Names the condition that a finding belongs to. */
export const conditionOf = ({ agentId, principalId, facts, subject }: Finding): string =>
  JSON.stringify([facts.type, agentId, principalId ?? null, ...subject])

/** How long the events that were answered for still count: those after it tell of something new. */
export function windowMs({ facts }: Finding): number {
  if ('tool' in facts) return 0
  return facts.type === 'rate_spike' ? HOUR_MS : facts.type === 'new_principal' ? 0 : DAY_MS
}

export interface Told {
  readonly description: string
  readonly metadata: PlainObject
}

/** @param events how many events showed it so far. */
export function tellOf({ facts, agentId }: Finding, events: number): Told {
  if (!('tool' in facts)) return describeAgent(facts, agentId)
  return { description: facts.description, metadata: { ...facts.metadata, calls: events } }
}

export const typeOf = ({ facts }: Finding): AnomalyType => facts.type
