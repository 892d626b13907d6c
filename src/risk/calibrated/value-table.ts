import { hash } from 'node:crypto'
import type { Archive, Kept } from '../../support/archive.ts'

/** Up to here each count has its own class; beyond, classes grow by a factor of the square root of 2. */
const EXACT_COUNT_MAX = 8
const CLASSES = 96
/** Of all calls, what an accepted value counts as. */
const ACCEPTED_SHARE = 0.05
/** Longer values are remembered by their digest. */
const KEY_CHARS_MAX = 64

/**
 * How surprising one of a set of values is: text, an enum, an id, a mail domain, a tool's name.
 * - a new value: the chance of a new one, `p = (n1 + 1/2) / (n + 1)` with n1 the values seen once
 *   (I. J. Good, "The population frequencies of species and the estimation of population parameters", 1953; his and Turing's estimate).
 *   In free text nearly everything was seen once, so new text is no news; in a closed list one new value is.
 * - a known value: the share of all calls that had a value no more frequent, counts beyond eight in classes
 */
export class ValueTable implements Kept {
  /** In the order of last use, as far as that matters; undefined while empty, since most tables stay so. */
  #counts: Map<string, number> | undefined
  readonly #capacity: number
  /** Calls by how often their value was seen so far. */
  readonly #mass: number[] = []
  #samples = 0

  /** @param capacity values that are remembered; beyond, the one seen longest ago is new again. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Learned values, less the forgotten ones. */
  get samples(): number {
    return this.#samples
  }

  get distinct(): number {
    return this.#counts?.size ?? 0
  }

  has(value: string): boolean {
    return this.#counts?.has(keyOf(value)) ?? false
  }

  /** Estimated chance that the next value is new: the share of calls with a value that was seen once. */
  get newShare(): number {
    return ((this.#mass[1] ?? 0) + 0.5) / (this.#samples + 1)
  }

  /** Surprise of any new value. */
  get newSurprise(): number {
    return -Math.log(this.newShare)
  }

  surprise(value: string): number {
    const count = this.#counts?.get(keyOf(value))
    if (count === undefined) return this.newSurprise
    const own = classOf(count)
    // From the top, since what is looked up most often is frequent. Whole numbers: in any order the sum is the same.
    let rarer = this.#samples
    for (let each = this.#mass.length - 1; each > own; each--) rarer -= this.#mass[each] ?? 0
    return rarer === this.#samples ? 0 : Math.max(0, -Math.log(rarer / this.#samples))
  }

  learn(value: string, times = 1): void {
    const key = keyOf(value)
    const counts = this.#made()
    const count = counts.get(key) ?? 0
    if (count === 0 && counts.size >= this.#capacity) this.#forgetOldest(counts)
    this.#move(count, count + times)
    // While there is plenty of room nothing is forgotten soon, and the order of use can wait.
    if (counts.size > this.#capacity / 2) counts.delete(key)
    counts.set(key, count + times)
    this.#samples += times
  }

  /** Somebody said that this value is usual: from now on it counts as if one in twenty calls had had it. */
  accept(value: string): void {
    const count = this.#counts?.get(keyOf(value)) ?? 0
    this.learn(value, Math.max(1, Math.ceil((ACCEPTED_SHARE * this.#samples - count) / (1 - ACCEPTED_SHARE))))
  }

  /** The most frequent values, most frequent first. Looks through the whole table: for messages only. */
  top(size: number): readonly { readonly value: string; readonly count: number }[] {
    return [...(this.#counts ?? [])]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, size)
  }

  /** Masses and samples follow from the counts. */
  exchange(archive: Archive): void {
    const counts = this.#made()
    archive.entries(counts, (count = 0) => archive.number(count))
    this.#counts = counts.size === 0 ? undefined : counts
    this.#mass.length = 0
    this.#samples = 0
    for (const count of counts.values()) {
      this.#move(0, count)
      this.#samples += count
    }
  }

  #made(): Map<string, number> {
    this.#counts ??= new Map()
    return this.#counts
  }

  #forgetOldest(counts: Map<string, number>): void {
    const oldest = counts.entries().next()
    if (oldest.done) return
    const [key, count] = oldest.value
    counts.delete(key)
    this.#move(count, 0)
    this.#samples -= count
  }

  #move(from: number, to: number): void {
    const mass = this.#mass
    if (from > 0) {
      const left = classOf(from)
      mass[left] = (mass[left] ?? 0) - from
    }
    const reached = classOf(to)
    // Filled from the front, so that the array stays short and without holes.
    while (mass.length <= reached) mass.push(0)
    if (to > 0) mass[reached] = (mass[reached] ?? 0) + to
  }
}

const computedClass = (count: number): number =>
  count <= EXACT_COUNT_MAX
    ? count
    : Math.min(CLASSES - 1, EXACT_COUNT_MAX + Math.ceil(2 * Math.log2(count / EXACT_COUNT_MAX)))

const KNOWN_CLASSES: Uint8Array = Uint8Array.from({ length: 4_096 }, (_, count) => computedClass(count))

const classOf = (count: number): number => KNOWN_CLASSES[count] ?? computedClass(count)

/** What a table remembers a value by; the key of a key is the key. */
export const keyOf = (value: string): string =>
  value.length > KEY_CHARS_MAX ? `…${hash('sha256', value, 'base64')}` : value
