import type { EpochMs } from '../../src/domain/units.ts'
import type { Clock } from '../../src/support/clock.ts'

interface Timer {
  readonly at: number
  readonly task: () => void
}

/** A clock that moves when it is told to. Its timers follow the monotonic time, as real ones do. */
export class FakeClock implements Clock {
  #wall = Date.UTC(2026, 0, 5, 9)
  #monotonic = 0
  #timers: Timer[] = []

  now(): EpochMs {
    return this.#wall as EpochMs
  }

  monotonicMs(): number {
    return this.#monotonic
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, delayMs), task }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  /** Timers that are set and have not fired. */
  get timers(): number {
    return this.#timers.length
  }

  /** Lets time pass; timers that fall due fire, each at its own time. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) {
      const { at, task } = due
      this.#timers = this.#timers.filter((each) => each !== due)
      this.#wall += at - this.#monotonic
      this.#monotonic = at
      task()
    }
    this.#wall += end - this.#monotonic
    this.#monotonic = end
  }

  /** Moves the time of day alone: a clock that was set, or timers held up by a busy process. */
  jump(ms: number): void {
    this.#wall += ms
  }

  #next(end: number): Timer | undefined {
    return this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
  }
}
