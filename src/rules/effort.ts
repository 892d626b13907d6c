import type { PlainObject } from '../domain/plain.ts'
import { EFFORT_STEPS_MAX, STEPS_PER_ELEMENT } from './limits.ts'

/** Makes something of a text; the same for the same text. */
export type ReadText<Reading> = (text: string) => Reading

/**
 * What judging one call may still cost, and what has been found out about its arguments so far. One call has one, shared by all its
 * conditions, so that a hundred rules on one address read the address once.
 */
export class Effort {
  #stepsLeft: number
  readonly #readings = new Map<unknown, Map<string, unknown>>()
  readonly #keyCounts = new Map<PlainObject, number>()

  constructor(stepsMax: number = EFFORT_STEPS_MAX) {
    this.#stepsLeft = stepsMax
  }

  /** Takes `steps` when there are as many left. False: nothing was taken, and the work must not be done. */
  spend(steps: number): boolean {
    if (steps > this.#stepsLeft) return false
    this.#stepsLeft -= steps
    return true
  }

  /** What `read` makes of a text, worked out once a call. Undefined: there is no effort left for it. */
  reading<Reading>(read: ReadText<Reading>, text: string, steps: number): Reading | undefined {
    let known = this.#readings.get(read) as Map<string, Reading> | undefined
    if (known === undefined) {
      known = new Map()
      this.#readings.set(read, known)
    }
    const before = known.get(text)
    if (before !== undefined) return this.spend(STEPS_PER_ELEMENT) ? before : undefined
    if (!this.spend(steps)) return undefined
    const reading = read(text)
    known.set(text, reading)
    return reading
  }

  /** How many keys an object has, counted once a call: counting takes time in proportion. */
  keyCount(object: PlainObject): number {
    const known = this.#keyCounts.get(object)
    if (known !== undefined) return known
    const count = Object.keys(object).length
    this.#keyCounts.set(object, count)
    return count
  }
}
