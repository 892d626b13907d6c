import type { Archive, Kept } from '../support/archive.ts'

/** What was counted in one cell of time. */
export interface Cell {
  readonly at: number
  readonly tries: number
  readonly hits: number
  /** Whether it is strange, so that it is not to be learned as usual. */
  readonly isStrange: boolean
}

/** Cells given up are taken out of memory so many at a time. */
const COMPACT_AT = 512

/**
 * Counts over the latest so and so much of time, exact to the width of a cell, and with no more cells than fit into it. Time only goes
 * forward.
 */
export class Recent implements Kept {
  readonly #spanMs: number
  readonly #cellMs: number
  readonly #numbers: number[] = []
  readonly #tries: number[] = []
  readonly #hits: number[] = []
  readonly #strange: number[] = []
  #first = 0
  #allTries = 0
  #allHits = 0

  constructor(spanMs: number, cellMs: number) {
    this.#spanMs = spanMs
    this.#cellMs = cellMs
  }

  get tries(): number {
    return this.#allTries
  }

  get hits(): number {
    return this.#allHits
  }

  add(at: number, hits: 0 | 1): void {
    const number = Math.floor(at / this.#cellMs)
    const last = this.#numbers.length - 1
    if (last >= this.#first && this.#numbers[last] === number) {
      this.#tries[last] = (this.#tries[last] ?? 0) + 1
      this.#hits[last] = (this.#hits[last] ?? 0) + hits
    } else {
      this.#numbers.push(number)
      this.#tries.push(1)
      this.#hits.push(hits)
      this.#strange.push(0)
    }
    this.#allTries += 1
    this.#allHits += hits
  }

  /** The newest cell is strange. */
  mark(): void {
    this.#strange[this.#strange.length - 1] = 1
  }

  /** Gives up what lies `spanMs` or longer before `at`, oldest first. */
  slide(at: number, givenUp: (cell: Cell) => void): void {
    const until = Math.floor((at - this.#spanMs) / this.#cellMs)
    for (; this.#first < this.#numbers.length && (this.#numbers[this.#first] ?? 0) <= until; this.#first++) {
      const tries = this.#tries[this.#first] ?? 0
      const hits = this.#hits[this.#first] ?? 0
      this.#allTries -= tries
      this.#allHits -= hits
      const cellAt = (this.#numbers[this.#first] ?? 0) * this.#cellMs
      givenUp({ at: cellAt, tries, hits, isStrange: this.#strange[this.#first] === 1 })
    }
    if (this.#first >= COMPACT_AT) this.#compact()
  }

  exchange(archive: Archive): void {
    this.#compact()
    for (const list of [this.#numbers, this.#tries, this.#hits, this.#strange]) archive.numbers(list)
    this.#allTries = sum(this.#tries)
    this.#allHits = sum(this.#hits)
  }

  #compact(): void {
    for (const list of [this.#numbers, this.#tries, this.#hits, this.#strange]) list.splice(0, this.#first)
    this.#first = 0
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
