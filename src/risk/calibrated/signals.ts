import type { Reading, Signal, SignalKind } from '../../domain/risk.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import { destinationsOf } from '../destinations/destination.ts'
import type { Scalar } from '../features.ts'
import { shown, twoDecimals } from '../format.ts'
import { numberOf } from '../numbers.ts'
import type { Analysis, Group, Moved } from './analysis.ts'
import type { ChannelKind } from './channels.ts'
import type { Moments } from './moments.ts'
import { type ParameterBaseline, shownValue } from './parameter.ts'
import type { RiskScale } from './risk-scale.ts'
import type { CallStream } from './stream.ts'
import type { ValueTable } from './value-table.ts'

/** Signals that one call can have; the weakest beyond are left out. */
export const SIGNALS_MAX = 32
const TOP_VALUES = 3
const WARN = 4
const ESCALATE = 7
/** The middle 90 % of a normal. */
const USUAL_SD = 1.645
/** How the parts of a call are named that are no parameter. */
const PLAIN_NAMES: Partial<Record<ChannelKind, string>> = {
  keys: 'the set of parameters',
  tool: 'the tool',
  sequence: 'the order of tools',
  burst_minute: 'the pace',
  burst_hour: 'the pace',
  hour: 'the hour',
  failures: 'the failures',
}

/** What is not listed is an unusual pattern. */
const KINDS: Partial<Record<ChannelKind, SignalKind>> = {
  number: 'value_outlier',
  count: 'value_outlier',
  destination: 'new_destination',
  contact: 'new_destination',
  burst_minute: 'rate_spike',
  burst_hour: 'rate_spike',
  hour: 'off_hours_activity',
  failures: 'high_failure_rate',
}

export interface Scene {
  readonly analysis: Analysis
  readonly stream: CallStream
  readonly riskOf: RiskScale
  /** Of the call. No signal says more, except for what is declared. */
  readonly score: RiskScore
  readonly tool: string
  readonly timeZone: string
  readonly hour: number
}

/** What is worth saying of a call, strongest first. */
export function signalsOf(scene: Scene): readonly Signal[] {
  const { analysis, riskOf, score } = scene
  if (score < WARN) return []
  const named = analysis.groups
    .map((group) => ({ group, risk: riskScore(Math.min(score, riskOf(group.surprise))) }))
    .filter(({ risk }) => risk >= WARN)
    .map(({ group, risk }) => signalOf(group, risk, scene))
  const strongest = Math.max(0, ...named.map((signal) => signal.risk))
  const isPattern = strongest < (score >= ESCALATE ? ESCALATE : WARN)
  return (isPattern ? [patternOf(scene), ...named] : named).slice(0, SIGNALS_MAX)
}

function signalOf(group: Group, risk: RiskScore, scene: Scene): Signal {
  const { strongest, param, surprise } = group
  const told = param === undefined ? ofContext(strongest.kind, scene) : ofParameter({ ...group, param }, scene)
  const kind = KINDS[strongest.kind] ?? 'unusual_pattern'
  return { kind, param, risk, z: undefined, ...told, oneIn: Math.exp(surprise) }
}

type Told = Pick<Signal, 'message' | 'usual'> & Partial<Pick<Signal, 'z'>>

function ofParameter({ param, strongest }: Group & { readonly param: string }, { stream }: Scene): Told {
  const name = `Parameter '${shown(param)}'`
  const parameter = stream.parameter(param)
  const value = printed(strongest.value)
  switch (strongest.kind) {
    case 'number':
      return ofNumber(name, numberOf(strongest.value) ?? 0, parameter?.numbers?.moments)
    case 'count':
      return { message: `${name} has ${value} elements`, usual: rangeOf(parameter?.counts?.moments, String) }
    case 'destination': {
      const message = `${name} goes to ${destinationText(strongest.value)}, new or rare here`
      return { message, usual: topOf(parameter?.destinations) }
    }
    case 'contact': {
      const message = `${name} goes to ${destinationText(strongest.value)}, where no call of this agent went before`
      return { message, usual: topOf(parameter?.destinations) }
    }
    case 'type':
      return { message: `${name} is of an unusual type`, usual: topOf(parameter?.types) }
    case 'text': {
      const usual = `about ${Math.round(parameter?.text?.usualLength ?? 0)} characters of another make`
      return { message: `${name} has unusual text (${value})`, usual }
    }
    default:
      return { message: `${name} is ${value}, new or rare here`, usual: topOf(parameter?.values) }
  }
}

function ofNumber(name: string, value: number, moments: Moments | undefined): Told {
  const z = moments?.z(value) ?? 0
  const distance = `${Math.abs(z).toFixed(1)} standard deviations from mean (${twoDecimals(moments?.mean ?? 0)})`
  return { message: `${name} is ${distance}`, usual: rangeOf(moments, twoDecimals), z }
}

function ofContext(kind: ChannelKind, { tool, hour, timeZone, stream }: Scene): Told {
  switch (kind) {
    case 'burst_minute':
    case 'burst_hour': {
      const usual = `at most ${Math.ceil(stream.bursts.hour.highest)} of ${shown(tool)} in about an hour`
      return { message: 'Calls come faster than they did before', usual }
    }
    case 'hour': {
      const usual = `at ${stream.hours.usual.map(clock).join(', ')}`
      return { message: `Called at ${clock(hour)} (${timeZone}), an unusual hour`, usual }
    }
    case 'failures': {
      const { failed, of } = stream.failures.recent
      const usual = `${(100 * stream.failures.usualShare).toFixed(1)} %`
      return { message: `${shown(tool)} failed ${failed} times of the last ${of}`, usual }
    }
    case 'keys':
      return { message: 'The parameters given are an unusual set', usual: topOf(stream.keySets, 1) }
    case 'sequence':
      return { message: `${shown(tool)} seldom follows the call before it`, usual: undefined }
    default:
      return { message: `${shown(tool)} is seldom called by this agent`, usual: undefined }
  }
}

function patternOf({ analysis, score }: Scene): Signal {
  const named = analysis.groups.slice(0, TOP_VALUES).filter(({ surprise }) => surprise > 0)
  const parts = named.map(({ param, strongest }) =>
    param === undefined ? PLAIN_NAMES[strongest.kind] : `'${shown(param)}'`,
  )
  const { joined, surprise } = analysis.whole
  const recent = joined > surprise + 1 ? ', after other unusual calls of this agent' : ''
  const what = parts.length === 0 ? 'The recent calls of this agent' : `Taken together, ${parts.join(', ')}`
  const message = `${what} ${parts.length === 1 ? 'is' : 'are'} unusual${recent}`
  const about = { param: undefined, z: undefined, usual: undefined }
  return { kind: 'unusual_pattern', ...about, risk: score, message, oneIn: Math.exp(joined) }
}

/** A level that moved and that nobody has accepted yet. */
export function shiftSignal({ param, shift }: Moved, risk: RiskScore): Signal {
  const { from, to, sd } = shift
  const distance = `${(Math.abs(to - from) / sd).toFixed(1)} standard deviations`
  const message = `Parameter '${shown(param)}' moved its level from ${twoDecimals(from)} to ${twoDecimals(to)} (${distance}); please review whether it may`
  const usual = `${twoDecimals(from - USUAL_SD * sd)} to ${twoDecimals(from + USUAL_SD * sd)}`
  return { kind: 'level_shift', param, risk, z: undefined, message, usual, oneIn: undefined }
}

/** A value that a declared destination never had. */
export function declaredSignal(param: string, value: Scalar, { risk, parameter }: Declared): Signal {
  const message = `Parameter '${shown(param)}' goes to a destination never seen before (${printed(value)})`
  const usual = topOf(parameter?.destinations) ?? topOf(parameter?.values)
  return { kind: 'new_destination', param, risk, z: undefined, message, usual, oneIn: undefined }
}

interface Declared {
  readonly risk: RiskScore
  readonly parameter: ParameterBaseline | undefined
}

/** Every number of a call beside its baseline. */
export function readingsOf({ arguments: all }: Analysis, stream: CallStream): readonly Reading[] {
  const readings: Reading[] = []
  for (const { path, elements } of all) {
    const moments = stream.parameter(path)?.numbers?.moments
    if (moments === undefined || moments.samples < 2) continue
    const { samples, mean, sd, recent } = moments
    for (const { number: value } of elements)
      if (value !== undefined) readings.push({ param: path, value, samples, mean, sd, z: moments.z(value), recent })
  }
  return readings
}

const clock = (hour: number): string => `${String(hour).padStart(2, '0')} h`

const printed = (value: Scalar): string => (typeof value === 'string' ? `'${shown(value)}'` : String(value))

const destinationText = (value: Scalar): string => {
  const [first] = typeof value === 'string' ? destinationsOf(value) : []
  return first === undefined ? printed(value) : `${first.kind} ${shown(first.name)}`
}

/** The most frequent values; undefined while there are none. */
function topOf(table: ValueTable | undefined, size: number = TOP_VALUES): string | undefined {
  const values = table
    ?.top(size)
    .map(({ value, count }) => `${shown(shownValue(value).replaceAll('\n', ', '))} (${count} times)`)
  return values === undefined || values.length === 0 ? undefined : values.join(', ')
}

function rangeOf(moments: Moments | undefined, print: (value: number) => string): string | undefined {
  if (moments === undefined) return undefined
  const [low, high] = moments.usualRange
  return `${print(low)} to ${print(high)}`
}
