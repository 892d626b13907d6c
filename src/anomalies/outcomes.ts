import type { Archive, Kept } from '../support/archive.ts'
import { DAY_MS, FAILURES_MIN, FIXED, OUTCOMES_KNOWN_MIN } from './limits.ts'
import { type Cell, Recent } from './recent.ts'
import { strangeShare } from './share.ts'
import { StrangeStretch } from './strange-stretch.ts'

const CELL_MS = 60_000
/** Outcomes that the share of failures is learned from; older ones fade. */
const EARLIER_MAX = 4_000

/** More calls failed, or were refused, than should. */
export interface FailureFacts {
  readonly type: 'high_failure_rate'
  /** Of the last 24 hours. */
  readonly badCount: number
  readonly totalCount: number
  /** Of earlier outcomes, 0 to 1; undefined while fixed limits hold. */
  readonly usualShare: number | undefined
  /** So bad a day comes once in so many. */
  readonly oneIn: number | undefined
}

/** What share of an agent's calls fail or are refused in a day, against the share of the days before. */
export class Outcomes implements Kept {
  readonly #day = new Recent(DAY_MS, CELL_MS)
  readonly #stretch = new StrangeStretch()
  #earlier = 0
  #earlierBad = 0

  /** Counts how a call ended; answers when too many end badly. */
  take(at: number, isWarm: boolean, bad: 0 | 1): FailureFacts | undefined {
    this.#day.slide(at, this.#learn)
    this.#day.add(at, bad)
    const facts = isWarm && this.#earlier >= OUTCOMES_KNOWN_MIN ? this.#against(bad) : this.#overLimit()
    if (facts !== undefined) this.#sawStrange(at)
    return facts
  }

  /** The clock was set back. */
  restart(): void {
    this.#day.slide(Number.POSITIVE_INFINITY, this.#learn)
  }

  exchange(archive: Archive): void {
    this.#day.exchange(archive)
    this.#stretch.exchange(archive)
    this.#earlier = archive.number(this.#earlier)
    this.#earlierBad = archive.number(this.#earlierBad)
  }

  #sawStrange(at: number): void {
    const seen = this.#stretch.seen(at)
    if (seen === 'news') this.#day.mark()
    if (seen === 'turns-usual') this.#fade(OUTCOMES_KNOWN_MIN)
  }

  readonly #learn = ({ tries, hits, isStrange }: Cell): void => {
    if (isStrange) return
    this.#earlier += tries
    this.#earlierBad += hits
    this.#fade(EARLIER_MAX)
  }

  /** Earlier outcomes weigh as much as so many at most. */
  #fade(max: number): void {
    const kept = Math.min(1, max / this.#earlier)
    this.#earlier *= kept
    this.#earlierBad *= kept
  }

  /** Only one more failure makes it worse than it was. */
  #against(bad: 0 | 1): FailureFacts | undefined {
    const { hits, tries } = this.#day
    if (bad === 0 || hits < FAILURES_MIN || tries < FIXED.outcomesMin) return undefined
    const strange = strangeShare({ hits, tries }, { hits: this.#earlierBad, tries: this.#earlier })
    return strange && { ...this.#facts, usualShare: this.#earlierBad / this.#earlier, ...strange }
  }

  #overLimit(): FailureFacts | undefined {
    const { hits, tries } = this.#day
    if (tries < FIXED.outcomesMin || hits / tries <= FIXED.failedShare) return undefined
    return { ...this.#facts, usualShare: undefined, oneIn: undefined }
  }

  get #facts(): Pick<FailureFacts, 'type' | 'badCount' | 'totalCount'> {
    return { type: 'high_failure_rate', badCount: this.#day.hits, totalCount: this.#day.tries }
  }
}
