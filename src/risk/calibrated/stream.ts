import type { ScoredCall } from '../../domain/call.ts'
import { HoursOfDay } from '../../statistics/hours-of-day.ts'
import { type Archive, type Kept, kept } from '../../support/archive.ts'
import type { Argument } from './arguments.ts'
import { Bursts } from './bursts.ts'
import { Calibrators } from './channels.ts'
import { SumOfSurprises } from './combine.ts'
import { Failures } from './failures.ts'
import { ParameterBaseline, type Teaching } from './parameter.ts'
import { SessionTrend } from './session.ts'
import { keyOf, ValueTable } from './value-table.ts'

/** Paths that one tool and agent remember. */
const PARAMS_PER_STREAM_MAX = 256
/** New paths that one call may add. */
const NEW_PARAMS_PER_CALL_MAX = 40
/** A full table makes room only by dropping paths that this many learned calls did without. */
const PARAM_KEPT_CALLS = 100
const KEY_SETS_MAX = 256
/** Calls with more arguments have their names put in order each time, so that a stream stays small. */
const LAST_PATHS_MAX = 40
/** About what a stream takes in memory beside its parameters. */
const STREAM_BYTES = 3_000

/** What a call teaches beside its arguments. */
interface CallTeaching extends Teaching {
  /** Of the day, 0 to 23. */
  readonly hour: number
}

/** All that is remembered of the calls of one tool by one agent. */
export class CallStream implements Kept {
  readonly calibrators: Calibrators = new Calibrators()
  readonly keySets: ValueTable = new ValueTable(KEY_SETS_MAX)
  readonly bursts: Bursts = new Bursts()
  readonly hours: HoursOfDay = new HoursOfDay()
  readonly together: SumOfSurprises = new SumOfSurprises()
  readonly failures: Failures = new Failures()
  /** How odd its numbers have been of late. A metric that is read once an hour goes on after a night. */
  readonly stretch: SessionTrend = new SessionTrend(Number.POSITIVE_INFINITY)
  readonly #parameters = new Map<string, ParameterBaseline>()
  #samples = 0
  /** Names of arguments in the order of a call, and what they are as a set: most calls of a stream have the same. */
  #lastPaths: readonly string[] = []
  #lastKeySet = ''

  /** Learned calls. */
  get samples(): number {
    return this.#samples
  }

  /** By path, in the order in which they were first seen. */
  get parameters(): ReadonlyMap<string, ParameterBaseline> {
    return this.#parameters
  }

  parameter(path: string): ParameterBaseline | undefined {
    return this.#parameters.get(path)
  }

  /** About how much memory it takes. */
  get bytes(): number {
    let bytes = STREAM_BYTES
    for (const parameter of this.#parameters.values()) bytes += parameter.bytes
    return bytes
  }

  /** The names of a call's arguments, in any order, as what `keySets` remembers them by. */
  keySetOf(all: readonly Argument[]): string {
    if (isSame(all, this.#lastPaths)) return this.#lastKeySet
    const paths = all.map(({ path }) => path)
    const keySet = keyOf(paths.toSorted().join('\n'))
    if (paths.length <= LAST_PATHS_MAX) {
      this.#lastPaths = paths
      this.#lastKeySet = keySet
    }
    return keySet
  }

  learn(call: ScoredCall, taught: readonly Argument[], teaching: CallTeaching): void {
    this.keySets.learn(this.keySetOf(taught))
    this.bursts.learn(call.at)
    this.hours.learn(teaching.hour, call.at)
    let room = NEW_PARAMS_PER_CALL_MAX
    for (const argument of taught) {
      const known = this.#parameters.get(argument.path)
      if (known === undefined && room-- <= 0) continue
      const parameter = known ?? this.#make(argument.path)
      if (parameter === undefined) continue
      parameter.lastCall = this.#samples
      parameter.learn(argument, teaching)
    }
    this.#samples += 1
  }

  /** Somebody said that these values are usual from now on. */
  accept(argument: Argument, contacts: ValueTable): void {
    const parameter = this.#parameters.get(argument.path) ?? this.#make(argument.path)
    parameter?.accept(argument, contacts)
  }

  forget(path: string): void {
    this.#parameters.delete(path)
  }

  exchange(archive: Archive): void {
    const { calibrators, keySets, bursts, hours, together, failures, stretch } = this
    for (const part of [calibrators, keySets, bursts, hours, together, failures, stretch]) part.exchange(archive)
    archive.entries(
      this.#parameters,
      kept(archive, () => new ParameterBaseline()),
    )
    this.#samples = archive.number(this.#samples)
  }

  #make(path: string): ParameterBaseline | undefined {
    if (this.#parameters.size >= PARAMS_PER_STREAM_MAX) this.#dropStale()
    if (this.#parameters.size >= PARAMS_PER_STREAM_MAX) return undefined
    const made = new ParameterBaseline()
    this.#parameters.set(path, made)
    return made
  }

  #dropStale(): void {
    for (const [path, { lastCall }] of this.#parameters)
      if (this.#samples - lastCall > PARAM_KEPT_CALLS) this.#parameters.delete(path)
  }
}

const isSame = (all: readonly Argument[], paths: readonly string[]): boolean =>
  all.length === paths.length && all.every(({ path }, place) => path === paths[place])
