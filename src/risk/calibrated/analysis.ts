import type { ScoredCall } from '../../domain/call.ts'
import type { Scalar } from '../features.ts'
import type { AgentBaseline } from './agent.ts'
import type { Shift, SlowBoilAnchor } from './anchor.ts'
import { type Argument, argumentsOf, type Element } from './arguments.ts'
import type { Calibrators, ChannelKind, KindCalibrators } from './channels.ts'
import { groupSurprise, strongestThree } from './combine.ts'
import { looksReadOnly, READ_ONLY_RELIEF } from './read-only.ts'
import { type CallStream, keySetOf } from './stream.ts'

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
  /** Their names, as one value. */
  readonly keySet: string
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
  const all = argumentsOf(call.params)
  const keySet = keySetOf(all)
  const judged = lens === PLAIN_LENS ? all : all.filter(({ path }) => !lens.isIgnored(path))
  const found: Found[] = [
    ...judged.map((argument) => ofArgument(argument, known, lens)),
    ofKeys(keySet, known),
    ofSequence(call, known),
    ofBursts(call, known),
    ofHour(known),
    ofFailures(known),
  ].filter(({ evidence }) => evidence.length > 0)
  const groups = found.map(groupOf).sort((a, b) => b.surprise - a.surprise)
  const sum = groups.reduce((total, { surprise }) => total + surprise, 0)
  const together = speak(known, known.stream.calibrators, {
    kind: 'together',
    nominal: known.stream.together.surprise(sum, groups.length),
  })
  return {
    arguments: all,
    keySet,
    evidence: [...found.flatMap(({ evidence }) => evidence), together],
    groups,
    whole: { sum, ...wholeOf(call, { groups, together: together.surprise }, known) },
    moved: movedLevels(judged, { at: call.at, stream: known.stream, lens }),
  }
}

interface Found {
  readonly param: string | undefined
  readonly evidence: readonly Evidence[]
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

function groupOf({ param, evidence }: Found): Group {
  const [first] = evidence
  if (first === undefined) throw new RangeError('a group needs evidence')
  let strongest = first
  for (const each of evidence) if (each.surprise > strongest.surprise) strongest = each
  const { surprise } = strongest
  const leads = (each: Evidence): boolean =>
    each.kind === 'destination' && each.surprise > 0 && each.surprise >= surprise - DESTINATION_LEAD
  strongest = evidence.find(leads) ?? strongest
  const price = PRICES[strongest.kind] ?? 0
  return { param, strongest, surprise: Math.max(0, groupSurprise(surprise, evidence.length) - price) }
}

function ofArgument(argument: Argument, known: Known, lens: Lens): Found {
  const { path } = argument
  const parameter = known.stream.parameter(path)
  if (parameter === undefined) return { param: path, evidence: [] }
  const surprises = parameter.surprises(argument, { ready: known.ready, contacts: known.agent.contacts })
  const counted = lens.isName(path) ? surprises.filter(({ kind }) => kind !== 'number') : surprises
  return { param: path, evidence: counted.map((each) => speak(known, parameter.calibrators, each)) }
}

function ofKeys(keySet: string, known: Known): Found {
  const { stream } = known
  const nominal = stream.keySets.surprise(keySet)
  return { param: undefined, evidence: [speak(known, stream.calibrators, { kind: 'keys', nominal })] }
}

function ofSequence({ tool, at }: ScoredCall, known: Known): Found {
  const { calibrators, sequence } = known.agent
  const evidence = [speak(known, calibrators, { kind: 'tool', nominal: sequence.tools.surprise(tool) })]
  const followers = sequence.followers(at)
  if (followers !== undefined && followers.samples >= known.ready)
    evidence.push(speak(known, calibrators, { kind: 'sequence', nominal: followers.surprise(tool) }))
  return { param: undefined, evidence }
}

function ofBursts({ at }: ScoredCall, known: Known): Found {
  const evidence = [known.stream, known.agent].flatMap(({ bursts, calibrators }) => [
    speak(known, calibrators, { kind: 'burst_minute', nominal: bursts.minute.surprise(at) }),
    speak(known, calibrators, { kind: 'burst_hour', nominal: bursts.hour.surprise(at) }),
  ])
  return { param: undefined, evidence }
}

function ofHour(known: Known): Found {
  const { hours, calibrators } = known.stream
  const nominal = hours.surprise(known.hour)
  return { param: undefined, evidence: hours.isKnown ? [speak(known, calibrators, { kind: 'hour', nominal })] : [] }
}

function ofFailures(known: Known): Found {
  const { failures, calibrators } = known.stream
  return { param: undefined, evidence: [speak(known, calibrators, { kind: 'failures', nominal: failures.surprise })] }
}

interface Parts {
  readonly groups: readonly Group[]
  /** Surprise of the sum of all groups. */
  readonly together: number
}

function wholeOf({ tool, at }: ScoredCall, parts: Parts, { agent, stream, kinds }: Known): Omit<Whole, 'sum'> {
  const { calibrators } = agent
  const reads = looksReadOnly(tool)
  const weighedOf = (nominal: number): number => Math.max(0, nominal - (reads ? READ_ONLY_RELIEF : 0))
  const effect = (weighed: number): number => kinds.read('effect', calibrators.peek('effect'), weighed)
  const nominal = nominalOf(parts)
  const weighed = weighedOf(nominal)
  const surprise = reads ? kinds.read('call', calibrators.peek('call'), nominal) : effect(weighed)
  // A burst already is a running count, and so are failures: within the session they would be counted twice.
  const groups = parts.groups.filter((group) => !isRunning(group.strongest.kind))
  const steady = effect(weighedOf(nominalOf({ ...parts, groups })))
  const sessionNominal = agent.session.surprise(agent.session.with(steady, at))
  const session = kinds.read('session', calibrators.peek('session'), sessionNominal)
  const oddNumber = oddestNumber(parts.groups)
  const stretchNominal = stream.stretch.surprise(stream.stretch.with(oddNumber, at))
  const stretch = kinds.read('stretch', stream.calibrators.peek('stretch'), stretchNominal)
  const joinedWith = (lasting: number): number =>
    Math.max(surprise, (surprise + Math.min(LASTING_MAX, lasting)) / 2 - SESSION_PRICE)
  const readJoined = (nominal: number): number => kinds.read('joined', calibrators.peek('joined'), nominal)
  const joinedNominal = joinedWith(Math.max(session, stretch))
  const joined = readJoined(joinedNominal)
  const apart = readJoined(joinedWith(session))
  const lately = { sessionNominal, session, oddNumber, stretchNominal }
  return { nominal, weighed, surprise, steady, ...lately, joinedNominal, joined, apart }
}

function oddestNumber(groups: readonly Group[]): number {
  let oddest = 0
  for (const { strongest, surprise } of groups) if (strongest.kind === 'number') oddest = Math.max(oddest, surprise)
  return oddest
}

const RUNNING: ReadonlySet<ChannelKind> = new Set<ChannelKind>(['burst_minute', 'burst_hour', 'failures'])
const isRunning = (kind: ChannelKind): boolean => RUNNING.has(kind)

const nominalOf = ({ groups, together }: Parts): number =>
  Math.max(strongestThree(groups.map((group) => group.surprise)), together - TOGETHER_PRICE)

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
