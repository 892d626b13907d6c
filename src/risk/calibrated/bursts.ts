import type { Archive, Kept } from '../../support/archive.ts'
import { BurstCounter } from './burst.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** How many calls there were in about the last minute and the last hour. */
export class Bursts implements Kept {
  readonly minute: BurstCounter = new BurstCounter(MINUTE_MS)
  readonly hour: BurstCounter = new BurstCounter(HOUR_MS)

  learn(at: number): void {
    this.minute.learn(at)
    this.hour.learn(at)
    this.move(at)
  }

  move(at: number): void {
    this.minute.move(at)
    this.hour.move(at)
  }

  accept(): void {
    this.minute.accept()
    this.hour.accept()
  }

  exchange(archive: Archive): void {
    this.minute.exchange(archive)
    this.hour.exchange(archive)
  }
}
