import type { Archive, Kept } from '../../support/archive.ts'

const AGE_STEP = 100
const INTERVAL_CALLS_MAX = 400
const LEVEL_GAIN = 0.15
/** Standard deviations of the anchor between it and the running level: a shift. */
const SHIFT_SD = 3
const TAKEN_SD = 3
const REACH_SD = 4
const SAMPLES_MIN = 20
const ANCHOR_CAP = 400
/** What the anchor keeps of its weight when it is set anew. */
const REBASED_SAMPLES = 20
/** A shift that nobody answered becomes the new level after this time. */
const REBASE_MS: number = 7 * 86_400_000
/** The least spread of the anchor, as a share of its mean. */
const SPREAD_FLOOR = 0.01

/** A level that moved away from where it long was. */
export interface Shift {
  readonly from: number
  readonly to: number
  readonly sd: number
}

/**
 * Finds a slow boil: values that climb so slowly that each one is usual after the last. An anchor, which takes a value only every
 * age/100 calls (at most every 400), keeps the old mean and spread; a running level (gain 0.15) follows. More than three of the
 * anchor's standard deviations between them: the level moved, and somebody should say whether it may. Approval sets the anchor to the
 * level, a no leaves it, and what nobody answered for seven days becomes the level. The idea is that of two moving averages in change
 * detection (E. Page, "Continuous inspection schemes", Biometrika 1954), with a fast and a nearly still one.
 */
export class SlowBoilAnchor implements Kept {
  #samples = 0
  #mean = 0
  #squares = 0
  #level = 0
  #age = 0
  #sinceTaken = 0
  #announcedAt: number | undefined

  /**
   * The shift that a call with this value would make or keep up; undefined when there is none, when the value leads back, or when
   * nobody answered for so long that the level is to be taken as it is.
   */
  shift(value: number, at: number): Shift | undefined {
    return this.isOverdue(at) ? undefined : this.#shift(value)
  }

  #shift(value: number): Shift | undefined {
    const to = this.#next(value)
    if (!this.#isApart(to)) return undefined
    const leadsBack = (value - this.#mean) * Math.sign(to - this.#mean) <= this.#sd
    return leadsBack ? undefined : { from: this.#mean, to, sd: this.#sd }
  }

  /** Whether a shift that was shown has waited for an answer for seven days. */
  isOverdue(at: number): boolean {
    return this.#announcedAt !== undefined && at - this.#announcedAt >= REBASE_MS
  }

  /** A call with this value was let through or refused, and nobody said what a shift that it shows means. */
  unanswered(value: number, at: number): void {
    if (this.#shift(value) !== undefined) this.#announcedAt ??= at
  }

  /** Somebody said no to a call: the anchor stays, and a shift waits for its answer from anew. */
  denied(): void {
    this.#announcedAt = undefined
  }

  learn(value: number): void {
    this.#age += 1
    this.#sinceTaken += 1
    this.#level = this.#age === 1 ? value : this.#next(value)
    if (this.#isBack(this.#level)) this.#announcedAt = undefined
    if (this.#sinceTaken < Math.min(INTERVAL_CALLS_MAX, this.#age / AGE_STEP)) return
    this.#sinceTaken = 0
    this.#take(value)
  }

  exchange(archive: Archive): void {
    this.#samples = archive.number(this.#samples)
    this.#mean = archive.number(this.#mean)
    this.#squares = archive.number(this.#squares)
    this.#level = archive.number(this.#level)
    this.#age = archive.number(this.#age)
    this.#sinceTaken = archive.number(this.#sinceTaken)
    this.#announcedAt = archive.optional(this.#announcedAt, (at = 0) => archive.number(at))
  }

  /** The level is right where it is now: somebody approved it, or nobody answered for seven days. */
  rebase(): void {
    const kept = Math.min(1, REBASED_SAMPLES / Math.max(1, this.#samples))
    this.#samples *= kept
    this.#squares *= kept
    this.#mean = this.#level
    this.#announcedAt = undefined
  }

  #isApart(level: number): boolean {
    return this.#samples >= SAMPLES_MIN && Math.abs(level - this.#mean) > SHIFT_SD * this.#sd
  }

  /** Half way back is back. Calls that are refused for a shift do not move the level, so it stays just short of one. */
  #isBack(level: number): boolean {
    return Math.abs(level - this.#mean) < (SHIFT_SD / 2) * this.#sd
  }

  /** Far values are taken as less far, or a boil would stretch the spread that it is measured by. */
  #take(value: number): void {
    const reach = this.#samples < SAMPLES_MIN ? Number.POSITIVE_INFINITY : TAKEN_SD * this.#sd
    const taken = Math.max(this.#mean - reach, Math.min(this.#mean + reach, value))
    if (this.#samples >= ANCHOR_CAP) {
      const kept = 1 - 1 / ANCHOR_CAP
      this.#samples *= kept
      this.#squares *= kept
    }
    this.#samples += 1
    const before = this.#mean
    this.#mean += (taken - before) / this.#samples
    this.#squares += (taken - before) * (taken - this.#mean)
  }

  /** The level with one value more. A far value must not move it by itself: that is an outlier, and is judged as one. */
  #next(value: number): number {
    const reach = this.#samples < SAMPLES_MIN ? Number.POSITIVE_INFINITY : REACH_SD * this.#sd
    const change = Math.max(-reach, Math.min(reach, value - this.#level))
    return this.#level + LEVEL_GAIN * change
  }

  get #sd(): number {
    return Math.max(
      Math.sqrt(this.#squares / Math.max(1, this.#samples - 1)),
      SPREAD_FLOOR * Math.abs(this.#mean),
      1e-12,
    )
  }
}
