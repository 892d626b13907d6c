import type { Answered, Asking, Permit } from './asking.ts'
import { NOT_ASKED, type OpinionFinding, type RiskFinding } from './decide/decide.ts'
import type { Approval } from './domain/approval.ts'
import type { ToolCall } from './domain/call.ts'
import type { Decision } from './domain/decision.ts'
import type { Verdict } from './domain/verdict.ts'
import type { Edit } from './edit.ts'
import { SentinelApprovalPendingError, type SentinelArgumentError } from './errors.ts'
import type { Intake } from './intake.ts'
import type { Recorded } from './journal.ts'
import { attempt, type Outcome, unwrap } from './outcome.ts'
import { refusing } from './refused.ts'
import type { Clock } from './support/clock.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import type { Counted } from './windows.ts'

/** What judging one tool's calls is made of. Each stage is a leaf: none knows of another. */
export interface Stages {
  /** Opens the log and restores the baselines, once. */
  ready(): Promise<void>
  /** Counts the call for rules that look back at other calls; undefined when no rule does. */
  readonly reserve: ((call: ToolCall) => Promise<Counted>) | undefined
  /** As `reserve`, for a call that waited for approval and is judged again. */
  readonly recount: ((call: ToolCall) => Promise<Counted>) | undefined
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
  /** Resolves once the decision is stored, and the approval asked for. Rejects when it is not and the tool may not run without. */
  record(call: ToolCall, decision: Decision): Promise<Recorded>
  obtainPermit(asking: Asking): Promise<Permit>
  /** Stores the answer that an adapter brings, in time. */
  settle(asking: Asking, answer: Answered): Promise<void>
  /** A permit by the answer that is stored. */
  redeem(asking: Asking, answer: Answered): Promise<Permit>
  /** A permit for a call that was suspended, and judged anew, by what became of its approval. */
  resume(asking: Asking, approval: Approval): Promise<Permit>
  /** The refusal of a call that was not answered, or not run, before its deadline. */
  expire(asking: Asking): Promise<Permit>
  /** Keeps a call that waits for its approval, to be resumed. */
  suspend(id: string, guarded: Guarded<unknown>): void
  /** What the caller gets for a call that an approver changed. */
  afterEdit<Result>(edit: Edit, result: Result): Result
  /** From here on the tool is at it. Never throws. */
  noteStart(call: ToolCall): void
  /** Never throws and keeps nobody waiting. */
  recordOutcome(call: ToolCall, outcome: Outcome<unknown>): void
  /** Shows calls to whoever traces the program. */
  readonly telemetry: Telemetry
  readonly clock: Clock
}

/** The stages that decide, and change nothing. */
export type Judges = Pick<Stages, 'evaluateRules' | 'assessRisk' | 'consult' | 'refuseUnjudgeable' | 'decide'>

/** A call on its way through the guard. */
export interface Guarded<Result> {
  readonly intake: Intake
  /** @param intake the call itself, or what an approver made of it. */
  readonly run: (intake: Intake) => Result
  /** In a stream: `run` gives an async iterable, and the tool is at it while that is read. */
  readonly answers: 'once' | 'in-a-stream'
  readonly signal: AbortSignal | undefined
  /** Takes the permit of an earlier authorization; undefined: the call is judged now. */
  readonly authorized: (() => Promise<Edit | undefined>) | undefined
}

/** A call that was decided and recorded, and has not run. */
export type Decided = Omit<Asking, 'signal'>

/** One call of one tool, start to end. Rejects with `Refused`, or with what the tool throws. */
export async function runGuarded<Result>(guarded: Guarded<Result>, stages: Stages): Promise<Awaited<Result>> {
  const edit = await refusing(() => judgeAndAdmit(guarded, stages))
  return run(guarded, edit, stages)
}

/** Runs a call that was suspended, on the approval that came meanwhile. Rejects as `runGuarded`. */
export async function resumeGuarded(guarded: Guarded<unknown>, approval: Approval, stages: Stages): Promise<unknown> {
  const { telemetry } = stages
  const edit = await refusing(() =>
    telemetry.begun(guarded.intake.call, () => judgeAndReadmit(guarded, approval, stages)),
  )
  if (guarded.answers === 'once') return run(guarded, edit, stages)
  const running = edit?.intake ?? guarded.intake
  return executeStream(running.call, () => guarded.run(running) as AsyncIterable<unknown>, stages)
}

async function run<Result>(
  { intake, run }: Guarded<Result>,
  edit: Edit | undefined,
  stages: Stages,
): Promise<Awaited<Result>> {
  const running = edit?.intake ?? intake
  const result = await execute(running.call, () => run(running), stages)
  return edit === undefined ? result : stages.afterEdit(edit, result)
}

/** As `runGuarded`, for a tool that answers in a stream: nothing is decided before the first item is asked for. */
export async function* streamGuarded<Item>(
  guarded: Guarded<AsyncIterable<Item>>,
  stages: Stages,
): AsyncGenerator<Item, void, undefined> {
  const edit = await refusing(() => judgeAndAdmit(guarded, stages))
  const running = edit?.intake ?? guarded.intake
  yield* executeStream(running.call, () => guarded.run(running), stages)
}

async function judgeAndAdmit(guarded: Guarded<unknown>, stages: Stages): Promise<Edit | undefined> {
  const { intake, signal, authorized } = guarded
  if (authorized !== undefined) return authorized()
  const decided = await judgeAndRecord(intake, stages)
  const permit = await stages.obtainPermit({ ...decided, signal })
  if (!permit.granted && permit.refusal instanceof SentinelApprovalPendingError)
    stages.suspend(permit.refusal.approvalId ?? '', guarded)
  return admitted(permit)
}

/** What was decided when the call was suspended may hold no more: rules change, and so does what is usual. */
async function judgeAndReadmit(
  { intake, signal }: Guarded<unknown>,
  approval: Approval,
  stages: Stages,
): Promise<Edit | undefined> {
  await stages.ready()
  const decision = await judge(intake.call, stages, await stages.recount?.(intake.call))
  return admitted(await stages.resume({ intake, decision, auditId: undefined, asked: undefined, signal }, approval))
}

/** How the arguments were changed, when the tool may run; throws the refusal when it may not. */
function admitted(permit: Permit): Edit | undefined {
  if (!permit.granted) throw permit.refusal
  return permit.edit
}

/** reserve → rules → risk → (LLM) → decide → record */
export const judgeAndRecord = (intake: Intake, stages: Stages): Promise<Decided> =>
  stages.telemetry.begun(intake.call, () => decideAndRecord(intake, stages))

async function decideAndRecord(intake: Intake, stages: Stages): Promise<Decided> {
  const { call } = intake
  await stages.ready()
  const counted = await stages.reserve?.(call)
  try {
    const decision = await judge(call, stages, counted)

    // Written first: a tool that ran without a record is the one failure an audit log may not have.
    const recorded = await stages.record(call, decision)
    if (decision.action === 'block' && decision.enforced) await stages.release(call)
    return { intake, decision, ...recorded }
  } catch (error) {
    await stages.release(call)
    throw error
  }
}

/** rules → risk → (LLM) → decide; without `consult` it changes nothing, so it also serves the dry run. */
export async function judge(call: ToolCall, judges: Judges, counted: Counted | undefined): Promise<Decision> {
  if (call.flaw !== undefined) return judges.refuseUnjudgeable(call.flaw)
  const verdict = judges.evaluateRules(call, counted)
  const risk = judges.assessRisk(call)
  const opinion = (await judges.consult?.(call, verdict, risk)) ?? NOT_ASKED
  return judges.decide(verdict, risk, opinion)
}

/** Runs the tool of an admitted call and records how it ended. */
export async function execute<Result>(call: ToolCall, run: () => Result, stages: Stages): Promise<Awaited<Result>> {
  stages.noteStart(call)
  const outcome = await attempt(() => stages.telemetry.within(call, run), stages.clock)
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
  stages.noteStart(call)
  const startedAt = stages.clock.monotonicMs()
  let outcome: Outcome<void> = { status: 'returned', value: undefined, durationMs: 0 }
  try {
    yield* stages.telemetry.withinStream(call, run)
  } catch (error) {
    outcome = { status: 'threw', error, durationMs: 0 }
    throw error
  } finally {
    stages.recordOutcome(call, { ...outcome, durationMs: stages.clock.monotonicMs() - startedAt })
  }
}
