import { Peaks } from '../statistics/peaks.ts'
import type { Archive, Kept } from '../support/archive.ts'
import { BUSY, BUSY_CALLS_MIN, BUSY_HOURS_KNOWN_MIN, BUSY_MARGIN, FIXED, HOUR_MS } from './limits.ts'
import { Recent } from './recent.ts'
import { StrangeStretch } from './strange-stretch.ts'

const CELL_MS = 1_000

/** More calls in an hour than there should be. */
export interface RateFacts {
  readonly type: 'rate_spike'
  /** Calls in the last hour, this one included. */
  readonly count: number
  /** The busiest hour before; undefined while fixed limits hold. */
  readonly highest: number | undefined
  /** So many calls are made in one of so many busy hours. */
  readonly oneIn: number | undefined
}

const nothing = (): void => undefined

/**
 * How many calls an agent makes in an hour, ranked among the peaks of its earlier hours, as the scorer ranks a tool's. Its history has
 * no part of the hour that is judged.
 */
export class Pace implements Kept {
  readonly #hour = new Recent(HOUR_MS, CELL_MS)
  readonly #peaks = new Peaks()
  readonly #spike = new StrangeStretch()
  #stretchFrom: number | undefined
  #peak = 0
  /** A stretch with a spike in it is not learned, nor the way up to the spike: the next one would need to be only a little higher. */
  #isStrange = false

  /** Counts a call; answers when there are too many. */
  take(at: number, isWarm: boolean): RateFacts | undefined {
    this.#hour.slide(at, nothing)
    this.#hour.add(at, 0)
    this.#beginStretch(at)
    const count = this.#hour.tries
    const isKnown = isWarm && this.#peaks.stretches >= BUSY_HOURS_KNOWN_MIN
    const facts = isKnown ? this.#against(count) : overLimit(count)
    if (facts !== undefined && this.#spike.seen(at) === 'news') this.#isStrange = true
    this.#peak = Math.max(this.#peak, count)
    return facts
  }

  /** The clock was set back: what was counted says nothing of the hour that begins. */
  restart(): void {
    this.#hour.slide(Number.POSITIVE_INFINITY, nothing)
    this.#stretchFrom = undefined
  }

  exchange(archive: Archive): void {
    this.#hour.exchange(archive)
    this.#peaks.exchange(archive)
    this.#spike.exchange(archive)
    this.#stretchFrom = archive.optional(this.#stretchFrom, (at = 0) => archive.number(at))
    this.#peak = archive.number(this.#peak)
    this.#isStrange = archive.number(Number(this.#isStrange)) === 1
  }

  #beginStretch(at: number): void {
    if (this.#stretchFrom !== undefined && at - this.#stretchFrom < HOUR_MS) return
    if (this.#stretchFrom !== undefined && !this.#isStrange) this.#peaks.learn(this.#peak)
    this.#stretchFrom = at
    this.#peak = 0
    this.#isStrange = false
  }

  #against(count: number): RateFacts | undefined {
    if (count < BUSY_CALLS_MIN || this.#peaks.surprise(count / BUSY_MARGIN) < BUSY) return undefined
    const { highest } = this.#peaks
    return { type: 'rate_spike', count, highest, oneIn: Math.exp(this.#peaks.surprise(count)) }
  }
}

const overLimit = (count: number): RateFacts | undefined =>
  count > FIXED.callsPerHour ? { type: 'rate_spike', count, highest: undefined, oneIn: undefined } : undefined
