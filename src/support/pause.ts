import type { Clock } from './clock.ts'

/** Waits, or until the signal aborts; then the timer and the listener are gone. */
export async function pause(
  delayMs: number,
  bounds: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, signal } = bounds
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const callOff = clock.after(delayMs, resolve)
  const end = (): void => resolve()
  signal.addEventListener('abort', end, { once: true })
  try {
    await promise
  } finally {
    callOff()
    signal.removeEventListener('abort', end)
  }
}
