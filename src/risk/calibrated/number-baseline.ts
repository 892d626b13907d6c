import { type Archive, type Kept, kept } from '../../support/archive.ts'
import { AcceptedNumbers } from './accepted-numbers.ts'
import { SlowBoilAnchor } from './anchor.ts'
import { Hurdle } from './hurdle.ts'
import { NumericMixture } from './mixture.ts'
import { Moments } from './moments.ts'

/** All that is known of the numbers of one parameter. */
export class NumberBaseline implements Kept {
  readonly moments: Moments = new Moments()
  readonly anchor: SlowBoilAnchor = new SlowBoilAnchor()
  readonly hurdle: Hurdle = new Hurdle()
  readonly #mixture = new NumericMixture()
  #accepted: AcceptedNumbers | undefined

  surprise(value: number): number {
    if (this.#accepted?.has(value)) return 0
    return this.hurdle.isActive ? this.hurdle.surprise(value) : this.#mixture.surprise(value)
  }

  learn(value: number, weight: number): void {
    const taught = weight < 1 ? this.moments.clipped(value) : value
    this.anchor.learn(taught)
    this.hurdle.learn(taught, weight)
    this.#mixture.learn(taught, weight)
    this.moments.learn(taught, weight)
  }

  /** The value is usual from now on, and so is the level that was reached. What lies between it and the others stays as rare as it was. */
  accept(value: number): void {
    this.#accepted ??= new AcceptedNumbers()
    this.#accepted.add(value)
    this.anchor.rebase()
  }

  exchange(archive: Archive): void {
    this.moments.exchange(archive)
    this.anchor.exchange(archive)
    this.hurdle.exchange(archive)
    this.#mixture.exchange(archive)
    this.#accepted = archive.optional(
      this.#accepted,
      kept(archive, () => new AcceptedNumbers()),
    )
  }
}
