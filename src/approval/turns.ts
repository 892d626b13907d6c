/** One at a time, in the order they came. */
export class Turns {
  readonly #waitingMax: number
  readonly #waiting = new Set<() => void>()
  #taken = false

  constructor(options: { readonly waitingMax: number }) {
    this.#waitingMax = options.waitingMax
  }

  /**
   * Resolves with `mine` when it is the caller's turn, who then must call `next`; with `full` at once when too many wait; with
   * `aborted` when the signal aborts first.
   */
  take(signal: AbortSignal): Promise<'mine' | 'full' | 'aborted'> {
    if (signal.aborted) return Promise.resolve('aborted')
    if (!this.#taken) {
      this.#taken = true
      return Promise.resolve('mine')
    }
    if (this.#waiting.size >= this.#waitingMax) return Promise.resolve('full')
    return this.#wait(signal)
  }

  next(): void {
    const [first] = this.#waiting
    if (first === undefined) this.#taken = false
    else first()
  }

  #wait(signal: AbortSignal): Promise<'mine' | 'aborted'> {
    const { promise, resolve } = Promise.withResolvers<'mine' | 'aborted'>()
    const leave = (): void => {
      this.#waiting.delete(start)
      resolve('aborted')
    }
    const start = (): void => {
      this.#waiting.delete(start)
      signal.removeEventListener('abort', leave)
      resolve('mine')
    }
    this.#waiting.add(start)
    signal.addEventListener('abort', leave, { once: true })
    return promise
  }
}
