import type { Action } from '../domain/action.ts'
import type { Decision, Reason } from '../domain/decision.ts'
import type { RiskScore } from '../domain/units.ts'
import type { RuleHit } from '../domain/verdict.ts'

const SAYS: Record<Action, string> = { allow: 'allows', warn: 'warns', escalate: 'requires approval', block: 'blocks' }

/** What a rule did, for operators: `Rule 'large_transfer' requires approval: over the limit`. */
export function hitSentence(hit: RuleHit): string {
  const said = `Rule '${hit.ruleId}' ${SAYS[hit.action]}`
  if (hit.because === 'matched') return hit.message === undefined ? said : `${said}: ${hit.message}`
  const unknown = hit.unknown.map(({ param, operator, because }) => `'${`${param} ${operator}`.trim()}' (${because})`)
  return `${said}, because it could not judge ${unknown.join(', ') || 'its conditions'}${hit.message === undefined ? '' : `: ${hit.message}`}`
}

/** The sentence operators know: `Anomaly detected (risk: 10.0): Parameter 'amount' is …`. */
export const anomalySentence = (score: RiskScore, anomalies: readonly Reason[]): string =>
  `Anomaly detected (risk: ${score.toFixed(1)}): ${anomalies.map((reason) => reason.message).join('; ')}`

/**
 * What an agent may read of a refusal: which way it was decided and the rule author's own words.
 * Anomalies are named as such and no more: a bound or a mean would tell the agent how to get past.
 */
export function sentenceForModel(decision: Decision): string {
  const words = decision.reasons.flatMap((reason) =>
    reason.source === 'rule' && reason.forModel ? [reason.forModel] : [],
  )
  if (words.length > 0) return words.join(' ')
  if (decision.reasons.some((reason) => reason.source === 'rule' || reason.source === 'default'))
    return 'A rule does not allow this call.'
  return 'This call is too unusual for this tool.'
}
