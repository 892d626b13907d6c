import type { ScoredCall } from '../../domain/call.ts'
import type { EpochMs } from '../../domain/units.ts'
import type { Archive } from '../../support/archive.ts'
import { leavesOf } from '../features.ts'
import type { Shelved } from '../state/shelf.ts'
import { Attempts } from './attempts.ts'
import { HoursSeen } from './hours-seen.ts'
import { Pace } from './pace.ts'
import { ParameterTable } from './parameters.ts'

/** Roughly what a stream takes in memory, and each of its parameters. */
const BYTES = { stream: 1_500, parameter: 1_500 }

/** All that is remembered of the calls of one tool by one agent. */
export class Stream implements Shelved {
  readonly parameters: ParameterTable = new ParameterTable()
  readonly attempts: Attempts = new Attempts()
  readonly pace: Pace = new Pace()
  readonly hours: HoursSeen = new HoursSeen()

  /** About how much memory it takes. */
  get bytes(): number {
    return BYTES.stream + BYTES.parameter * this.parameters.size
  }

  exchange(archive: Archive): void {
    const { parameters, attempts, pace, hours } = this
    for (const part of [parameters, attempts, pace, hours]) part.exchange(archive)
  }

  /** Learned calls. */
  get samples(): number {
    return this.pace.calls
  }

  /** @param hour of the day at which the call was made. */
  learn(call: ScoredCall, hour: number): void {
    this.attempts.record(call.at)
    this.pace.learn(call.at)
    this.hours.learn(hour)
    for (const { path, value } of leavesOf(call.params)) this.parameters.use(path, this.samples)?.learn(value)
  }

  refused(at: EpochMs): void {
    this.attempts.record(at)
  }
}
