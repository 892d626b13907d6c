import type { ScoredCall } from '../../domain/call.ts'
import type { Scalar } from '../features.ts'
import type { AgentBaseline } from './agent.ts'
import type { Shift, SlowBoilAnchor } from './anchor.ts'
import { type Argument, argumentsOf, type Element } from './arguments.ts'
import type { Calibrators, ChannelKind, KindCalibrators } from './channels.ts'
import { groupSurprise, strongestThree } from './combine.ts'
import { looksReadOnly, READ_ONLY_RELIEF } from './read-only.ts'
import type { CallStream } from './stream.ts'

/** What one channel says of a call. */
export interface Evidence {
  readonly kind: ChannelKind
  readonly calibrators: Calibrators
  readonly nominal: number
  /** Calibrated: "1 in exp(surprise) calls". */
  readonly surprise: number
  readonly value: Scalar
}

/** Channels that tell of one fact: one parameter, the pace, the hour. */
export interface Group {
  /** Undefined for the call as a whole. */
  readonly param: string | undefined
  readonly surprise: number
  readonly strongest: Evidence
}

/** A parameter whose level moved. */
export interface Moved {
  readonly param: string
  readonly shift: Shift
}

/** A call against what was learned before it. */
export interface Analysis {
  readonly arguments: readonly Argument[]
  readonly evidence: readonly Evidence[]
  /** Most surprising first. */
  readonly groups: readonly Group[]
  readonly whole: Whole
  readonly moved: readonly Moved[]
}

/** The call as a whole. */
export interface Whole {
  /** Sum of the surprises of all groups. */
  readonly sum: number
  readonly nominal: number
  /** The same, less the relief of reading: what is surprising where a call has effects. */
  readonly weighed: number
  /** Calibrated on the agent's calls. */
  readonly surprise: number
  /** The same without the pace of calls. */
  readonly steady: number
  readonly sessionNominal: number
  readonly session: number
  /** The most surprising number of the call. */
  readonly oddNumber: number
  readonly stretchNominal: number
  readonly joinedNominal: number
  /** Call and session, calibrated once more: what the risk is read from. */
  readonly joined: number
  /** The same without the stretch of odd numbers. */
  readonly apart: number
}

export interface Known {
  readonly stream: CallStream
  readonly agent: AgentBaseline
  readonly kinds: KindCalibrators
  readonly hour: number
  /** Samples from which on a channel speaks. */
  readonly ready: number
}

/** What the wrapping code says of a call's parameters. */
export interface Lens {
  /** Not scored at all. */
  readonly isIgnored: (path: string) => boolean
  /** Names something: how large it is as a number says nothing. */
  readonly isName: (path: string) => boolean
}

export const PLAIN_LENS: Lens = { isIgnored: () => false, isName: () => false }

/**
 * What a group costs before it counts. Alarms of context come in bunches and are seldom the harm itself; each that is spent on them is
 * one less for the arguments. C. Genovese et al., "False discovery control with p-value weighting", Biometrika 2006.
 */
const PRICES: Partial<Record<ChannelKind, number>> = { burst_minute: 3, burst_hour: 3, hour: 1, failures: 3 }
/** What many small oddities cost beside the three strongest groups. */
const TOGETHER_PRICE = 1.75
/** Half of `ln 2`: call and session are two looks at one thing. */
const SESSION_PRICE = 0.35
/** However long calls or numbers have been odd, only a call that would be warned about by itself may be stopped for it. */
const LASTING_MAX = 10
/** A destination that is as surprising as the value that holds it says more. */
const DESTINATION_LEAD = 0.3

/** Scores every channel of a call. Changes nothing. */
export function analyse(call: ScoredCall, known: Known, lens: Lens): Analysis {
  const { stream } = known
  const all = argumentsOf(call.params)
  const judged = lens === PLAIN_LENS ? all : all.filter(({ path }) => !lens.isIgnored(path))
  const found = new Found()
  for (const argument of judged) found.add(argument.path, ofArgument(argument, known, lens))
  found.add(undefined, ofKeys(all, known))
  found.add(undefined, ofSequence(call, known))
  found.add(undefined, ofBursts(call, known))
  found.add(undefined, ofHour(known))
  found.add(undefined, ofFailures(known))
  const { evidence } = found
  const groups = found.groups.sort((a, b) => b.surprise - a.surprise)
  let sum = 0
  for (const { surprise } of groups) sum += surprise
  const nominal = stream.together.surprise(sum, groups.length)
  const together = speak(known, stream.calibrators, { kind: 'together', nominal })
  evidence.push(together)
  const whole = wholeOf(call, { groups, sum, together: together.surprise }, known)
  return { arguments: all, evidence, groups, whole, moved: movedLevels(judged, { at: call.at, stream, lens }) }
}

/** What the channels of a call say, in the order in which it is learned, and grouped by the fact that they tell of. */
class Found {
  readonly evidence: Evidence[] = []
  readonly groups: Group[] = []

  /** @param evidence of one fact; when there is none, there is nothing to tell. */
  add(param: string | undefined, evidence: readonly Evidence[]): void {
    const [first] = evidence
    if (first === undefined) return
    this.groups.push(groupOf(param, first, evidence))
    for (const each of evidence) this.evidence.push(each)
  }
}

interface Spoken {
  readonly kind: ChannelKind
  readonly nominal: number
  readonly value?: Scalar
}

function speak({ kinds }: Known, calibrators: Calibrators, spoken: Spoken): Evidence {
  const { kind, nominal, value = null } = spoken
  const surprise = nominal <= 0 ? 0 : kinds.read(kind, calibrators.peek(kind), nominal)
  return { kind, calibrators, nominal, value, surprise }
}

function groupOf(param: string | undefined, first: Evidence, evidence: readonly Evidence[]): Group {
  let strongest = first
  for (const each of evidence) if (each.surprise > strongest.surprise) strongest = each
  const { surprise } = strongest
  if (surprise <= 0) return { param, strongest, surprise: 0 }
  strongest = evidence.find((each) => leads(each, surprise)) ?? strongest
  const price = PRICES[strongest.kind] ?? 0
  return { param, strongest, surprise: Math.max(0, groupSurprise(surprise, evidence.length) - price) }
}

const leads = ({ kind, surprise }: Evidence, strongest: number): boolean =>
  kind === 'destination' && surprise > 0 && surprise >= strongest - DESTINATION_LEAD

function ofArgument(argument: Argument, known: Known, lens: Lens): readonly Evidence[] {
  const { path } = argument
  const parameter = known.stream.parameter(path)
  if (parameter === undefined) return []
  const surprises = parameter.surprises(argument, { ready: known.ready, contacts: known.agent.contacts })
  const counted = lens.isName(path) ? surprises.filter(({ kind }) => kind !== 'number') : surprises
  return counted.map((each) => speak(known, parameter.calibrators, each))
}

function ofKeys(all: readonly Argument[], known: Known): readonly Evidence[] {
  const { stream } = known
  const nominal = stream.keySets.surprise(stream.keySetOf(all))
  return [speak(known, stream.calibrators, { kind: 'keys', nominal })]
}

function ofSequence({ tool, at }: ScoredCall, known: Known): readonly Evidence[] {
  const { calibrators, sequence } = known.agent
  const alone = speak(known, calibrators, { kind: 'tool', nominal: sequence.tools.surprise(tool) })
  const followers = sequence.followers(at)
  if (followers === undefined || followers.samples < known.ready) return [alone]
  return [alone, speak(known, calibrators, { kind: 'sequence', nominal: followers.surprise(tool) })]
}

function ofBursts({ at }: ScoredCall, known: Known): readonly Evidence[] {
  const { stream, agent } = known
  return [
    speak(known, stream.calibrators, { kind: 'burst_minute', nominal: stream.bursts.minute.surprise(at) }),
    speak(known, stream.calibrators, { kind: 'burst_hour', nominal: stream.bursts.hour.surprise(at) }),
    speak(known, agent.calibrators, { kind: 'burst_minute', nominal: agent.bursts.minute.surprise(at) }),
    speak(known, agent.calibrators, { kind: 'burst_hour', nominal: agent.bursts.hour.surprise(at) }),
  ]
}

function ofHour(known: Known): readonly Evidence[] {
  const { hours, calibrators } = known.stream
  return hours.isKnown ? [speak(known, calibrators, { kind: 'hour', nominal: hours.surprise(known.hour) })] : []
}

function ofFailures(known: Known): readonly Evidence[] {
  const { failures, calibrators } = known.stream
  return [speak(known, calibrators, { kind: 'failures', nominal: failures.surprise })]
}

interface Parts {
  /** Most surprising first. */
  readonly groups: readonly Group[]
  readonly sum: number
  /** Surprise of the sum of all groups. */
  readonly together: number
}

function wholeOf({ tool, at }: ScoredCall, { groups, sum, together }: Parts, { agent, stream, kinds }: Known): Whole {
  const { calibrators } = agent
  const read = (kind: ChannelKind, nominal: number): number => kinds.read(kind, calibrators.peek(kind), nominal)
  const reads = looksReadOnly(tool)
  const relief = reads ? READ_ONLY_RELIEF : 0
  const nominal = nominalOf(groups, together)
  const weighed = Math.max(0, nominal - relief)
  const effect = read('effect', weighed)
  const surprise = reads ? read('call', nominal) : effect
  const steadyNominal = steadyOf(groups, together)
  const steady = steadyNominal === nominal ? effect : read('effect', Math.max(0, steadyNominal - relief))
  const sessionNominal = agent.session.surprise(agent.session.with(steady, at))
  const session = read('session', sessionNominal)
  const oddNumber = oddestNumber(groups)
  const stretchNominal = stream.stretch.surprise(stream.stretch.with(oddNumber, at))
  const stretch = kinds.read('stretch', stream.calibrators.peek('stretch'), stretchNominal)
  const joinedNominal = joinedOf(surprise, Math.max(session, stretch))
  const joined = read('joined', joinedNominal)
  const apart = session >= stretch ? joined : read('joined', joinedOf(surprise, session))
  return {
    sum,
    nominal,
    weighed,
    surprise,
    steady,
    sessionNominal,
    session,
    oddNumber,
    stretchNominal,
    joinedNominal,
    joined,
    apart,
  }
}

const joinedOf = (surprise: number, lasting: number): number =>
  Math.max(surprise, (surprise + Math.min(LASTING_MAX, lasting)) / 2 - SESSION_PRICE)

function oddestNumber(groups: readonly Group[]): number {
  let oddest = 0
  for (const { strongest, surprise } of groups) if (strongest.kind === 'number') oddest = Math.max(oddest, surprise)
  return oddest
}

const RUNNING: ReadonlySet<ChannelKind> = new Set<ChannelKind>(['burst_minute', 'burst_hour', 'failures'])

/** A burst already is a running count, and so are failures: within the session they would be counted twice. */
const steadyOf = (groups: readonly Group[], together: number): number =>
  nominalOf(
    groups.filter((group) => !RUNNING.has(group.strongest.kind)),
    together,
  )

const nominalOf = ([first, second, third]: readonly Group[], together: number): number =>
  Math.max(
    strongestThree([first?.surprise ?? 0, second?.surprise ?? 0, third?.surprise ?? 0]),
    together - TOGETHER_PRICE,
  )

interface Scene {
  readonly at: number
  readonly stream: CallStream
  readonly lens: Lens
}

function movedLevels(judged: readonly Argument[], { at, stream, lens }: Scene): readonly Moved[] {
  const moved: Moved[] = []
  for (const { path, elements } of judged) {
    const numbers = stream.parameter(path)?.numbers
    if (numbers === undefined || numbers.hurdle.isActive || lens.isName(path)) continue
    const shift = firstShift(elements, numbers.anchor, at)
    if (shift !== undefined) moved.push({ param: path, shift })
  }
  return moved
}

function firstShift(elements: readonly Element[], anchor: SlowBoilAnchor, at: number): Shift | undefined {
  for (const { number } of elements) {
    const shift = number === undefined ? undefined : anchor.shift(number, at)
    if (shift !== undefined) return shift
  }
  return undefined
}
