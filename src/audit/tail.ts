import type { AuditEvent } from '../domain/audit-event.ts'
import type { Clock } from '../support/clock.ts'

/** Events held for one reader at a time; the rest stays in the store. */
export const TAIL_PAGE_EVENTS = 500

/** Tells the readers in this process that something was stored. Counts, so that a ring between a look and a wait is not missed. */
export class Bell {
  #rings = 0
  #silenced = false
  /** At most one for each reader that waits. */
  readonly #listeners = new Set<() => void>()

  get rings(): number {
    return this.#rings
  }

  get silenced(): boolean {
    return this.#silenced
  }

  ring(): void {
    this.#rings++
    for (const listener of [...this.#listeners]) listener()
  }

  /** Nothing will be stored any more. */
  silence(): void {
    this.#silenced = true
    this.ring()
  }

  /** Returns a way to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export interface TailSource {
  /** The next events after this sequence number, oldest first, at most `TAIL_PAGE_EVENTS`. */
  readonly read: (after: number) => Promise<readonly AuditEvent[]>
  /** Where to begin. */
  readonly start: Promise<number>
  readonly bell: Bell
  /** How to look for what other processes stored; undefined when there are none. */
  readonly poll: { readonly clock: Clock; readonly everyMs: number } | undefined
  readonly signal: AbortSignal | undefined
}

/** One reader following a store until it returns, its signal aborts, or the store closes. Holds one page at a time. */
export function follow(source: TailSource): AsyncIterableIterator<AuditEvent> {
  // A reader that is made and never read must not become an unhandled rejection.
  source.start.catch(() => undefined)
  const stop = new AbortController()
  const signal = source.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, source.signal])
  const events = pages(source, signal)
  return {
    next: () => events.next(),
    return() {
      // A generator that waits would only see its return() after the wait.
      stop.abort()
      return events.return(undefined)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* pages(source: TailSource, signal: AbortSignal): AsyncGenerator<AuditEvent, undefined> {
  const ended = (): boolean => signal.aborted || source.bell.silenced
  let after = await source.start
  while (!ended()) {
    const heard = source.bell.rings
    const page = await source.read(after).catch((error: unknown) => {
      if (ended()) return []
      throw error
    })
    for (const event of page) {
      if (signal.aborted) return
      yield event
      after = event.seq
    }
    if (page.length === 0) await news(source, { heard, signal })
  }
}

interface Waiting {
  readonly heard: number
  readonly signal: AbortSignal
}

/** Resolves when the bell rang since `heard`, the time to poll has come, or the signal aborts. */
function news({ bell, poll }: TailSource, { heard, signal }: Waiting): Promise<void> {
  if (bell.rings !== heard || signal.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = (): void => resolve()
  const cancelPoll = poll?.clock.after(poll.everyMs, stop)
  const stopListening = bell.listen(stop)
  signal.addEventListener('abort', stop)
  return promise.finally(() => {
    cancelPoll?.()
    stopListening()
    signal.removeEventListener('abort', stop)
  })
}
