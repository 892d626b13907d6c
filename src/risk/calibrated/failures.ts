import type { Archive, Kept } from '../state/archive.ts'
import { lnGamma } from './special.ts'

/** Outcomes that "of late" is. */
const WINDOW = 20
/** Fewer earlier outcomes than this say nothing about what is usual. */
const EARLIER_MIN = 20
const EARLIER_CAP = 4_000
/** Jeffreys' prior. */
const PRIOR = 0.5
/** Fewer failures than this are no stretch of failures. */
const FAILURES_MIN = 3

/**
 * Whether a tool fails more than it used to: of its last 20 outcomes k failed, of the n before them f did. The chance of k or more is
 * the tail of a beta-binomial, `P(K >= k) = sum C(20, j) B(f + j + 1/2, n - f + 20 - j + 1/2) / B(f + 1/2, n - f + 1/2)`
 * (the posterior predictive of a binomial under Jeffreys' prior; A. Gelman et al., "Bayesian Data Analysis", 2.4).
 */
export class Failures implements Kept {
  /** 1 for each that failed, oldest first. */
  readonly #recent: number[] = []
  #earlier = 0
  #earlierFailed = 0
  /** Computed when an outcome comes, so that a call costs nothing. */
  #surprise = 0

  get surprise(): number {
    return this.#surprise
  }

  /** Of the outcomes before the last 20, the share that failed. */
  get usualShare(): number {
    return this.#earlier === 0 ? 0 : this.#earlierFailed / this.#earlier
  }

  /** Of the last 20 outcomes, how many failed. */
  get recent(): { readonly failed: number; readonly of: number } {
    return { failed: sum(this.#recent), of: this.#recent.length }
  }

  learn(how: 'returned' | 'threw'): void {
    this.#recent.push(how === 'threw' ? 1 : 0)
    if (this.#recent.length > WINDOW) this.#retire(this.#recent.shift() ?? 0)
    this.#surprise = this.#computed()
  }

  exchange(archive: Archive): void {
    archive.numbers(this.#recent)
    this.#earlier = archive.number(this.#earlier)
    this.#earlierFailed = archive.number(this.#earlierFailed)
    this.#surprise = this.#computed()
  }

  #retire(failed: number): void {
    if (this.#earlier >= EARLIER_CAP) {
      const kept = 1 - 1 / EARLIER_CAP
      this.#earlier *= kept
      this.#earlierFailed *= kept
    }
    this.#earlier += 1
    this.#earlierFailed += failed
  }

  #computed(): number {
    const failed = sum(this.#recent)
    if (this.#earlier < EARLIER_MIN || failed < FAILURES_MIN || this.#recent.at(-1) !== 1) return 0
    const a = this.#earlierFailed + PRIOR
    const b = this.#earlier - this.#earlierFailed + PRIOR
    let tail = 0
    for (let k = failed; k <= WINDOW; k++)
      tail += Math.exp(lnChoose(WINDOW, k) + lnBeta(a + k, b + WINDOW - k) - lnBeta(a, b))
    return Math.max(0, -Math.log(tail))
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const lnBeta = (a: number, b: number): number => lnGamma(a) + lnGamma(b) - lnGamma(a + b)
const lnChoose = (n: number, k: number): number => lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1)
