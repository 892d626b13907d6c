import type { ScoredCall, ToolTraits } from '../../domain/call.ts'
import type { Detector, Lesson } from '../../domain/detector.ts'
import type { RiskAssessment, Signal } from '../../domain/risk.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import { Lru } from '../../support/lru.ts'
import { type HourOf, hourReader } from '../hours.ts'
import { covers } from '../scope.ts'
import { strongestFirst } from '../signals/order.ts'
import { checkedTime, streamKey, tooYoung } from '../streams.ts'
import { type Analysis, analyse, type Known, type Lens, PLAIN_LENS } from './analysis.ts'
import { argumentsOf } from './arguments.ts'
import { KindCalibrators } from './channels.ts'
import { looksReadOnly } from './read-only.ts'
import { type Budget, DEFAULT_BUDGET, type RiskScale, riskScale } from './risk-scale.ts'
import { declaredSignal, readingsOf, SIGNALS_MAX, shiftSignal, signalsOf } from './signals.ts'
import { AgentBaseline, CallStream } from './stream.ts'

/** Pairs of tool and agent that are remembered; beyond, the one used longest ago starts again without history. */
const STREAMS_MAX = 10_000
/** Agents that are remembered as a whole. */
const AGENTS_MAX = 10_000
/** Samples from which on a channel speaks, unless fewer are asked for. */
const READY_SAMPLES = 5
/** No spread before the second value. */
const READY_SAMPLES_MIN = 2
/** How much a call counts that was warned about and that nobody reviewed. */
const UNREVIEWED_WEIGHT = 0.5
/** What reading takes off the surprise of a call. */
const READ_ONLY_RELIEF = 1.5
const ESCALATE = 7
const SHIFT_RISK: RiskScore = riskScore(ESCALATE)
/** Nobody could approve: a shift that stopped every call would lock the agent out. */
const SHIFT_RISK_UNANSWERED: RiskScore = riskScore(6.9)
const NEW_DESTINATION_RISK: Readonly<Record<ToolTraits['destinations']['whenNew'], RiskScore>> = {
  warn: riskScore(4),
  escalate: riskScore(ESCALATE),
}

export interface CalibratedOptions {
  /** Fewer learned calls of a tool and agent than this: risk 0 and "Insufficient history". Whole number from 0. */
  readonly minSamples: number
  /** IANA name of the zone whose hours of the day count, such as `UTC`. */
  readonly timeZone: string
  /** How many of 1,000 normal calls may be escalated and warned about: where risk 7 and 4 lie. */
  readonly budget?: Budget
  /** Whether anyone can approve. Without, a level that moved slowly is warned about and not stopped. Default `present`. */
  readonly approver?: 'present' | 'absent'
}

/**
 * The calibrated method: every channel of a call as a surprise that holds on its stream, combined into "1 in N calls".
 * Its state is a fold over the learned and refused calls; scoring changes nothing.
 * @throws RangeError for a time zone that does not exist, a budget out of order, or a minimum that is not a whole number from 0.
 */
export const createCalibratedDetector = (options: CalibratedOptions): Detector => new CalibratedDetector(options)

class CalibratedDetector implements Detector {
  readonly #streams = new Lru<string, CallStream>(STREAMS_MAX)
  readonly #agents = new Lru<string, AgentBaseline>(AGENTS_MAX)
  readonly #kinds = new KindCalibrators()
  readonly #options: CalibratedOptions
  readonly #hourOf: HourOf
  readonly #riskOf: RiskScale
  /** The last scored call, which most often is learned next. Void as soon as anything is learned. */
  #memo: { readonly call: ScoredCall; readonly analysis: Analysis } | undefined

  constructor(options: CalibratedOptions) {
    if (!Number.isInteger(options.minSamples) || options.minSamples < 0)
      throw new RangeError(`minSamples must be a whole number from 0, found ${options.minSamples}`)
    this.#options = options
    this.#hourOf = hourReader(options.timeZone)
    this.#riskOf = riskScale(options.budget ?? DEFAULT_BUDGET)
  }

  score(call: ScoredCall, traits: ToolTraits): RiskAssessment {
    const known = this.#known(call)
    if (known === undefined) return tooYoung(this.#streams.peek(streamKey(call))?.samples ?? 0)
    const lens = lensOf(traits)
    const analysis = analyse(call, known, lens)
    if (lens === PLAIN_LENS) this.#memo = { call, analysis }
    const measured = this.#risk(analysis, call, traits)
    const { stream, hour } = known
    const { timeZone } = this.#options
    const scene = { analysis, stream, riskOf: this.#riskOf, score: measured, tool: call.tool, timeZone, hour }
    const fixed = [...this.#shifts(analysis), ...newDeclared(analysis, stream, traits)]
    const signals = [...signalsOf(scene), ...fixed].sort(strongestFirst).slice(0, SIGNALS_MAX)
    const score = riskScore(Math.max(measured, ...fixed.map((signal) => signal.risk)))
    return { score, signals, readings: readingsOf(analysis, stream), samples: stream.samples }
  }

  learn(call: ScoredCall, lesson: Lesson): void {
    const analysis = this.#remembered(call)
    const weight = lesson === 'warned' ? UNREVIEWED_WEIGHT : 1
    const stream = this.#stream(call)
    const agent = this.#agent(call)
    if (analysis !== undefined) {
      this.#teachCalibrators(analysis, agent, weight)
      stream.together.learn(analysis.whole.sum)
      agent.session.learn(analysis.whole.steady, call.at, weight)
    }
    stream.learn(call, analysis?.arguments ?? argumentsOf(call.params), { hour: this.#hourOf(call.at), weight })
    agent.sequence.learn(call.tool, call.at)
    agent.bursts.learn(call.at)
    for (const { param } of analysis?.moved ?? [])
      stream.parameter(param)?.numbers?.anchor.answer(lesson === 'approved' ? 'accepted' : 'open', call.at)
  }

  /** Only what counts attempts moves. */
  refused(call: ScoredCall): void {
    this.#memo = undefined
    const at = checkedTime(call.at)
    this.#stream(call).bursts.move(at)
    this.#agent(call).bursts.move(at)
  }

  #teachCalibrators({ evidence, whole }: Analysis, agent: AgentBaseline, alarmWeight: number): void {
    for (const { kind, channel, calibrators, nominal } of evidence) {
      calibrators.get(kind, channel).learn(nominal, alarmWeight)
      this.#kinds.learn(kind, nominal, alarmWeight)
    }
    const wholes = [
      ['call', whole.nominal],
      ['session', whole.sessionNominal],
      ['joined', whole.joinedNominal],
    ] as const
    for (const [kind, nominal] of wholes) {
      agent.calibrators.get(kind).learn(nominal, alarmWeight)
      this.#kinds.learn(kind, nominal, alarmWeight)
    }
  }

  #risk({ whole }: Analysis, { tool }: ScoredCall, { readOnly }: ToolTraits): RiskScore {
    const full = this.#riskOf(whole.joined)
    const isRelieved = readOnly || (full < ESCALATE && looksReadOnly(tool))
    return isRelieved ? this.#riskOf(Math.max(0, whole.joined - READ_ONLY_RELIEF)) : full
  }

  #shifts({ moved }: Analysis): readonly Signal[] {
    const risk = this.#options.approver === 'absent' ? SHIFT_RISK_UNANSWERED : SHIFT_RISK
    return moved.map((each) => shiftSignal(each, risk))
  }

  #remembered(call: ScoredCall): Analysis | undefined {
    const memo = this.#memo
    this.#memo = undefined
    if (memo?.call === call) return memo.analysis
    const known = this.#known(call)
    return known === undefined ? undefined : analyse(call, known, PLAIN_LENS)
  }

  /** Undefined while there is too little history. */
  #known(call: ScoredCall): Known | undefined {
    const at = checkedTime(call.at)
    const stream = this.#streams.peek(streamKey(call))
    const agent = this.#agents.peek(call.agentId)
    const { minSamples } = this.#options
    if (stream === undefined || agent === undefined || stream.samples < minSamples) return undefined
    const ready = Math.max(READY_SAMPLES_MIN, Math.min(READY_SAMPLES, minSamples))
    return { stream, agent, kinds: this.#kinds, hour: this.#hourOf(at), ready }
  }

  #stream(call: ScoredCall): CallStream {
    return this.#streams.getOrMake(streamKey(call), () => new CallStream())
  }

  #agent(call: ScoredCall): AgentBaseline {
    return this.#agents.getOrMake(call.agentId, () => new AgentBaseline())
  }
}

function lensOf({ ignore, destinations }: ToolTraits): Lens {
  if (ignore.length === 0 && destinations.params.length === 0) return PLAIN_LENS
  return { isIgnored: (path) => covers(ignore, path), isName: (path) => covers(destinations.params, path) }
}

/** At most one signal for each declared destination that has a value it never had. */
function newDeclared(analysis: Analysis, stream: CallStream, { destinations, ignore }: ToolTraits): readonly Signal[] {
  if (destinations.params.length === 0) return []
  const signals: Signal[] = []
  for (const { path, values } of analysis.arguments) {
    if (!covers(destinations.params, path) || covers(ignore, path)) continue
    const parameter = stream.parameter(path)
    const unknown = values.find((value) => parameter?.isNewDestination(value) ?? true)
    if (unknown !== undefined && unknown !== null)
      signals.push(declaredSignal(path, unknown, NEW_DESTINATION_RISK[destinations.whenNew]))
  }
  return signals
}
