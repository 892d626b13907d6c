import type { Attributes, Context, Counter, Histogram, Span } from '@opentelemetry/api'
import type { ToolCall } from '../domain/call.ts'
import type { Decision } from '../domain/decision.ts'
import { withoutUndefined } from '../support/defined.ts'
import { packageVersion } from '../support/package.ts'

const SCOPE = 'sentinel-guard'
/** Seconds: from a decision without a model to an approval that took its time. */
const DURATION_BOUNDS_S = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300]

type Api = typeof import('@opentelemetry/api')

/** What calls are traced and counted with. */
export interface Instruments {
  readonly calls: Counter
  readonly approvals: Counter
  readonly faults: Counter
  /** Seconds. */
  readonly decisionDuration: Histogram
  /** Seconds. */
  readonly toolDuration: Histogram
  /** Begins a span below the active one; and the context in which it is active itself. */
  start(call: ToolCall): { readonly span: Span; readonly context: Context }
  /** Runs work where that context is active. */
  run<Result>(where: Context, work: () => Result): Result
  markFailed(span: Span): void
}

/** Asks the registered providers once: a program registers its own before the guard's first call. */
export function instrumentsOf({ trace, metrics, context, SpanKind, SpanStatusCode }: Api): Instruments {
  const version = packageVersion()
  const tracer = trace.getTracer(SCOPE, version)
  const meter = metrics.getMeter(SCOPE, version)
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: DURATION_BOUNDS_S } }
  return {
    calls: meter.createCounter('sentinel.calls', { description: 'Calls by decision', unit: '{call}' }),
    approvals: meter.createCounter('sentinel.approvals', { description: 'Approvals by outcome', unit: '{approval}' }),
    faults: meter.createCounter('sentinel.faults', { description: 'Faults of the guard by stage', unit: '{fault}' }),
    decisionDuration: meter.createHistogram('sentinel.decision.duration', {
      ...seconds,
      description: 'From the arrival of a call until its decision is recorded',
    }),
    toolDuration: meter.createHistogram('sentinel.tool.duration', { ...seconds, description: 'How long tools ran' }),
    start(call) {
      const options = { kind: SpanKind.INTERNAL, attributes: attributesOfCall(call) }
      const span = tracer.startSpan(`execute_tool ${call.tool}`, options)
      return { span, context: trace.setSpan(context.active(), span) }
    },
    run: (where, work) => context.with(where, work),
    markFailed: (span) => void span.setStatus({ code: SpanStatusCode.ERROR }),
  }
}

/** The names of OpenTelemetry's conventions for generative AI, where they have one. Never a parameter, nor a reason. */
const attributesOfCall = ({ id, tool, agentId, sessionId }: ToolCall): Attributes =>
  withoutUndefined({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool,
    'gen_ai.tool.call.id': id,
    'gen_ai.agent.id': agentId,
    'gen_ai.conversation.id': sessionId,
  })

export const attributesOfDecision = (decision: Decision, auditId: string | undefined): Attributes =>
  withoutUndefined({
    'sentinel.decision': decision.action,
    'sentinel.enforced': decision.enforced,
    'sentinel.degraded': decision.degraded,
    'sentinel.risk': decision.risk,
    'sentinel.level': decision.level,
    'sentinel.rule_ids': [...decision.ruleIds],
    'sentinel.audit_id': auditId,
    'sentinel.llm': decision.llm?.status,
  })
