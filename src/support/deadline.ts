import type { EpochMs } from '../domain/units.ts'
import type { Clock } from './clock.ts'

export type Timely<Value> =
  | { readonly status: 'done'; readonly value: Value }
  | { readonly status: 'expired' }
  /** The caller gave up. */
  | { readonly status: 'aborted' }

export interface Bounds {
  readonly clock: Clock
  readonly deadline: EpochMs
  readonly signal: AbortSignal | undefined
}

/**
 * Waits for `work` until the deadline or until `signal` aborts; the signal given to `work` aborts in every case. What comes too late
 * is dropped, its error included. The clock is read again when `work` is done: a blocked process must not let a late answer in.
 * @throws whatever `work` throws in time.
 */
export async function inTime<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  bounds: Bounds,
): Promise<Timely<Value>> {
  const { clock, deadline, signal } = bounds
  if (signal?.aborted) return { status: 'aborted' }
  const ending = new AbortController()
  const { promise: ended, resolve: end } = Promise.withResolvers<Timely<Value>>()
  const cancelTimer = clock.after(deadline - clock.now(), () => end({ status: 'expired' }))
  const abort = (): void => end({ status: 'aborted' })
  signal?.addEventListener('abort', abort, { once: true })

  try {
    const answered = Promise.resolve(work(ending.signal)).then(
      (value): Timely<Value> => (clock.now() >= deadline ? { status: 'expired' } : { status: 'done', value }),
    )
    answered.catch(() => undefined)
    return await Promise.race([ended, answered])
  } finally {
    cancelTimer()
    signal?.removeEventListener('abort', abort)
    ending.abort()
  }
}
