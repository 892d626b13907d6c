import type { OpinionFinding, RiskFinding } from './decide/decide.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision } from './domain/decision.ts'
import type { Consultation } from './domain/opinion.ts'
import { withoutDigests, withPlainMarks } from './domain/redacted.ts'
import { signalSentence } from './domain/risk.ts'
import type { Verdict } from './domain/verdict.ts'
import type { Analyst, Consulted } from './llm/analyst.ts'
import { opinionOf } from './llm/answer.ts'
import type { JudgedCase } from './llm/case.ts'
import type { Parts } from './parts.ts'
import type { ToolProfile } from './tool.ts'

/** A call on its way through the pipeline, up to where another judge may be asked. */
export interface Matter {
  readonly call: ToolCall
  readonly verdict: Verdict
  readonly risk: RiskFinding
  readonly profile: ToolProfile
  /** What is decided when nobody is asked. */
  readonly unasked: Decision
}

type Asking = Pick<Parts, 'settings' | 'learner' | 'observers' | 'recentCalls' | 'intake'>

/** Asks the model where it is due. A model that fails, or says what is no risk, is a value: the decision says what it means. */
export async function consult(matter: Matter, analyst: Analyst, parts: Asking): Promise<OpinionFinding> {
  if (!isDue(matter, parts)) return { status: 'not-asked' }
  const { call } = matter
  const key = JSON.stringify([call.digest, call.agentId, call.principalId, call.sessionId])
  const consulted = await analyst.consult({ key, judged: () => caseOf(matter, parts) })
  return findingOf(consulted, matter, parts)
}

/** Never where the answer could change nothing, nor where a rule says that anomalies do not matter. */
function isDue({ call, verdict, risk, unasked }: Matter, { settings }: Asking): boolean {
  const when = settings.llm?.when
  if (when === undefined || verdict.skipAnomaly || unasked.action === 'block') return false
  if (when === 'always') return true
  if ('tools' in when) return when.tools.includes(call.tool)
  // A scorer that failed has not said that the risk is low.
  return risk.status === 'failed' || (risk.status === 'scored' && risk.assessment.score >= when.minRisk)
}

function caseOf({ call, risk, profile }: Matter, { learner, recentCalls }: Asking): JudgedCase {
  const { tool, agentId, at } = call
  return {
    ...{ tool, agentId, at, description: profile.description, readOnly: profile.traits.readOnly },
    params: withPlainMarks(call.redacted),
    statistics: risk.status === 'scored' ? statisticsOf(risk) : risk.status,
    usual: learner?.detector.describe(tool).find((usual) => usual.agentId === agentId),
    recent: recentCalls.before(call),
  }
}

const statisticsOf = ({ assessment }: Extract<RiskFinding, { status: 'scored' }>): JudgedCase['statistics'] => ({
  risk: Number(assessment.score.toFixed(1)),
  learnedCalls: assessment.samples,
  found: assessment.signals.map((signal) => withoutDigests(signalSentence(signal))),
})

function findingOf(consulted: Consulted, { call, risk }: Matter, parts: Asking): OpinionFinding {
  const { settings, observers, intake } = parts
  if (consulted.status === 'used-up') {
    const { because } = consulted
    const consultation: Consultation = { status: 'not-asked', because }
    observers.log('warn', { callId: call.id }, `LLM analysis: '${call.tool}' was not asked about: ${because}`)
    return settings.llm?.whenUsedUp === 'fail'
      ? { status: 'failed', because, consultation }
      : { status: 'not-asked', consultation }
  }
  if (consulted.status === 'failed') {
    const because = intake.redactText(consulted.because)
    observers.fault('llm', `The LLM analysis of '${call.tool}' failed: ${because}`, call.id)
    return { status: 'failed', because, consultation: { ...consulted, because } }
  }
  const { answer, status, from, model, latencyMs, inputTokens, outputTokens, costUsd } = consulted
  const statisticalRisk = risk.status === 'scored' ? risk.assessment.score : undefined
  const { risk: said, recommendation } = answer
  const line = `LLM analysis: ${call.tool} -> risk=${said.toFixed(1)}, ${recommendation} (${model}, ${latencyMs} ms, ${from})`
  observers.log('info', { callId: call.id }, line)
  const opinion = opinionOf(answer, settings.thresholds)
  return {
    status: 'given',
    opinion: { ...opinion, reasons: opinion.reasons.map((reason) => intake.redactText(reason)) },
    consultation: {
      ...{ status, risk: said, recommendation, statisticalRisk, from, model },
      ...{ latencyMs, inputTokens, outputTokens, costUsd },
    },
  }
}
