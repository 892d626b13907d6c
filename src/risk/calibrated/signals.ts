import type { Reading, Signal, SignalKind } from '../../domain/risk.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import { destinationsOf } from '../destinations/destination.ts'
import type { Scalar } from '../features.ts'
import { shown, twoDecimals } from '../format.ts'
import { numberOf } from '../numbers.ts'
import type { Analysis, Group, Moved } from './analysis.ts'
import type { ChannelKind } from './channels.ts'
import type { RiskScale } from './risk-scale.ts'
import type { CallStream } from './stream.ts'

/** Signals that one call can have; the weakest beyond are left out. */
export const SIGNALS_MAX = 32
const TOP_VALUES = 3
const WARN = 4
const ESCALATE = 7
const RARE_MAX = 1e12
const COUNT_FORMAT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

const KINDS: Record<ChannelKind, SignalKind> = {
  number: 'value_outlier',
  count: 'value_outlier',
  destination: 'new_destination',
  burst: 'rate_spike',
  hour: 'off_hours_activity',
  type: 'unusual_pattern',
  value: 'unusual_pattern',
  form: 'unusual_pattern',
  text: 'unusual_pattern',
  keys: 'unusual_pattern',
  tool: 'unusual_pattern',
  sequence: 'unusual_pattern',
  together: 'unusual_pattern',
  session: 'unusual_pattern',
  call: 'unusual_pattern',
  joined: 'unusual_pattern',
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
  const number = strongest.kind === 'number' ? numberOf(strongest.value) : undefined
  const moments = param === undefined ? undefined : scene.stream.parameter(param)?.numbers?.moments
  const z = number === undefined ? undefined : moments?.z(number)
  const message = `${sentenceOf(group, z, scene)}; ${rarity(surprise)}`
  return { kind: KINDS[strongest.kind], param, risk, z, message }
}

/** "1 in N calls" for `surprise = ln N`. */
function rarity(surprise: number): string {
  const calls = Math.exp(Math.min(surprise, Math.log(RARE_MAX)))
  if (calls >= RARE_MAX) return 'rarer than 1 in 1,000,000,000,000 calls'
  return `as rare as 1 in ${COUNT_FORMAT.format(Number(calls.toPrecision(2)))} calls`
}

function sentenceOf(group: Group, z: number | undefined, scene: Scene): string {
  const { param, strongest } = group
  if (param === undefined) return contextSentence(strongest.kind, scene)
  const name = `Parameter '${shown(param)}'`
  const parameter = scene.stream.parameter(param)
  const value = printed(strongest.value)
  switch (strongest.kind) {
    case 'number': {
      const [low, high] = parameter?.numbers?.moments.usualRange ?? [0, 0]
      const mean = twoDecimals(parameter?.numbers?.moments.mean ?? 0)
      const distance = `${Math.abs(z ?? 0).toFixed(1)} standard deviations from mean (${mean})`
      return `${name} is ${distance}; usually ${twoDecimals(low)} to ${twoDecimals(high)}`
    }
    case 'count': {
      const [low, high] = parameter?.counts?.moments.usualRange ?? [0, 0]
      return `${name} has ${value} elements; usually ${low} to ${high}`
    }
    case 'destination':
      return `${name} goes to ${destinationText(strongest.value)}, new or rare here; ${usually(parameter?.destinations.top(TOP_VALUES))}`
    case 'type':
      return `${name} is of an unusual type; ${usually(parameter?.types.top(TOP_VALUES))}`
    case 'text':
      return `${name} has unusual text (${value}); usually about ${Math.round(parameter?.text?.usualLength ?? 0)} characters of another make`
    default:
      return `${name} is ${value}, new or rare here; ${usually(parameter?.values.top(TOP_VALUES))}`
  }
}

function contextSentence(kind: ChannelKind, { tool, hour, timeZone, stream }: Scene): string {
  switch (kind) {
    case 'burst':
      return `Calls come faster than they did before; usually at most ${Math.ceil(stream.bursts.hour.highest)} of ${shown(tool)} in about an hour`
    case 'hour':
      return `Called at ${clock(hour)} (${timeZone}); usually at ${stream.hours.usual.map(clock).join(', ')}`
    case 'keys':
      return `The parameters given are an unusual set; ${usually(stream.keySets.top(1))}`
    case 'sequence':
      return `${shown(tool)} seldom follows the call before it`
    default:
      return `${shown(tool)} is seldom called by this agent`
  }
}

function patternOf({ analysis, score }: Scene): Signal {
  const named = analysis.groups.slice(0, TOP_VALUES).filter(({ surprise }) => surprise > 0)
  const parts = named.map(({ param, strongest }) => (param === undefined ? strongest.kind : `'${shown(param)}'`))
  const { joined, surprise } = analysis.whole
  const recent = joined > surprise + 1 ? ', after other unusual calls of this agent' : ''
  const what = parts.length === 0 ? 'The recent calls of this agent' : `Taken together, ${parts.join(', ')}`
  const message = `${what} ${parts.length === 1 ? 'is' : 'are'} unusual${recent}; ${rarity(joined)}`
  return { kind: 'unusual_pattern', param: undefined, risk: score, z: undefined, message }
}

/** A level that moved and that nobody has accepted yet. */
export function shiftSignal({ param, shift }: Moved, risk: RiskScore): Signal {
  const { from, to, sd } = shift
  const message = `Parameter '${shown(param)}' moved its level from ${twoDecimals(from)} to ${twoDecimals(to)} (${(Math.abs(to - from) / sd).toFixed(1)} standard deviations); please review whether it may`
  return { kind: 'level_shift', param, risk, z: undefined, message }
}

/** A value that a declared destination never had. */
export function declaredSignal(param: string, value: Scalar, risk: RiskScore): Signal {
  const message = `Parameter '${shown(param)}' goes to a destination never seen before (${printed(value)})`
  return { kind: 'new_destination', param, risk, z: undefined, message }
}

/** Every number of a call beside its baseline. */
export function readingsOf({ arguments: all }: Analysis, stream: CallStream): readonly Reading[] {
  return all.flatMap(({ path, values }) => {
    const moments = stream.parameter(path)?.numbers?.moments
    if (moments === undefined || moments.samples < 2) return []
    const { samples, mean, sd, recent } = moments
    const numbers = values.map((value) => numberOf(value)).filter((value) => value !== undefined)
    return numbers.map((value) => ({ param: path, value, samples, mean, sd, z: moments.z(value), recent }))
  })
}

const clock = (hour: number): string => `${String(hour).padStart(2, '0')} h`

const printed = (value: Scalar): string => (typeof value === 'string' ? `'${shown(value)}'` : String(value))

const destinationText = (value: Scalar): string => {
  const [first] = typeof value === 'string' ? destinationsOf(value) : []
  return first === undefined ? printed(value) : `${first.kind} ${shown(first.name)}`
}

const usually = (top: readonly { readonly value: string; readonly count: number }[] | undefined): string => {
  const values = (top ?? []).map(({ value, count }) => `${shown(value.replaceAll('\n', ', '))} (${count} times)`)
  return values.length === 0 ? 'nothing is usual yet' : `usually ${values.join(', ')}`
}
