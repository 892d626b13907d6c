import type { Context, Span } from '@opentelemetry/api'
import type { ToolCall } from '../domain/call.ts'
import type { CallId } from '../domain/units.ts'
import { isSentinelError, SentinelConfigError } from '../errors.ts'
import type { Clock } from '../support/clock.ts'
import { Lru } from '../support/lru.ts'
import { errorClassOf, messageOf } from '../support/messages.ts'
import { attributesOfDecision, type Instruments, instrumentsOf } from './instruments.ts'
import type { Telemetry } from './telemetry.ts'

/** Calls that were decided and have not ended; of more the span of the oldest never ends, and is not shown. */
const OPEN_CALLS_MAX = 20_000

interface OpenCall {
  readonly span: Span
  readonly context: Context
  readonly arrivedAtMs: number
}

export interface TelemetryPorts {
  readonly clock: Clock
  /** Told once of what goes wrong in tracing. */
  readonly failed: (message: string) => void
  /** Loads `@opentelemetry/api`, which only who traces has installed. */
  readonly load: () => Promise<unknown>
}

export const loadOpenTelemetry = (): Promise<unknown> => import('@opentelemetry/api')

/** One span for each call, counters, and histograms of latency. What fails in it is told once, and changes no call. */
export function openTelemetry({ clock, failed, load }: TelemetryPorts): Telemetry {
  const open = new Lru<CallId, OpenCall>(OPEN_CALLS_MAX)
  let loading: Promise<Instruments> | undefined
  let instruments: Instruments | undefined
  let hasFailed = false

  async function loaded(): Promise<void> {
    loading ??= load().then((api) => instrumentsOf(api as typeof import('@opentelemetry/api')))
    instruments = await loading
  }

  function fail(error: unknown): void {
    if (hasFailed) return
    hasFailed = true
    failed(`Tracing failed: ${messageOf(error)}`)
  }

  /** An exporter of somebody else's runs in here. */
  function quietly<Result>(work: (instruments: Instruments) => Result): Result | undefined {
    try {
      return instruments === undefined ? undefined : work(instruments)
    } catch (error) {
      fail(error)
      return undefined
    }
  }

  function opened(call: ToolCall): void {
    quietly(({ start }) => open.set(call.id, { ...start(call), arrivedAtMs: clock.monotonicMs() }))
  }

  function closed(call: ToolCall, last: (span: Span, instruments: Instruments) => void): void {
    const known = open.peek(call.id)
    if (known === undefined) return
    open.delete(call.id)
    quietly((instruments) => {
      last(known.span, instruments)
      known.span.end()
    })
  }

  async function watched<Result>(call: ToolCall, work: () => Promise<Result>): Promise<Result> {
    try {
      return await inside(call.id, work)
    } catch (error) {
      closed(call, (span, { markFailed }) => {
        markFailed(span)
        span.setAttributes({ 'sentinel.outcome': 'failed', 'error.type': codeOf(error) })
      })
      throw error
    }
  }

  /** Runs the work exactly once, whatever the context manager does. */
  function inside<Result>(id: CallId, work: () => Result): Result {
    const context = open.peek(id)?.context
    if (context === undefined) return work()
    let ran: { readonly result: () => Result } | undefined
    quietly(({ run }) =>
      run(context, () => {
        ran ??= resultOf(work)
      }),
    )
    return (ran ?? resultOf(work)).result()
  }

  return Object.freeze<Telemetry>({
    ready: () => loaded().catch(notInstalled),
    async begun(call, work) {
      await loaded().catch(fail)
      opened(call)
      return watched(call, work)
    },
    watched,
    within: (call, run) => inside(call.id, run),
    withinStream: (call, run) => streamInside((work) => inside(call.id, work), run),
    decided(call, decision, auditId) {
      quietly(({ calls, decisionDuration }) => {
        const known = open.peek(call.id)
        known?.span.setAttributes(attributesOfDecision(decision, auditId))
        const about = { 'gen_ai.tool.name': call.tool, 'sentinel.decision': decision.action }
        calls.add(1, { ...about, 'sentinel.enforced': decision.enforced })
        if (known !== undefined) decisionDuration.record((clock.monotonicMs() - known.arrivedAtMs) / 1_000, about)
      })
    },
    answered: (refusal) =>
      void quietly(({ approvals }) => approvals.add(1, { 'sentinel.approval': approvalOf(refusal) })),
    refused: (call, code) =>
      closed(call, (span) => span.setAttributes({ 'sentinel.outcome': 'refused', 'error.type': code })),
    ended(call, { durationMs, errorClass }) {
      const outcome = errorClass === undefined ? 'executed' : 'failed'
      closed(call, (span, { markFailed }) => {
        span.setAttribute('sentinel.outcome', outcome)
        if (errorClass === undefined) return
        markFailed(span)
        span.setAttribute('error.type', errorClass)
      })
      const about = { 'gen_ai.tool.name': call.tool, 'sentinel.outcome': outcome }
      quietly(({ toolDuration }) => toolDuration.record(durationMs / 1_000, about))
    },
    faulted: (stage) => void quietly(({ faults }) => faults.add(1, { 'sentinel.stage': stage })),
  })
}

/** Does the work now, and gives what it gave or threw as often as it is asked for. */
function resultOf<Result>(work: () => Result): { readonly result: () => Result } {
  try {
    const value = work()
    return { result: () => value }
  } catch (error) {
    return {
      result: () => {
        throw error
      },
    }
  }
}

/** Each step of a stream is a run of the tool. */
function streamInside<Item>(
  inside: <Result>(work: () => Result) => Result,
  run: () => AsyncIterable<Item>,
): AsyncIterable<Item> {
  return {
    [Symbol.asyncIterator]() {
      const items = inside(() => run()[Symbol.asyncIterator]())
      const leave = items.return?.bind(items)
      return {
        next: () => inside(() => items.next()),
        ...(leave === undefined ? {} : { return: (value?: unknown) => inside(() => leave(value)) }),
      }
    },
  }
}

/** `APPROVAL_DENIED` is `denied`; a yes has no refusal. */
const approvalOf = (refusal: string | undefined): string =>
  refusal === undefined ? 'approved' : refusal.replace(/^APPROVAL_/, '').toLowerCase()

const codeOf = (error: unknown): string => (isSentinelError(error) ? error.code : errorClassOf(error))

function notInstalled(error: unknown): never {
  const message = `tracing needs a package that can not be loaded (${messageOf(error)}); run \`npm install @opentelemetry/api\``
  throw new SentinelConfigError([{ path: 'telemetry', code: 'missing_package', message }], { cause: error })
}
