import type { BaselineChange, StateRow, UsualCalls, UsualNumbers } from '../domain/baseline.ts'
import type { ScoredCall, ToolTraits } from '../domain/call.ts'
import type { Detector, Lesson } from '../domain/detector.ts'
import type { Reading, RiskAssessment, Signal } from '../domain/risk.ts'
import { NO_RISK } from '../domain/units.ts'
import { type HourOf, hourReader } from '../support/hours.ts'
import type { NumericBaseline } from './baseline/numeric.ts'
import { Stream } from './baseline/stream.ts'
import { type Leaf, leavesOf } from './features.ts'
import { numberOf } from './numbers.ts'
import { recentNumbers } from './recent-numbers.ts'
import { covers } from './scope.ts'
import { newDestinations } from './signals/new-destination.ts'
import { offHours } from './signals/off-hours.ts'
import { strongestFirst } from './signals/order.ts'
import { rateSpike } from './signals/rate-spike.ts'
import { readValue, valueOutliers } from './signals/value-outlier.ts'
import { Shelf } from './state/shelf.ts'
import { checkedTime, forgetTool, streamKey, streamName, tooYoung } from './streams.ts'

/** Pairs of tool and agent that are remembered; beyond, the one used longest ago starts again without history. */
export const STREAMS_MAX = 50_000
const STREAM_BYTES = { bytesMax: 256 * 2 ** 20, unpackedBytesMax: 128 * 2 ** 20 }
/** Raised whenever the same calls would leave another state. */
const STATE_VERSION = 1
/** Signals that one call can have; the weakest beyond are left out. */
export const SIGNALS_MAX = 32
/** A standard deviation needs two values, whatever the configured minimum. */
const VALUES_MIN = 2

export interface ZscoreOptions {
  /** Fewer learned calls of a tool and agent than this: risk 0 and "Insufficient history". Whole number from 0. */
  readonly minSamples: number
  /** IANA name of the zone whose hours of the day count, such as `UTC`. */
  readonly timeZone: string
}

/**
 * The plain method: each parameter's z-score, calls an hour, new destinations, hours never seen; the highest risk wins.
 * Every lesson teaches in full.
 * @throws RangeError for a time zone that does not exist, or a minimum that is not a whole number from 0.
 */
export const createZscoreDetector = (options: ZscoreOptions): Detector => new ZscoreDetector(options)

class ZscoreDetector implements Detector {
  readonly make: string
  readonly #streams = new Shelf<Stream>({ make: () => new Stream(), entriesMax: STREAMS_MAX, ...STREAM_BYTES })
  readonly #hourOf: HourOf
  readonly #options: ZscoreOptions

  constructor(options: ZscoreOptions) {
    if (!Number.isInteger(options.minSamples) || options.minSamples < 0)
      throw new RangeError(`minSamples must be a whole number from 0, found ${options.minSamples}`)
    this.#options = options
    this.make = `zscore ${STATE_VERSION}, ${options.timeZone}`
    this.#hourOf = hourReader(options.timeZone)
  }

  score(call: ScoredCall, traits: ToolTraits): RiskAssessment {
    const at = checkedTime(call.at)
    const stream = this.#streams.peek(streamKey(call))
    if (stream === undefined || stream.samples < this.#options.minSamples) return tooYoung(stream?.samples ?? 0)
    const leaves = scoredLeaves(call, traits)
    const readings = this.#read(leaves, stream, traits)
    const signals = [
      ...valueOutliers(readings),
      ...newDestinations(leaves, stream.parameters, traits.destinations),
      rateSpike(stream, at),
      offHours(stream, this.#hourOf(at), this.#options.timeZone),
    ]
    return assessment(signals, readings, stream.samples)
  }

  learn(call: ScoredCall, _lesson: Lesson): void {
    const hour = this.#hourOf(checkedTime(call.at))
    this.#streams.change(streamKey(call), (stream) => stream.learn(call, hour))
  }

  refused(call: ScoredCall): void {
    const at = checkedTime(call.at)
    this.#streams.change(streamKey(call), (stream) => stream.refused(at))
  }

  /** Failures are not part of this method. */
  ended(): void {}

  /** An accepted call is one more usual call: there is nothing else that could be told here. */
  change(change: BaselineChange): void {
    if (change.change === 'accepted') this.learn(change.call, 'approved')
    if (change.change === 'forgotten') this.#forget(change.tool, change.param)
  }

  takeOverdue(): readonly never[] {
    return []
  }

  describe(tool?: string): readonly UsualCalls[] {
    const usual: UsualCalls[] = []
    for (const key of [...this.#streams.keys()]) {
      const name = streamName(key)
      const stream = tool === undefined || name.tool === tool ? this.#streams.peek(key) : undefined
      if (stream !== undefined) usual.push({ ...name, ...usualCalls(stream) })
    }
    return usual
  }

  takeState(which: 'changed' | 'all'): readonly StateRow[] {
    return which === 'all' ? this.#streams.takeAll() : this.#streams.takeChanged()
  }

  restoreState(rows: Iterable<StateRow>): void {
    this.#streams.restore(rows)
  }

  #forget(tool: string, param: string | undefined): void {
    forgetTool(this.#streams, tool, param === undefined ? undefined : (stream) => stream.parameters.forget(param))
  }

  /** A parameter that is declared as a destination names something: how large it is as a number says nothing. */
  #read(leaves: readonly Leaf[], stream: Stream, traits: ToolTraits): readonly Reading[] {
    const samplesMin = Math.max(VALUES_MIN, this.#options.minSamples)
    const readings: Reading[] = []
    for (const leaf of leaves) {
      const value = numberOf(leaf.value)
      const baseline = value === undefined ? undefined : stream.parameters.get(leaf.path)?.values
      if (value === undefined || baseline === undefined || baseline.samples < samplesMin) continue
      if (!covers(traits.destinations.params, leaf.path)) readings.push(readValue(leaf.path, value, baseline))
    }
    return readings
  }
}

const scoredLeaves = (call: ScoredCall, { ignore }: ToolTraits): readonly Leaf[] => {
  const leaves = leavesOf(call.params)
  return ignore.length === 0 ? leaves : leaves.filter((leaf) => !covers(ignore, leaf.path))
}

function assessment(
  found: readonly (Signal | undefined)[],
  readings: readonly Reading[],
  samples: number,
): RiskAssessment {
  const signals = found
    .filter((signal) => signal !== undefined)
    .sort(strongestFirst)
    .slice(0, SIGNALS_MAX)
  return { score: signals[0]?.risk ?? NO_RISK, signals, readings, samples }
}

const usualCalls = ({ samples, parameters, hours, pace }: Stream): Omit<UsualCalls, 'tool' | 'agentId'> => ({
  samples,
  parameters: [...parameters].map(([param, { values }]) => ({
    param,
    numbers: usualNumbers(values),
    lengths: undefined,
    topValues: [],
    topDestinations: [],
    distinct: 0,
  })),
  hours: hours.seen,
  rate: {
    perHour: pace.spanHours > 0 ? pace.hourlyAverage : undefined,
    peakPerMinute: undefined,
    peakPerHour: undefined,
  },
})

const usualNumbers = (baseline: NumericBaseline | undefined): UsualNumbers | undefined =>
  baseline && { count: baseline.samples, mean: baseline.mean, sd: baseline.sd, ...recentNumbers(baseline.recent) }
