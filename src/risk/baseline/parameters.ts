import { type Archive, type Kept, kept } from '../../support/archive.ts'
import type { Scalar } from '../features.ts'
import { numberOf } from '../numbers.ts'
import { KnownDestinations } from './known-destinations.ts'
import { NumericBaseline } from './numeric.ts'

/** Paths that one tool and agent remember. */
export const PARAMS_PER_STREAM_MAX = 256
/** A full table makes room only by dropping paths that this many learned calls did without. */
export const PARAM_KEPT_CALLS = 100

/** What is known of one parameter of one tool and agent. */
class ParameterBaseline implements Kept {
  /** Undefined until it held a number. */
  values: NumericBaseline | undefined
  readonly destinations: KnownDestinations = new KnownDestinations()
  /** Number of the learned call that had it last. */
  lastCall = 0

  learn(value: Scalar): void {
    const number = numberOf(value)
    if (number !== undefined) {
      this.values ??= new NumericBaseline()
      this.values.learn(number)
    }
    this.destinations.learn(value)
  }

  exchange(archive: Archive): void {
    this.values = archive.optional(
      this.values,
      kept(archive, () => new NumericBaseline()),
    )
    this.destinations.exchange(archive)
    this.lastCall = archive.number(this.lastCall)
  }
}

/**
 * Parameters of one tool and agent by path. Names can be invented by a model, so a new one never pushes out one that is in use: when
 * the table is full, and nothing in it is stale, the new one is not kept.
 */
export class ParameterTable implements Kept {
  readonly #byPath = new Map<string, ParameterBaseline>()
  #foundFullAtCall = -1

  get size(): number {
    return this.#byPath.size
  }

  get(path: string): ParameterBaseline | undefined {
    return this.#byPath.get(path)
  }

  /** The baseline to teach in learned call number `call`; undefined when there is no room. */
  use(path: string, call: number): ParameterBaseline | undefined {
    const parameter = this.#byPath.get(path) ?? this.#make(path, call)
    if (parameter !== undefined) parameter.lastCall = call
    return parameter
  }

  forget(path: string): void {
    this.#byPath.delete(path)
  }

  [Symbol.iterator](): Iterator<[path: string, baseline: ParameterBaseline]> {
    return this.#byPath[Symbol.iterator]()
  }

  /** `#foundFullAtCall` is about one call, and no state is kept in the middle of one. */
  exchange(archive: Archive): void {
    archive.entries(
      this.#byPath,
      kept(archive, () => new ParameterBaseline()),
    )
  }

  #make(path: string, call: number): ParameterBaseline | undefined {
    if (this.#byPath.size >= PARAMS_PER_STREAM_MAX && !this.#makeRoom(call)) return undefined
    const made = new ParameterBaseline()
    this.#byPath.set(path, made)
    return made
  }

  /** Looks through the table at most once a call, however many names the call invents. */
  #makeRoom(call: number): boolean {
    if (this.#foundFullAtCall === call) return false
    this.#foundFullAtCall = call
    for (const [path, parameter] of this.#byPath)
      if (call - parameter.lastCall > PARAM_KEPT_CALLS) this.#byPath.delete(path)
    return this.#byPath.size < PARAMS_PER_STREAM_MAX
  }
}
