import type { Archive, Kept } from '../../support/archive.ts'

const ACCEPTED_MAX = 16
/** How far from an accepted number another one still counts as accepted, as a share of it. */
const REACH = 0.1

/** Numbers that somebody said are usual from now on: they and what lies within 10 % of them are no news. At most 16, the latest. */
export class AcceptedNumbers implements Kept {
  readonly #values: number[] = []

  has(value: number): boolean {
    return this.#values.some((accepted) => Math.abs(value - accepted) <= REACH * Math.abs(accepted))
  }

  add(value: number): void {
    if (this.has(value)) return
    this.#values.push(value)
    if (this.#values.length > ACCEPTED_MAX) this.#values.shift()
  }

  exchange(archive: Archive): void {
    archive.numbers(this.#values)
  }
}
