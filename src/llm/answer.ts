import { z } from 'zod'
import { type Opinion, RECOMMENDATIONS, type Recommendation } from '../domain/opinion.ts'
import type { RiskThresholds } from '../domain/risk.ts'
import { type RiskScore, riskScore } from '../domain/units.ts'

const REASONS_MAX = 5
const REASON_CHARS_MAX = 300

/**
 * The shape a model must answer in. Bounds are told in words and checked afterwards, because not every provider takes them in a schema.
 * The reasons come first, so that a model writes them before it settles on a number.
 */
export const answerSchema: z.ZodObject<{
  reasons: z.ZodArray<z.ZodString>
  risk: z.ZodNumber
  recommendation: z.ZodEnum<{ [Each in Recommendation]: Each }>
}> = z.object({
  reasons: z.array(z.string()).describe('at most five short sentences'),
  risk: z.number().describe('from 0 (usual) to 10 (must not run)'),
  recommendation: z.enum(RECOMMENDATIONS),
})

/** What a model said of a call, checked. */
export interface Answer {
  readonly risk: RiskScore
  readonly recommendation: Recommendation
  readonly reasons: readonly string[]
}

/**
 * Reads an answer: long reasons are cut, anything else that is not as asked for is a failure, and never "no risk".
 * @throws RangeError for a risk that is none, or z.ZodError.
 */
export function readAnswer(answer: unknown): Answer {
  const { risk, recommendation, reasons } = answerSchema.parse(answer)
  const cut = reasons.slice(0, REASONS_MAX).map((reason) => reason.slice(0, REASON_CHARS_MAX).toWellFormed())
  return Object.freeze({ risk: riskScore(risk), recommendation, reasons: Object.freeze(cut) })
}

/**
 * The answer on the scale of risk. What the model recommends counts too: `review` is at least where a human is asked, `block` at least
 * where a call is blocked, so that "block, risk 6" does not run.
 */
export function opinionOf({ risk, recommendation, reasons }: Answer, { escalate, block }: RiskThresholds): Opinion {
  const least: Record<Recommendation, number> = { allow: 0, review: escalate, block }
  return { score: riskScore(Math.max(risk, least[recommendation])), reasons }
}
