import type { ApprovalRequest } from '../domain/approval.ts'

type Urgency = Pick<ApprovalRequest, 'risk' | 'requestedAt'>

interface Waiter extends Urgency {
  start(): void
}

/** One at a time. Of those that wait the highest risk comes first, then the oldest request. */
export class Turns {
  readonly #waitingMax: number
  readonly #waiting = new Set<Waiter>()
  #taken = false

  constructor(options: { readonly waitingMax: number }) {
    this.#waitingMax = options.waitingMax
  }

  /**
   * Resolves with `mine` when it is the caller's turn, who then must call `next`; with `full` at once when too many wait; with
   * `aborted` when the signal aborts first.
   */
  take(urgency: Urgency, signal: AbortSignal): Promise<'mine' | 'full' | 'aborted'> {
    if (signal.aborted) return Promise.resolve('aborted')
    if (!this.#taken) {
      this.#taken = true
      return Promise.resolve('mine')
    }
    if (this.#waiting.size >= this.#waitingMax) return Promise.resolve('full')
    return this.#wait(urgency, signal)
  }

  next(): void {
    // Stable, so of equals the one that came first is first. At most `waitingMax` wait.
    const [first] = [...this.#waiting].sort((a, b) => b.risk - a.risk || a.requestedAt - b.requestedAt)
    if (first === undefined) this.#taken = false
    else first.start()
  }

  #wait({ risk, requestedAt }: Urgency, signal: AbortSignal): Promise<'mine' | 'aborted'> {
    const { promise, resolve } = Promise.withResolvers<'mine' | 'aborted'>()
    const leave = (): void => {
      this.#waiting.delete(waiter)
      resolve('aborted')
    }
    const start = (): void => {
      this.#waiting.delete(waiter)
      signal.removeEventListener('abort', leave)
      resolve('mine')
    }
    const waiter: Waiter = { risk, requestedAt, start }
    this.#waiting.add(waiter)
    signal.addEventListener('abort', leave, { once: true })
    return promise
  }
}
