import type { Clock } from '../support/clock.ts'

/** How often something may happen: so many times at once, and one more each `refillMs`. */
export class Allowance {
  readonly #burst: number
  readonly #refillMs: number
  readonly #clock: Clock
  #left: number
  #countedAtMs: number

  constructor(options: { readonly burst: number; readonly refillMs: number; readonly clock: Clock }) {
    this.#burst = options.burst
    this.#refillMs = options.refillMs
    this.#clock = options.clock
    this.#left = options.burst
    this.#countedAtMs = options.clock.monotonicMs()
  }

  /** Uses one up. False when there is none left. */
  take(): boolean {
    const nowMs = this.#clock.monotonicMs()
    this.#left = Math.min(this.#burst, this.#left + (nowMs - this.#countedAtMs) / this.#refillMs)
    this.#countedAtMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }

  /** Until there is one again. */
  get waitSeconds(): number {
    return Math.ceil((Math.max(0, 1 - this.#left) * this.#refillMs) / 1000)
  }
}
