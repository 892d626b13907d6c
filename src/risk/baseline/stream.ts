import type { ScoredCall } from '../../domain/call.ts'
import type { EpochMs } from '../../domain/units.ts'
import { leavesOf } from '../features.ts'
import { Attempts } from './attempts.ts'
import { HoursSeen } from './hours-seen.ts'
import { Pace } from './pace.ts'
import { ParameterTable } from './parameters.ts'

/** All that is remembered of the calls of one tool by one agent. */
export class Stream {
  readonly parameters: ParameterTable = new ParameterTable()
  readonly attempts: Attempts = new Attempts()
  readonly pace: Pace = new Pace()
  readonly hours: HoursSeen = new HoursSeen()

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
