import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Attributes,
  type Context,
  type ContextManager,
  context,
  type Meter,
  metrics,
  ROOT_CONTEXT,
  type Span,
  type SpanStatus,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { afterEach } from 'vitest'

export interface RecordedSpan {
  readonly name: string
  /** Name of the span above it. */
  readonly parent: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  readonly status: SpanStatus
  readonly ends: number
}

export interface Measurement {
  readonly instrument: string
  readonly value: number
  readonly attributes: Attributes
}

export interface MemoryProvider {
  readonly spans: readonly RecordedSpan[]
  readonly measurements: readonly Measurement[]
  /** From now on everything that is called on a tracer, a span or an instrument throws. */
  breakDown(): void
}

afterEach(() => {
  trace.disable()
  metrics.disable()
  context.disable()
})

/** Registers providers of OpenTelemetry that keep everything in memory, and a context manager on AsyncLocalStorage. */
export function memoryProvider(): MemoryProvider {
  const spans: RecordedSpan[] = []
  const measurements: Measurement[] = []
  let broken = false
  const check = (): void => {
    if (broken) throw new Error('the exporter is on fire')
  }
  const names = new WeakMap<Span, string>()

  function startSpan(
    name: string,
    { attributes = {} }: { attributes?: Attributes } = {},
    where = context.active(),
  ): Span {
    check()
    const above = trace.getSpan(where)
    const recorded = {
      ...{ name, parent: above && names.get(above), attributes: { ...attributes } as Record<string, unknown> },
      ...{ status: { code: SpanStatusCode.UNSET } as SpanStatus, ends: 0 },
    }
    spans.push(recorded)
    const span: Span = {
      spanContext: () => ({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }),
      setAttribute(key, value) {
        check()
        recorded.attributes[key] = value
        return span
      },
      setAttributes(more) {
        check()
        Object.assign(recorded.attributes, more)
        return span
      },
      setStatus(status) {
        check()
        recorded.status = status
        return span
      },
      end() {
        check()
        recorded.ends += 1
      },
      addEvent: () => span,
      addLink: () => span,
      addLinks: () => span,
      updateName: () => span,
      isRecording: () => true,
      recordException: () => undefined,
    }
    names.set(span, name)
    return span
  }

  const tracer = {
    startSpan,
    startActiveSpan(name: string, work: (span: Span) => unknown) {
      const span = startSpan(name)
      return context.with(trace.setSpan(context.active(), span), () => work(span))
    },
  }
  const instrument = (name: string) => {
    const take = (value: number, attributes: Attributes = {}): void => {
      check()
      measurements.push({ instrument: name, value, attributes })
    }
    return { add: take, record: take }
  }
  const meter = { createCounter: instrument, createHistogram: instrument } as unknown as Meter

  trace.setGlobalTracerProvider({ getTracer: () => tracer as never })
  metrics.setGlobalMeterProvider({ getMeter: () => meter })
  context.setGlobalContextManager(localContexts())
  return {
    spans,
    measurements,
    breakDown() {
      broken = true
    },
  }
}

function localContexts(): ContextManager {
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (where, work, self, ...args) => storage.run(where, () => work.apply(self, args)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  }
  return manager
}
