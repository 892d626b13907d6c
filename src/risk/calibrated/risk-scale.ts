import type { Budget } from '../../domain/budget.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import { sigmaOf } from './normal.ts'

/** From "1 in N calls", as `surprise = ln N`, to a risk. */
export type RiskScale = (surprise: number) => RiskScore

type Knot = readonly [sigma: number, risk: number]

/** Between warning and escalation: where 5 and 6 lie on the way. With the default budget 2.1 and 2.8 sigma. */
const SHARE_OF_5 = 0.1
const SHARE_OF_6 = 0.73
/** 9 and 10 are this many times rarer than an escalation: 4e-5 and 2e-6 with the default budget, 4.1 and 4.75 sigma. */
const RARER_AT_9 = 50
const RARER_AT_10 = 1_000

/**
 * A fixed scale, linear in between, on the number of standard deviations at which a normal value is as rare:
 * 0 at 0, 4 at the warning budget, 7 at the escalation budget, 9 and 10 at 50 and 1,000 times rarer than that.
 * @throws RangeError for a budget whose numbers are not `0 < escalatePer1000 < warnPer1000 < 1000`.
 */
export function riskScale({ escalatePer1000, warnPer1000 }: Budget): RiskScale {
  if (!(escalatePer1000 > 0 && warnPer1000 > escalatePer1000 && warnPer1000 < 1_000))
    throw new RangeError(
      `anomalyBudget needs 0 < escalatePer1000 < warnPer1000 < 1000, found ${escalatePer1000} and ${warnPer1000}`,
    )
  const lnEscalate = -Math.log(escalatePer1000 / 1_000)
  const warn = sigmaOf(-Math.log(warnPer1000 / 1_000))
  const escalate = sigmaOf(lnEscalate)
  const between = (share: number): number => warn + share * (escalate - warn)
  const knots: readonly Knot[] = [
    [0, 0],
    [warn, 4],
    [between(SHARE_OF_5), 5],
    [between(SHARE_OF_6), 6],
    [escalate, 7],
    [sigmaOf(lnEscalate + Math.log(RARER_AT_9)), 9],
    [sigmaOf(lnEscalate + Math.log(RARER_AT_10)), 10],
  ]
  return (surprise) => riskScore(interpolated(knots, sigmaOf(surprise)))
}

function interpolated(knots: readonly Knot[], sigma: number): number {
  let [lowSigma, lowRisk] = knots[0] ?? [0, 0]
  for (const [highSigma, highRisk] of knots) {
    if (sigma < highSigma) return lowRisk + ((highRisk - lowRisk) * (sigma - lowSigma)) / (highSigma - lowSigma)
    lowSigma = highSigma
    lowRisk = highRisk
  }
  return lowRisk
}
