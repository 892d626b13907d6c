import type { ScoredCall } from '../../domain/call.ts'
import type { Argument } from './arguments.ts'
import { BurstCounter } from './burst.ts'
import { Calibrators } from './channels.ts'
import { SumOfSurprises } from './combine.ts'
import { HoursOfDay } from './hours-of-day.ts'
import { ParameterBaseline } from './parameter.ts'
import { ToolSequence } from './sequence.ts'
import { SessionTrend } from './session.ts'
import { ValueTable } from './value-table.ts'

/** Paths that one tool and agent remember. */
const PARAMS_PER_STREAM_MAX = 256
/** New paths that one call may add. */
const NEW_PARAMS_PER_CALL_MAX = 40
/** A full table makes room only by dropping paths that this many learned calls did without. */
const PARAM_KEPT_CALLS = 100
const KEY_SETS_MAX = 256
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** How many calls there were in about the last minute and the last hour. */
export class Bursts {
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
}

/** All that is remembered of one agent, whatever tool it calls. */
export class AgentBaseline {
  readonly calibrators: Calibrators = new Calibrators()
  readonly sequence: ToolSequence = new ToolSequence()
  readonly bursts: Bursts = new Bursts()
  readonly session: SessionTrend = new SessionTrend()
}

/** All that is remembered of the calls of one tool by one agent. */
export class CallStream {
  readonly calibrators: Calibrators = new Calibrators()
  readonly keySets: ValueTable = new ValueTable(KEY_SETS_MAX)
  readonly bursts: Bursts = new Bursts()
  readonly hours: HoursOfDay = new HoursOfDay()
  readonly together: SumOfSurprises = new SumOfSurprises()
  readonly #parameters = new Map<string, ParameterBaseline>()
  #samples = 0

  /** Learned calls. */
  get samples(): number {
    return this.#samples
  }

  parameter(path: string): ParameterBaseline | undefined {
    return this.#parameters.get(path)
  }

  get parameters(): number {
    return this.#parameters.size
  }

  learn(call: ScoredCall, taught: readonly Argument[], { hour, weight }: { hour: number; weight: number }): void {
    this.keySets.learn(keySetOf(taught))
    this.bursts.learn(call.at)
    this.hours.learn(hour, call.at)
    let room = NEW_PARAMS_PER_CALL_MAX
    for (const argument of taught) {
      const known = this.#parameters.get(argument.path)
      if (known === undefined && room-- <= 0) continue
      const parameter = known ?? this.#make(argument.path)
      if (parameter === undefined) continue
      parameter.lastCall = this.#samples
      parameter.learn(argument, weight)
    }
    this.#samples += 1
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

/** The names of a call's arguments, in any order, as one value. */
export const keySetOf = (taught: readonly Argument[]): string =>
  taught
    .map(({ path }) => path)
    .sort()
    .join('\n')
