import type { Archive, Kept } from '../../support/archive.ts'

/** Which hours of the day saw a learned call. */
export class HoursSeen implements Kept {
  /** One bit for each hour. */
  #bits = 0

  learn(hour: number): void {
    this.#bits |= 1 << hour
  }

  /** 1 for each hour of the day, 0 to 23, that saw a call, else 0. */
  get seen(): readonly number[] {
    return Array.from({ length: 24 }, (_, hour) => Number(this.has(hour)))
  }

  exchange(archive: Archive): void {
    this.#bits = archive.number(this.#bits)
  }

  has(hour: number): boolean {
    return (this.#bits & (1 << hour)) !== 0
  }
}
