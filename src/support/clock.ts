import type { EpochMs } from '../domain/units.ts'

/** Time as the guard reads it; replaced in tests and in replay. */
export interface Clock {
  now(): EpochMs
  /** For durations: never jumps. */
  monotonicMs(): number
  /** Runs `task` once after `delayMs` (any length). Returns a way to call it off. */
  after(delayMs: number, task: () => void, options?: WaitOptions): () => void
}

export interface WaitOptions {
  /** Whether the process stays alive for it. Default true. */
  readonly holdsProcess?: boolean
}

/** Node's timers fire at once for a longer delay. */
const TIMER_MAX_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now() as EpochMs,
  monotonicMs: () => performance.now(),
  after(delayMs, task, { holdsProcess = true } = {}) {
    let timer: NodeJS.Timeout
    const wait = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, TIMER_MAX_MS)
      timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : task()), stepMs)
      if (!holdsProcess) timer.unref()
    }
    wait(Math.max(0, delayMs))
    return () => clearTimeout(timer)
  },
}
