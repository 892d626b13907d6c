import type { OpinionFinding, RiskFinding } from './decide/decide.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision } from './domain/decision.ts'
import type { AuditId } from './domain/units.ts'
import type { Verdict } from './domain/verdict.ts'
import type { SentinelArgumentError } from './errors.ts'
import { attempt, type Outcome, unwrap } from './outcome.ts'
import type { Answered, Asking, Permit } from './permit.ts'
import { refusing } from './refused.ts'
import type { Clock } from './support/clock.ts'
import type { Counted } from './windows.ts'

/** What judging one tool's calls is made of. Each stage is a leaf: none knows of another. */
export interface Stages {
  /** Opens the log and restores the baselines, once. */
  ready(): Promise<void>
  /** Counts the call for rules that look back at other calls; undefined when no rule does. */
  readonly reserve: ((call: ToolCall) => Promise<Counted>) | undefined
  /** As `reserve`, and counts nothing: for the dry run. */
  readonly foresee: ((call: ToolCall) => Promise<Counted>) | undefined
  /** Takes a call that may not run out of what `reserve` counted. Never throws; does nothing the second time. */
  release(call: ToolCall): Promise<void>
  evaluateRules(call: ToolCall, counted: Counted | undefined): Verdict
  assessRisk(call: ToolCall): RiskFinding
  /** Asks another judge, which can only raise the risk; undefined when there is none. */
  readonly consult: ((call: ToolCall, verdict: Verdict, risk: RiskFinding) => Promise<OpinionFinding>) | undefined
  refuseUnjudgeable(flaw: SentinelArgumentError): Decision
  decide(verdict: Verdict, risk: RiskFinding, opinion: OpinionFinding): Decision
  /** Resolves once the decision is stored. Rejects when it is not and the tool may not run without. */
  record(call: ToolCall, decision: Decision): Promise<AuditId | undefined>
  obtainPermit(asking: Asking): Promise<Permit>
  /** A permit by an answer that an adapter brings, in time. */
  settle(asking: Asking, answer: Answered): Promise<Permit>
  /** The refusal of a call that was not answered, or not run, before its deadline. */
  expire(asking: Asking): Promise<Permit>
  /** Never throws and keeps nobody waiting. */
  recordOutcome(call: ToolCall, outcome: Outcome<unknown>): void
  readonly clock: Clock
}

/** A call on its way through the guard. */
export interface Guarded<Result> {
  readonly call: ToolCall
  readonly run: () => Result
  readonly signal: AbortSignal | undefined
  /** Takes the permit of an earlier authorization; undefined: the call is judged now. */
  readonly authorized: (() => Promise<void>) | undefined
}

/** A call that was decided and recorded, and has not run. */
export type Decided = Pick<Asking, 'call' | 'decision' | 'auditId'>

/** One call of one tool, start to end. Rejects with `Refused`, or with what the tool throws. */
export async function runGuarded<Result>(guarded: Guarded<Result>, stages: Stages): Promise<Awaited<Result>> {
  await refusing(() => judgeAndAdmit(guarded, stages))
  return execute(guarded.call, guarded.run, stages)
}

/** As `runGuarded`, for a tool that answers in a stream: nothing is decided before the first item is asked for. */
export async function* streamGuarded<Item>(
  guarded: Guarded<AsyncIterable<Item>>,
  stages: Stages,
): AsyncGenerator<Item, void, undefined> {
  await refusing(() => judgeAndAdmit(guarded, stages))
  yield* executeStream(guarded.call, guarded.run, stages)
}

async function judgeAndAdmit({ call, signal, authorized }: Guarded<unknown>, stages: Stages): Promise<void> {
  if (authorized !== undefined) return authorized()
  const decided = await judgeAndRecord(call, stages)
  await admit({ ...decided, signal }, stages)
}

/** reserve → rules → risk → (LLM) → decide → record */
export async function judgeAndRecord(call: ToolCall, stages: Stages): Promise<Decided> {
  await stages.ready()
  const counted = await stages.reserve?.(call)
  try {
    const decision = await judge(call, stages, counted)

    // Written first: a tool that ran without a record is the one failure an audit log may not have.
    const auditId = await stages.record(call, decision)
    if (decision.action === 'block' && decision.enforced) await stages.release(call)
    return { call, decision, auditId }
  } catch (error) {
    await stages.release(call)
    throw error
  }
}

/** rules → risk → (LLM) → decide; changes nothing, so it also serves the dry run. */
export async function judge(call: ToolCall, stages: Stages, counted: Counted | undefined): Promise<Decision> {
  if (call.flaw !== undefined) return stages.refuseUnjudgeable(call.flaw)
  const verdict = stages.evaluateRules(call, counted)
  const risk = stages.assessRisk(call)
  const opinion = (await stages.consult?.(call, verdict, risk)) ?? { status: 'not-asked' }
  return stages.decide(verdict, risk, opinion)
}

/** Resolves when the tool may run, and rejects with the refusal when it may not. */
async function admit(asking: Asking, stages: Stages): Promise<void> {
  const permit = await stages.obtainPermit(asking)
  if (!permit.granted) throw permit.refusal
}

/** Runs the tool of an admitted call and records how it ended. */
export async function execute<Result>(call: ToolCall, run: () => Result, stages: Stages): Promise<Awaited<Result>> {
  const outcome = await attempt(run, stages.clock)
  // Not awaited: from here on the result belongs to the caller; the row rides with the next commit.
  stages.recordOutcome(call, outcome)
  return unwrap(outcome)
}

/** As `execute`; the outcome is recorded when the stream ends, fails, or is left early. */
async function* executeStream<Item>(
  call: ToolCall,
  run: () => AsyncIterable<Item>,
  stages: Stages,
): AsyncGenerator<Item, void, undefined> {
  const startedAt = stages.clock.monotonicMs()
  let outcome: Outcome<void> = { status: 'returned', value: undefined, durationMs: 0 }
  try {
    yield* run()
  } catch (error) {
    outcome = { status: 'threw', error, durationMs: 0 }
    throw error
  } finally {
    stages.recordOutcome(call, { ...outcome, durationMs: stages.clock.monotonicMs() - startedAt })
  }
}
