import { type Action, stricter } from '../domain/action.ts'
import { type Decision, isNonEmpty, type NonEmpty, type Reason } from '../domain/decision.ts'
import type { Consultation, Opinion } from '../domain/opinion.ts'
import { levelOf, type RiskAssessment, type RiskThresholds, type Signal } from '../domain/risk.ts'
import type { FailMode } from '../domain/settings.ts'
import { NO_RISK, type RiskScore } from '../domain/units.ts'
import type { Verdict } from '../domain/verdict.ts'
import { anomalySentence, hitSentence } from './explain.ts'

/** What came of scoring a call. */
export type RiskFinding =
  | { readonly status: 'scored'; readonly assessment: RiskAssessment }
  | { readonly status: 'failed'; readonly because: string }
  | { readonly status: 'off' }

/** What came of asking another judge. */
export type OpinionFinding = { readonly consultation?: Consultation | undefined } & (
  | { readonly status: 'given'; readonly opinion: Opinion }
  | { readonly status: 'failed'; readonly because: string }
  | { readonly status: 'not-asked' }
)

export const NOT_ASKED: OpinionFinding = { status: 'not-asked' }

export interface DecisionSettings {
  readonly thresholds: RiskThresholds
  readonly failMode: FailMode
  /** How long an approver has, milliseconds. */
  readonly approvalTimeoutMs: number
  readonly enforcement: 'enforced' | 'shadow'
}

interface Evidence {
  readonly verdict: Verdict
  readonly risk: RiskFinding
  readonly opinion: OpinionFinding
}

/** A reason with the action it asks for. */
interface Ground {
  readonly action: Action
  readonly reason: Reason
}

/**
 * The strictest of what the rules, the risk and any fault ask for. Nothing softens a rule's block; an anomaly can only raise.
 * Pure: equal evidence gives an equal decision.
 */
export function decide(evidence: Evidence, settings: DecisionSettings): Decision {
  const { verdict, risk } = evidence
  const assessment = risk.status === 'scored' ? risk.assessment : undefined
  const score = highest(assessment?.score, opinionOf(evidence.opinion)?.score)
  const skipped = verdict.skipAnomaly && assessment !== undefined
  const grounds = [
    ...groundsOfRules(verdict),
    ...(assessment ? groundsOfSignals(assessment, settings.thresholds, skipped) : []),
    ...groundsOfOpinion(evidence.opinion, settings.thresholds),
    ...groundsOfFaults(evidence, settings.failMode),
  ]
  const judged = assessment !== undefined || evidence.opinion.status === 'given'
  const riskAction = skipped || !judged ? 'allow' : actionFor(score, settings.thresholds)
  const action = grounds.reduce(
    (strictest, ground) => stricter(strictest, ground.action),
    stricter(verdict.action, riskAction),
  )

  return ofAction(action, grounds, settings.approvalTimeoutMs, {
    message: messageFor(action, grounds, score),
    risk: score,
    level: levelOf(score, settings.thresholds),
    riskStatus: riskStatusOf(risk, skipped),
    signals: Object.freeze((assessment?.signals ?? []).map((signal) => Object.freeze(signal))),
    samples: assessment?.samples ?? 0,
    llm: evidence.opinion.consultation,
    ruleIds: verdict.hits.map((hit) => hit.ruleId),
    rulesDigest: verdict.rulesDigest,
    retry: riskAction === 'block' ? 'no' : verdict.retry,
    // In `secure` mode a call that can not be counted is refused before.
    degraded: verdict.counting === 'failed' || (settings.failMode === 'safe' && isScorerless(evidence)),
    enforced: settings.enforcement === 'enforced',
  })
}

const isScorerless = ({ risk, opinion }: Evidence): boolean => risk.status === 'failed' || opinion.status === 'failed'

/** A call whose arguments can not be judged is refused: what nobody could look at, nobody allowed. */
export function refuseUnjudgeable(because: string, enforcement: DecisionSettings['enforcement']): Decision {
  return Object.freeze({
    action: 'block',
    reasons: Object.freeze([{ source: 'fault', stage: 'arguments', message: because }] as const),
    message: because,
    risk: NO_RISK,
    level: 'LOW',
    riskStatus: 'unknown',
    signals: [],
    samples: 0,
    llm: undefined,
    ruleIds: [],
    rulesDigest: undefined,
    retry: 'no',
    degraded: false,
    enforced: enforcement === 'enforced',
  })
}

/** What a risk asks for by itself. */
function actionFor(score: RiskScore, thresholds: RiskThresholds): Action {
  if (score >= thresholds.block) return 'block'
  if (score >= thresholds.escalate) return 'escalate'
  if (score >= thresholds.warn) return 'warn'
  return 'allow'
}

const opinionOf = (finding: OpinionFinding): Opinion | undefined =>
  finding.status === 'given' ? finding.opinion : undefined

const highest = (...scores: readonly (RiskScore | undefined)[]): RiskScore =>
  scores.reduce<RiskScore>((top, score) => (score !== undefined && score > top ? score : top), NO_RISK)

function riskStatusOf(risk: RiskFinding, skipped: boolean): Decision['riskStatus'] {
  if (risk.status === 'off') return 'off'
  if (risk.status === 'failed') return 'unknown'
  return skipped ? 'skipped' : 'counted'
}

function groundsOfRules(verdict: Verdict): Ground[] {
  const grounds = verdict.hits.map(
    (hit): Ground => ({
      action: hit.action,
      reason: {
        source: 'rule',
        ruleId: hit.ruleId,
        action: hit.action,
        message: hitSentence(hit),
        forModel: hit.message,
        params: hit.params,
      },
    }),
  )
  if (verdict.decidedBy === 'default' && verdict.action !== 'allow') {
    const message = 'No rule answers for this call, so the default action of the rules applies'
    grounds.push({ action: verdict.action, reason: { source: 'default', message } })
  }
  return grounds
}

function groundsOfSignals(assessment: RiskAssessment, thresholds: RiskThresholds, skipped: boolean): Ground[] {
  return assessment.signals.map(
    (signal: Signal): Ground => ({
      action: skipped ? 'allow' : actionFor(signal.risk, thresholds),
      reason: { source: 'anomaly', kind: signal.kind, message: signal.message },
    }),
  )
}

/** What a judge finds for a call stays out of the reasons: a model that was talked over must not soothe the human who decides. */
function groundsOfOpinion(finding: OpinionFinding, thresholds: RiskThresholds): Ground[] {
  const opinion = opinionOf(finding)
  if (opinion === undefined) return []
  const action = actionFor(opinion.score, thresholds)
  if (action === 'allow') return []
  const said = opinion.reasons.length === 0 ? '' : `: ${opinion.reasons.join('; ')}`
  return [{ action, reason: { source: 'llm', message: `LLM analysis (risk: ${opinion.score.toFixed(1)})${said}` } }]
}

function groundsOfFaults({ risk, opinion }: Evidence, failMode: FailMode): Ground[] {
  const action = failMode === 'secure' ? 'escalate' : 'allow'
  const grounds: Ground[] = []
  if (risk.status === 'failed') {
    grounds.push({ action, reason: { source: 'fault', stage: 'risk', message: `The scorer failed: ${risk.because}` } })
  }
  if (opinion.status === 'failed') {
    grounds.push({
      action,
      reason: { source: 'fault', stage: 'llm', message: `The LLM analysis failed: ${opinion.because}` },
    })
  }
  return grounds
}

/** What brought the action about: every ground that asks for it, rules first. */
function messageFor(action: Action, grounds: readonly Ground[], score: RiskScore): string {
  if (action === 'allow') return ''
  const behind = grounds.filter((ground) => ground.action === action).map((ground) => ground.reason)
  const anomalies = behind.filter((reason) => reason.source === 'anomaly')
  const others = behind.filter((reason) => reason.source !== 'anomaly').map((reason) => reason.message)
  return [...others, ...(anomalies.length > 0 ? [anomalySentence(score, anomalies)] : [])].join('; ')
}

function ofAction(
  action: Action,
  grounds: readonly Ground[],
  timeoutMs: number,
  judged: Omit<Decision, 'action' | 'reasons'>,
): Decision {
  const reasons = Object.freeze(grounds.map((ground) => Object.freeze(ground.reason)))
  if (action === 'allow') return Object.freeze({ ...judged, action, reasons })
  const some: NonEmpty<Reason> = isNonEmpty(reasons) ? reasons : [{ source: 'default', message: 'No reason was given' }]
  if (action === 'escalate') return Object.freeze({ ...judged, action, reasons: some, timeoutMs })
  return Object.freeze({ ...judged, action, reasons: some })
}
