import type { Approval } from '../domain/approval.ts'
import type { Clock } from '../support/clock.ts'

/** How often the store is asked what other processes decided: a twentieth of how long there was no news, within these. */
const POLL_MIN_MS = 250
const POLL_MAX_MS = 5_000
const POLL_PART = 20

interface WatchPorts {
  readonly clock: Clock
  /** Which of these approvals are pending no more; undefined: no other process decides. */
  readonly decided: ((ids: readonly string[]) => Promise<readonly Approval[]>) | undefined
}

type Waiter = (approval: Approval) => void

/** Tells waiting calls when their approval is decided, by this process or by another one. One look serves all that wait. */
export class ApprovalWatch {
  readonly #ports: WatchPorts
  readonly #waiting = new Map<string, Set<Waiter>>()
  #cancelLook: (() => void) | undefined
  /** Monotonic. */
  #newsAtMs = 0

  constructor(ports: WatchPorts) {
    this.#ports = ports
  }

  /** Resolves once it is pending no more; never, when the signal aborts first. */
  decided(id: string, signal: AbortSignal): Promise<Approval> {
    const { promise, resolve } = Promise.withResolvers<Approval>()
    if (signal.aborted) return promise
    const leave = (): void => this.#leave(id, waiter)
    const waiter: Waiter = (approval) => {
      signal.removeEventListener('abort', leave)
      resolve(approval)
    }
    this.#hearNews()
    const waiters = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, waiters.add(waiter))
    signal.addEventListener('abort', leave, { once: true })
    this.#lookLater()
    return promise
  }

  /** This process changed it. */
  tell(approval: Approval): void {
    if (approval.state === 'pending') return
    const waiters = this.#waiting.get(approval.id) ?? []
    this.#waiting.delete(approval.id)
    this.#hearNews()
    for (const waiter of waiters) waiter(approval)
    if (this.#waiting.size > 0) this.#lookLater()
  }

  #leave(id: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(id)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiting.delete(id)
    this.#restIfIdle()
  }

  /** What changed a moment ago may change again: from now on it is looked at often. */
  #hearNews(): void {
    this.#newsAtMs = this.#ports.clock.monotonicMs()
    this.#cancelLook?.()
    this.#cancelLook = undefined
  }

  #restIfIdle(): void {
    if (this.#waiting.size > 0) return
    this.#cancelLook?.()
    this.#cancelLook = undefined
  }

  #lookLater(): void {
    const { clock, decided } = this.#ports
    if (decided === undefined) return
    const quietMs = clock.monotonicMs() - this.#newsAtMs
    const delayMs = Math.min(Math.max(quietMs / POLL_PART, POLL_MIN_MS), POLL_MAX_MS)
    this.#cancelLook ??= clock.after(delayMs, () => void this.#look(decided))
  }

  /** A store that can not be read now is asked again: the deadline ends the wait. */
  async #look(decided: NonNullable<WatchPorts['decided']>): Promise<void> {
    this.#cancelLook = undefined
    try {
      for (const approval of await decided([...this.#waiting.keys()])) this.tell(approval)
    } catch {}
    if (this.#waiting.size > 0) this.#lookLater()
  }
}
