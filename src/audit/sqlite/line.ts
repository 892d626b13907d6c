/** Work done one after the other, in the order it was handed in. */
export class Line {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Pieces of work not done yet. */
  get waiting(): number {
    return this.#waiting
  }

  add<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting++
    const result = this.#last.then(work).finally(() => this.#waiting--)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when all that was handed in is done. */
  async empty(): Promise<void> {
    await this.#last
  }
}
