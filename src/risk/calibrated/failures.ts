import { surpriseOfHits } from '../../statistics/beta-binomial.ts'
import type { Archive, Kept } from '../../support/archive.ts'

/** Outcomes that "of late" is. */
const WINDOW = 20
/** Fewer earlier outcomes than this say nothing about what is usual. */
const EARLIER_MIN = 20
const EARLIER_CAP = 4_000
/** Fewer failures than this are no stretch of failures. */
const FAILURES_MIN = 3

/** Whether a tool fails more than it used to: of its last 20 outcomes so many failed, of those before them so many. */
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
    return surpriseOfHits({ hits: failed, tries: WINDOW }, { hits: this.#earlierFailed, tries: this.#earlier })
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
