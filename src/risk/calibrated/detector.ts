import type { AcceptedSignal, BaselineChange, MovedParameter, StateRow, UsualCalls } from '../../domain/baseline.ts'
import { type Budget, DEFAULT_BUDGET } from '../../domain/budget.ts'
import type { ScoredCall, ToolTraits } from '../../domain/call.ts'
import type { Detector, EndedCall, Lesson, RefusalKind } from '../../domain/detector.ts'
import type { RiskAssessment, Signal } from '../../domain/risk.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import { type HourOf, hourReader } from '../../support/hours.ts'
import { covers } from '../scope.ts'
import { strongestFirst } from '../signals/order.ts'
import { checkedTime, streamKey, tooYoung } from '../streams.ts'
import { accept } from './accept.ts'
import { AgentBaseline } from './agent.ts'
import { type Analysis, analyse, type Known, type Lens, PLAIN_LENS, type Whole } from './analysis.ts'
import { type Argument, argumentsOf } from './arguments.ts'
import type { Calibrators, ChannelKind } from './channels.ts'
import { usualCalls } from './describe.ts'
import { Memo } from './memo.ts'
import { BaselineMemory } from './memory.ts'
import { looksReadOnly, READ_ONLY_RELIEF } from './read-only.ts'
import { type RiskScale, riskScale } from './risk-scale.ts'
import { declaredSignal, readingsOf, SIGNALS_MAX, shiftSignal, signalsOf } from './signals.ts'
import type { CallStream } from './stream.ts'

/** Raised whenever the same calls would leave another state. */
const STATE_VERSION = 1
/** Samples from which on a channel speaks, unless fewer are asked for. */
const READY_SAMPLES = 5
/** No spread before the second value. */
const READY_SAMPLES_MIN = 2
/** How much a call counts that was warned about and that nobody reviewed. */
const UNREVIEWED_WEIGHT = 0.5
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
  readonly budget?: Budget | undefined
  /** Whether anyone can approve. Without, a level that moved slowly is warned about and not stopped. Default `present`. */
  readonly approver?: 'present' | 'absent' | undefined
  /** Pairs of tool and agent that are remembered. Default 100,000. */
  readonly streamsMax?: number | undefined
}

/**
 * The calibrated method: every channel of a call as a surprise that holds on its stream, combined into "1 in N calls".
 * Its state is a fold over what it is told; scoring changes nothing.
 * @throws RangeError for a time zone that does not exist, a budget out of order, or a minimum that is not a whole number from 0.
 */
export const createCalibratedDetector = (options: CalibratedOptions): Detector => new CalibratedDetector(options)

class CalibratedDetector implements Detector {
  readonly make: string
  readonly #memory: BaselineMemory
  readonly #options: CalibratedOptions
  readonly #hourOf: HourOf
  readonly #riskOf: RiskScale
  readonly #overdue = new Map<string, MovedParameter>()
  readonly #memo = new Memo()

  constructor(options: CalibratedOptions) {
    const { minSamples, timeZone, budget = DEFAULT_BUDGET } = options
    if (!Number.isInteger(minSamples) || minSamples < 0)
      throw new RangeError(`minSamples must be a whole number from 0, found ${minSamples}`)
    this.#options = options
    this.#memory = new BaselineMemory(options.streamsMax)
    this.#hourOf = hourReader(timeZone)
    this.#riskOf = riskScale(budget)
    this.make = `calibrated ${STATE_VERSION}, ${minSamples} samples, ${timeZone}`
  }

  score(call: ScoredCall, traits: ToolTraits): RiskAssessment {
    const known = this.#known(call)
    if (known === undefined) return tooYoung(this.#memory.stream(call)?.samples ?? 0)
    const lens = lensOf(traits)
    const analysis = analyse(call, known, lens)
    if (lens === PLAIN_LENS) this.#memo.note(call, known, analysis)
    const measured = this.#risk(analysis, call, traits)
    const { stream, hour } = known
    const { timeZone } = this.#options
    const scene = { analysis, stream, riskOf: this.#riskOf, score: measured, tool: call.tool, timeZone, hour }
    const fixed = [...this.#shifts(analysis), ...newDeclared(analysis, stream, traits)]
    const signals = [...signalsOf(scene), ...fixed].sort(strongestFirst).slice(0, SIGNALS_MAX)
    const score = riskScore(Math.max(measured, ...fixed.map(({ risk }) => risk)))
    return { score, signals, readings: readingsOf(analysis, stream), samples: stream.samples }
  }

  learn(call: ScoredCall, lesson: Lesson): void {
    checkedTime(call.at)
    const analysis = this.#remembered(call)
    const weight = lesson === 'warned' ? UNREVIEWED_WEIGHT : 1
    const taught = analysis?.arguments ?? argumentsOf(call.params)
    this.#memory.change(call, (stream, agent) => {
      if (lesson !== 'approved') this.#noteShifts(call, taught, stream)
      if (analysis !== undefined) this.#teachWhole(call, analysis, { stream, agent, weight })
      stream.learn(call, taught, { hour: this.#hourOf(call.at), weight, contacts: agent.contacts })
      agent.sequence.learn(call.tool, call.at)
      agent.bursts.learn(call.at)
      for (const { param } of analysis?.moved ?? [])
        if (lesson === 'approved') stream.parameter(param)?.numbers?.anchor.rebase()
    })
  }

  refused(call: ScoredCall, how: RefusalKind): void {
    const analysis = this.#remembered(call)
    const at = checkedTime(call.at)
    const tried = analysis?.arguments ?? argumentsOf(call.params)
    this.#memory.change(call, (stream, agent) => {
      if (analysis !== undefined) stream.stretch.move(analysis.whole.oddNumber, at)
      stream.bursts.move(at)
      agent.bursts.move(at)
      if (how === 'unanswered') this.#noteShifts(call, tried, stream)
      else for (const { path } of tried) stream.parameter(path)?.numbers?.anchor.denied()
    })
  }

  ended({ tool, agentId, at }: EndedCall, how: 'returned' | 'threw'): void {
    checkedTime(at)
    // Of a call that was not learned, or that is forgotten, its end says nothing.
    if (!this.#memory.knows({ tool, agentId })) return
    this.#memory.change({ tool, agentId }, (stream) => stream.failures.learn(how))
  }

  change(change: BaselineChange): void {
    this.#memo.void()
    switch (change.change) {
      case 'accepted':
        this.#accept(change.call, change.signals)
        break
      case 'rebased':
        this.#rebase(change, change.at)
        break
      case 'forgotten':
        this.#memory.forget(change.tool, change.param)
        break
      default:
        change satisfies never
    }
  }

  takeOverdue(): readonly MovedParameter[] {
    const overdue = [...this.#overdue.values()]
    this.#overdue.clear()
    return overdue
  }

  describe(tool?: string): readonly UsualCalls[] {
    return [...this.#memory.streams(tool)].map(([name, stream]) => usualCalls(name, stream))
  }

  takeState(which: 'changed' | 'all'): readonly StateRow[] {
    return this.#memory.takeState(which)
  }

  restoreState(rows: Iterable<StateRow>): void {
    this.#memory.restoreState(rows)
  }

  #accept(call: ScoredCall, signals: readonly AcceptedSignal[]): void {
    const hour = this.#hourOf(checkedTime(call.at))
    this.#memory.change(call, (stream, agent) => accept({ call, hour, signals }, stream, agent))
  }

  /** Another process may have said so before, and the level may be another by now. */
  #rebase(moved: MovedParameter, at: number): void {
    this.#overdue.delete(overdueKey(moved))
    this.#memory.change(moved, (stream) => {
      const anchor = stream.parameter(moved.param)?.numbers?.anchor
      if (anchor?.isOverdue(at)) anchor.rebase()
    })
  }

  #teachWhole({ at }: ScoredCall, { evidence, whole }: Analysis, { stream, agent, weight }: Taught): void {
    const teach = (owner: Calibrators, kind: ChannelKind, nominal: number): void => {
      owner.get(kind).learn(nominal, weight)
      this.#memory.kinds.learn(kind, nominal, weight)
    }
    for (const { calibrators, kind, nominal } of evidence) teach(calibrators, kind, nominal)
    teach(agent.calibrators, 'call', whole.nominal)
    teach(agent.calibrators, 'effect', whole.weighed)
    teach(agent.calibrators, 'session', whole.sessionNominal)
    teach(stream.calibrators, 'stretch', whole.stretchNominal)
    teach(agent.calibrators, 'joined', whole.joinedNominal)
    stream.together.learn(whole.sum)
    stream.stretch.learn(whole.oddNumber, at, weight)
    agent.session.learn(whole.steady, at, weight)
  }

  /** Shifts that this call shows and that nobody answered; those that waited long enough are told. */
  #noteShifts({ tool, agentId, at }: ScoredCall, all: readonly Argument[], stream: CallStream): void {
    for (const { path, elements } of all) {
      const numbers = stream.parameter(path)?.numbers
      if (numbers === undefined || numbers.hurdle.isActive) continue
      for (const { number } of elements) if (number !== undefined) numbers.anchor.unanswered(number, at)
      if (numbers.anchor.isOverdue(at))
        this.#overdue.set(overdueKey({ tool, agentId, param: path }), { tool, agentId, param: path })
    }
  }

  #risk({ whole }: Analysis, { tool }: ScoredCall, { readOnly }: ToolTraits): RiskScore {
    const full = this.#full(whole)
    const isRelieved = readOnly || (full < ESCALATE && looksReadOnly(tool))
    return isRelieved ? this.#riskOf(Math.max(0, whole.joined - READ_ONLY_RELIEF)) : full
  }

  /** Nobody could accept a stretch of odd numbers: it is warned about, so that the level where they are now is learned. */
  #full({ joined, apart }: Whole): RiskScore {
    const risk = this.#riskOf(joined)
    if (this.#options.approver !== 'absent' || risk < ESCALATE) return risk
    return riskScore(Math.max(SHIFT_RISK_UNANSWERED, this.#riskOf(apart)))
  }

  #shifts({ moved }: Analysis): readonly Signal[] {
    const risk = this.#options.approver === 'absent' ? SHIFT_RISK_UNANSWERED : SHIFT_RISK
    return moved.map((each) => shiftSignal(each, risk))
  }

  /** To be followed by learning something of the call. */
  #remembered(call: ScoredCall): Analysis | undefined {
    // What a stream would start from is not its own to teach.
    const known = this.#memory.knows(call) ? this.#known(call) : undefined
    const analysis = known && (this.#memo.recall(call, known) ?? analyse(call, known, PLAIN_LENS))
    this.#memo.void()
    return analysis
  }

  /** Undefined while there is too little history. */
  #known(call: ScoredCall): Known | undefined {
    const at = checkedTime(call.at)
    const stream = this.#memory.stream(call)
    const agent = this.#memory.agent(call.agentId) ?? new AgentBaseline()
    const { minSamples } = this.#options
    if (stream === undefined || stream.samples < minSamples) return undefined
    const ready = Math.max(READY_SAMPLES_MIN, Math.min(READY_SAMPLES, minSamples))
    return { stream, agent, kinds: this.#memory.kinds, hour: this.#hourOf(at), ready }
  }
}

interface Taught {
  readonly stream: CallStream
  readonly agent: AgentBaseline
  /** How much an alarm counts. */
  readonly weight: number
}

const overdueKey = (moved: MovedParameter): string => `${moved.param.length}:${moved.param}${streamKey(moved)}`

function lensOf({ ignore, destinations }: ToolTraits): Lens {
  if (ignore.length === 0 && destinations.params.length === 0) return PLAIN_LENS
  return { isIgnored: (path) => covers(ignore, path), isName: (path) => covers(destinations.params, path) }
}

/** At most one signal for each declared destination that has a value it never had. */
function newDeclared(analysis: Analysis, stream: CallStream, { destinations, ignore }: ToolTraits): readonly Signal[] {
  if (destinations.params.length === 0) return []
  const risk = NEW_DESTINATION_RISK[destinations.whenNew]
  const signals: Signal[] = []
  for (const { path, elements } of analysis.arguments) {
    if (!covers(destinations.params, path) || covers(ignore, path)) continue
    const parameter = stream.parameter(path)
    const unknown = elements.find((element) => parameter?.isNewDestination(element) ?? true)?.value
    if (unknown !== undefined && unknown !== null) signals.push(declaredSignal(path, unknown, { risk, parameter }))
  }
  return signals
}
