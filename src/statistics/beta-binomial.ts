import { lnGamma } from './special.ts'

/** Jeffreys' prior of a share. */
const JEFFREYS = 0.5
/** A term this much smaller than the sum so far, and those after it, change nothing. */
const NEGLIGIBLE = 1e-17

export interface Trials {
  readonly hits: number
  /** At least as many. */
  readonly tries: number
}

/**
 * How surprising so many hits are, given earlier trials of the same kind: `-ln P(K >= k)`, 0 or more. With k of m now and f of n
 * before, K is beta-binomial, `P(K = j) = C(m, j) B(a + j, b + m - j) / B(a, b)`, `a = f + 1/2`, `b = n - f + 1/2`: the posterior
 * predictive of a binomial under Jeffreys' prior (A. Gelman et al., "Bayesian Data Analysis", 2.4).
 */
export function surpriseOfHits(now: Trials, before: Trials): number {
  const a = before.hits + JEFFREYS
  const b = before.tries - before.hits + JEFFREYS
  const { hits, tries } = now
  if (hits <= 0) return 0
  const lnFirst = lnChoose(tries, hits) + lnBeta(a + hits, b + tries - hits) - lnBeta(a, b)
  let term = 1
  let sum = 1
  for (let k = hits; k < tries && term > sum * NEGLIGIBLE; k++) {
    term *= ((tries - k) / (k + 1)) * ((a + k) / (b + tries - k - 1))
    sum += term
  }
  return Math.max(0, -(lnFirst + Math.log(sum)))
}

const lnBeta = (a: number, b: number): number => lnGamma(a) + lnGamma(b) - lnGamma(a + b)
const lnChoose = (n: number, k: number): number => lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1)
