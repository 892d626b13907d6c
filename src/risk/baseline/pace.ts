import type { EpochMs } from '../../domain/units.ts'
import type { Archive, Kept } from '../../support/archive.ts'
import { HOUR_MS, steadyTime } from './steady-time.ts'

/** How often calls were learned, on average over the time between the oldest and the newest of them. */
export class Pace implements Kept {
  #calls = 0
  #oldest: EpochMs | undefined
  #newest: EpochMs | undefined

  learn(at: EpochMs): void {
    this.#calls += 1
    this.#newest = steadyTime(at, this.#newest)
    this.#oldest = this.#oldest === undefined || at < this.#oldest ? at : this.#oldest
  }

  exchange(archive: Archive): void {
    this.#calls = archive.number(this.#calls)
    this.#oldest = archive.optional<number>(this.#oldest, (at = 0) => archive.number(at)) as EpochMs | undefined
    this.#newest = archive.optional<number>(this.#newest, (at = 0) => archive.number(at)) as EpochMs | undefined
  }

  /** Learned calls. */
  get calls(): number {
    return this.#calls
  }

  /** Hours between the oldest and the newest learned call; 0 before the second one. */
  get spanHours(): number {
    return this.#oldest === undefined || this.#newest === undefined ? 0 : (this.#newest - this.#oldest) / HOUR_MS
  }

  /** Learned calls an hour; only where the span is not 0. */
  get hourlyAverage(): number {
    return this.#calls / this.spanHours
  }
}
