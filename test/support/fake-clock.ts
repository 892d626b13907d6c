import type { EpochMs } from '../../src/domain/units.ts'
import type { Clock, WaitOptions } from '../../src/support/clock.ts'

interface Timer {
  readonly at: number
  readonly task: () => void
  readonly holdsProcess: boolean
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #nowMs: number
  #monotonicMs = 0
  readonly #timers = new Set<Timer>()

  constructor(start = '2026-01-05T09:00:00.000Z') {
    this.#nowMs = Date.parse(start)
  }

  now(): EpochMs {
    return this.#nowMs as EpochMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  after(delayMs: number, task: () => void, { holdsProcess = true }: WaitOptions = {}): () => void {
    const timer: Timer = { at: this.#nowMs + Math.max(0, delayMs), task, holdsProcess }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Goes on, running what is due in order, and lets what that started settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms
    for (;;) {
      await settle()
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#move(due.at)
      due.task()
    }
    this.#move(end)
    await settle()
  }

  /** The wall clock is set; the monotonic one does not care. */
  setWall(time: string): void {
    this.#nowMs = Date.parse(time)
  }

  /** Timers that would keep a process alive. */
  get timers(): number {
    return [...this.#timers].filter(({ holdsProcess }) => holdsProcess).length
  }

  #move(to: number): void {
    if (to <= this.#nowMs) return
    this.#monotonicMs += to - this.#nowMs
    this.#nowMs = to
  }
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
