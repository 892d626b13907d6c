import type { ToolCall } from '../domain/call.ts'
import type { Decision, FaultStage } from '../domain/decision.ts'
import type { AuditId } from '../domain/units.ts'

/** How a tool ended, as far as a trace says it. */
export interface ToolEnd {
  readonly durationMs: number
  /** Name of the class of the error that the tool threw. */
  readonly errorClass: string | undefined
}

/** Shows calls to whoever traces the program. Decides nothing, and nothing it does changes a call. */
export interface Telemetry {
  /** @throws SentinelConfigError when what it needs is not installed. */
  ready(): Promise<void>
  /** Runs the first part of the guard: the call begins. When it rejects, the call has ended so. */
  begun<Result>(call: ToolCall, work: () => Promise<Result>): Promise<Result>
  /** Runs a later part of the guard as part of the call; when it rejects, the call has ended so. */
  watched<Result>(call: ToolCall, work: () => Promise<Result>): Promise<Result>
  /** Runs the tool as part of the call, so that what the tool traces is shown below it. */
  within<Result>(call: ToolCall, run: () => Result): Result
  /** As `within`, for a tool that answers in a stream: it runs whenever an item is asked for. */
  withinStream<Item>(call: ToolCall, run: () => AsyncIterable<Item>): AsyncIterable<Item>
  decided(call: ToolCall, decision: Decision, auditId: AuditId | undefined): void
  /** An approver was asked. `refusal`: the code of the error, when the answer was not a yes. */
  answered(refusal: string | undefined): void
  /** @param code of the error that the caller gets. */
  refused(call: ToolCall, code: string): void
  ended(call: ToolCall, end: ToolEnd): void
  faulted(stage: FaultStage): void
}

export const NO_TELEMETRY: Telemetry = Object.freeze<Telemetry>({
  ready: async () => undefined,
  begun: (_, work) => work(),
  watched: (_, work) => work(),
  within: (_, run) => run(),
  withinStream: (_, run) => run(),
  decided: () => undefined,
  answered: () => undefined,
  refused: () => undefined,
  ended: () => undefined,
  faulted: () => undefined,
})
