const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** How often a model may be asked, in any minute and in any 24 hours. */
export interface LlmBudget {
  readonly perMinute: number
  readonly perDay: number
}

/** Counts what is asked over sliding windows, exactly. Bounded by the larger of the two limits. */
export class SpentBudget {
  readonly #limits: LlmBudget
  /** When the latest were asked, oldest first, by a clock that nobody sets. */
  readonly #askedAtMs: number[] = []

  constructor(limits: LlmBudget) {
    this.#limits = limits
  }

  /** Takes one out of the budget; or says which part of it is used up, and takes nothing. */
  take(nowMs: number): 'taken' | 'minute' | 'day' {
    const { perMinute, perDay } = this.#limits
    if (this.#isFull(perMinute, nowMs - MINUTE_MS)) return 'minute'
    if (this.#isFull(perDay, nowMs - DAY_MS)) return 'day'
    this.#askedAtMs.push(nowMs)
    if (this.#askedAtMs.length > Math.max(perMinute, perDay)) this.#askedAtMs.shift()
    return 'taken'
  }

  /** Puts back what was taken last: nobody was asked. */
  giveBack(): void {
    this.#askedAtMs.pop()
  }

  /** A window is full when the last but `limit` of what was asked lies in it. */
  #isFull(limit: number, sinceMs: number): boolean {
    if (limit === 0) return true
    const earliest = this.#askedAtMs.at(-limit)
    return earliest !== undefined && earliest > sinceMs
  }
}
