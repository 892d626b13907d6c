import { DEFAULT_BUDGET } from '../../src/domain/budget.ts'
import { riskScale } from '../../src/risk/calibrated/risk-scale.ts'
import { createDetector } from '../../src/testing/index.ts'
import { callNumber, createPlainRule, ESCALATE, type Scorer, WARN } from './scorers.ts'
import { AROUND_100, PAYMENTS, type Run, type Shape, valuesOf } from './streams.ts'

/** A payment, and what both methods made of it before they learned it. */
export interface Payment {
  readonly index: number
  readonly amount: number
  readonly risk: number
  /** The plain rule's mean and three standard deviations; undefined while they are not known. */
  readonly plainBound: number | undefined
  /** Undefined where nobody looked. */
  readonly bounds: Bounds | undefined
}

/** The amounts from which on the calibrated risk reaches 4 and 7; undefined where it does not. */
export interface Bounds {
  readonly warnAbove: number | undefined
  readonly warnBelow: number | undefined
  readonly stopAbove: number | undefined
}

/** Lognormal payments, all normal; what is stopped is approved. */
export function payments({ calls, boundEvery }: { calls: number; boundEvery: number }): readonly Payment[] {
  const [detector, plain] = [createDetector(), createPlainRule()]
  return valuesOf(PAYMENTS, { seed: 7, length: calls }).map((amount, index) => {
    const call = callNumber(index, amount)
    const { risk } = detector.score(call)
    const usual = plain.usual(call)
    const bounds = index % boundEvery === 0 ? boundsOf(detector, index) : undefined
    detector.learn(call, risk)
    plain.learn(call, risk)
    return { index, amount, risk, plainBound: usual && usual.mean + 3 * usual.sd, bounds }
  })
}

const AMOUNTS = { least: 0.01, usual: 50, most: 1e6 }
const BISECTIONS = 30

function boundsOf(detector: Scorer, index: number): Bounds {
  const boundOf = (least: number, far: number): number | undefined =>
    crossing((amount) => detector.score(callNumber(index, amount)).risk >= least, far)
  return {
    warnAbove: boundOf(WARN, AMOUNTS.most),
    warnBelow: boundOf(WARN, AMOUNTS.least),
    stopAbove: boundOf(ESCALATE, AMOUNTS.most),
  }
}

/** Where something begins to hold on the way from the usual amount to a far one; undefined when it does not hold there. */
function crossing(holds: (amount: number) => boolean, far: number): number | undefined {
  if (!holds(far)) return undefined
  let [inside, outside] = [AMOUNTS.usual, far]
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = Math.sqrt(inside * outside)
    if (holds(middle)) outside = middle
    else inside = middle
  }
  return outside
}

/** Risks of a clean stream, without its first calls; what is stopped is approved. */
export function cleanRisks(shape: Shape, { skip, ...run }: Run & { readonly skip: number }): readonly number[] {
  const detector = createDetector()
  const risks = valuesOf(shape, run).map((value, index) => lived(detector, callNumber(index, value)))
  return risks.slice(skip)
}

/** The risk of a call, which then is learned. */
function lived(scorer: Scorer, call: ReturnType<typeof callNumber>): number {
  const { risk } = scorer.score(call)
  scorer.learn(call, risk)
  return risk
}

const riskOf = riskScale(DEFAULT_BUDGET)
/** The risk of a call that is one in so many. */
export const riskOfOneIn = (calls: number): number => riskOf(Math.log(calls))

export interface Boil {
  readonly scorer: Scorer
  /** How much each call is raised. */
  readonly factor: number
  /** Calls before, with values of 100 +- 10. */
  readonly honest: number
  readonly attempts: number
}

/**
 * The largest value let through so far, after each attempt. The attacker begins with 100, raises each call, and goes one step back after
 * a refusal.
 */
export function boil({ scorer, factor, honest, attempts }: Boil): readonly number[] {
  for (const [index, value] of valuesOf(AROUND_100, { seed: 5, length: honest }).entries())
    lived(scorer, callNumber(index, value))
  let value = 100
  let largest = 0
  return Array.from({ length: attempts }, (_, attempt) => {
    const call = callNumber(honest + attempt, value)
    const { risk } = scorer.score(call)
    if (risk >= ESCALATE) {
      scorer.refused(call, risk)
      value /= factor
    } else {
      scorer.learn(call, risk)
      largest = Math.max(largest, value)
      value *= factor
    }
    return largest
  })
}
