import { lnGammaTail } from '../../statistics/special.ts'
import type { Archive, Kept } from '../../support/archive.ts'

/** What several channels on one parameter cost: they tell of nested facts, so they are not added, only the strongest counts. */
export const groupSurprise = (strongest: number, channels: number): number =>
  Math.max(0, strongest - 0.5 * Math.log(Math.max(1, channels)))

const SHARES: readonly [number, number, number] = [1, 0.65, 0.4]
const TRIES = 1.75

/** `s1 + 0.65 s2 + 0.4 s3 - 1.75` of the three most surprising groups, not below 0: few facts that are very odd. */
export function strongestThree(descending: readonly number[]): number {
  let sum = -TRIES
  for (let place = 0; place < SHARES.length; place++) sum += (SHARES[place] ?? 0) * (descending[place] ?? 0)
  return Math.max(0, sum)
}

const PRIOR_CALLS = 20
const CAP = 2_000

/**
 * Many facts that are each slightly odd: the sum of all surprises of a call against what that sum usually is on this stream.
 * Independent surprises would sum to a gamma variable of shape k; dependent ones are taken as a scaled one of the same mean m and
 * variance v, `sum / (v/m) ~ Gamma(m^2 / v)` (M. Brown, "A method for combining non-independent, one-sided tests of significance",
 * Biometrics 1975). Mean and variance are learned, with a prior of k each that weighs 20 calls.
 */
export class SumOfSurprises implements Kept {
  #calls = 0
  #mean = 0
  #squares = 0

  get calls(): number {
    return this.#calls
  }

  surprise(sum: number, groups: number): number {
    if (sum <= 0 || groups === 0) return 0
    const weight = this.#calls + PRIOR_CALLS
    const mean = (this.#calls * this.#mean + PRIOR_CALLS * groups) / weight
    const variance = Math.max((this.#squares + PRIOR_CALLS * groups) / weight, mean / 2)
    return -lnGammaTail((mean * mean) / variance, (sum * mean) / variance)
  }

  exchange(archive: Archive): void {
    this.#calls = archive.number(this.#calls)
    this.#mean = archive.number(this.#mean)
    this.#squares = archive.number(this.#squares)
  }

  learn(sum: number): void {
    if (this.#calls >= CAP) {
      this.#squares *= 1 - 1 / this.#calls
      this.#calls -= 1
    }
    this.#calls += 1
    const before = this.#mean
    this.#mean += (sum - before) / this.#calls
    this.#squares += (sum - before) * (sum - this.#mean)
  }
}
