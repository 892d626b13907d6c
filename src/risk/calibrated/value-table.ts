import { hash } from 'node:crypto'

/** Up to here each count has its own class; beyond, classes grow by a factor of the square root of 2. */
const EXACT_COUNT_MAX = 8
const CLASSES = 96
/** Longer values are remembered by their digest. */
const KEY_CHARS_MAX = 64

/**
 * How surprising one of a set of values is: text, an enum, an id, a mail domain, a tool's name.
 * - a new value: the chance of a new one, `p = (n1 + 1/2) / (n + 1)` with n1 the values seen once
 *   (I. J. Good, "The population frequencies of species and the estimation of population parameters", 1953; his and Turing's estimate).
 *   In free text nearly everything was seen once, so new text is no news; in a closed list one new value is.
 * - a known value: the share of all calls that had a value no more frequent, counts beyond eight in classes
 */
export class ValueTable {
  /** In the order of last use. */
  readonly #counts = new Map<string, number>()
  readonly #capacity: number
  /** Calls by how often their value was seen so far. */
  readonly #mass: number[] = [0, 0]
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
    return this.#counts.size
  }

  has(value: string): boolean {
    return this.#counts.get(keyOf(value)) !== undefined
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
    const count = this.#counts.get(keyOf(value))
    if (count === undefined) return this.newSurprise
    const own = classOf(count)
    let rarer = 0
    for (let each = 1; each <= own; each++) rarer += this.#mass[each] ?? 0
    return Math.max(0, -Math.log(rarer / this.#samples))
  }

  learn(value: string): void {
    const key = keyOf(value)
    const count = this.#counts.get(key) ?? 0
    if (count === 0 && this.#counts.size >= this.#capacity) this.#forgetOldest()
    this.#move(count, count + 1)
    this.#counts.delete(key)
    this.#counts.set(key, count + 1)
    this.#samples += 1
  }

  /** The most frequent values, most frequent first. Looks through the whole table: for messages only. */
  top(size: number): readonly { readonly value: string; readonly count: number }[] {
    return [...this.#counts.entries()]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, size)
  }

  #forgetOldest(): void {
    const oldest = this.#counts.entries().next()
    if (oldest.done) return
    const [key, count] = oldest.value
    this.#counts.delete(key)
    this.#move(count, 0)
    this.#samples -= count
  }

  #move(from: number, to: number): void {
    if (from > 0) this.#mass[classOf(from)] = (this.#mass[classOf(from)] ?? 0) - from
    // Filled from the front, so that the array stays short and without holes.
    while (this.#mass.length <= classOf(to)) this.#mass.push(0)
    if (to > 0) this.#mass[classOf(to)] = (this.#mass[classOf(to)] ?? 0) + to
  }
}

const classOf = (count: number): number =>
  count <= EXACT_COUNT_MAX
    ? count
    : Math.min(CLASSES - 1, EXACT_COUNT_MAX + Math.ceil(2 * Math.log2(count / EXACT_COUNT_MAX)))

const keyOf = (value: string): string => (value.length > KEY_CHARS_MAX ? `…${hash('sha256', value, 'base64')}` : value)
