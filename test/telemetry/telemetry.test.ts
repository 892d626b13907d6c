import { type ContextManager, context, ROOT_CONTEXT as ROOT, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import { testGuard } from '../support/guards.ts'
import { forwarding } from '../support/stores.ts'
import { memoryProvider } from './memory-provider.ts'

const rules = {
  version: '1.0',
  rules: [
    { id: 'never', function_pattern: 'wipe', conditions: [], action: 'block' },
    { id: 'ask', function_pattern: 'pay', conditions: [], action: 'require_approval' },
    { id: 'note', function_pattern: 'look', conditions: [], action: 'warn' },
  ],
}
const traced = (config: SentinelConfig = {}) => testGuard({ rules, telemetry: true, approval: () => true, ...config })
const quiet = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => undefined)

describe('the span of a call', () => {
  it('says what was decided, and by which rules, and where it is recorded', async () => {
    const provider = memoryProvider()
    const { sentinel, events } = traced()
    await sentinel.as({ agentId: 'clerk', sessionId: 's' }, () =>
      sentinel.wrap('look', async (_: object) => 1)({ at: 'x' }),
    )
    const [warned] = await events().then((all) => all.filter(({ event }) => event === 'warn'))
    expect(provider.spans).toEqual([
      {
        name: 'execute_tool look',
        parent: undefined,
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'look',
          'gen_ai.tool.call.id': warned?.callId,
          'gen_ai.agent.id': 'clerk',
          'gen_ai.conversation.id': 's',
          'sentinel.decision': 'warn',
          'sentinel.enforced': true,
          'sentinel.degraded': false,
          'sentinel.risk': 0,
          'sentinel.level': 'LOW',
          'sentinel.rule_ids': ['note'],
          'sentinel.audit_id': warned?.id,
          'sentinel.outcome': 'executed',
        },
        status: { code: SpanStatusCode.UNSET },
        ends: 1,
      },
    ])
  })

  test.each<{
    tool: string
    config?: SentinelConfig
    params?: object
    outcome: string
    type?: string
    status: SpanStatusCode
    because: string
  }>([
    { tool: 'free', outcome: 'executed', status: SpanStatusCode.UNSET, because: 'nothing happened' },
    { tool: 'pay', outcome: 'executed', status: SpanStatusCode.UNSET, because: 'a human approved' },
    { tool: 'fail', outcome: 'failed', type: 'RangeError', status: SpanStatusCode.ERROR, because: 'the tool threw' },
    {
      tool: 'wipe',
      outcome: 'refused',
      type: 'BLOCKED',
      status: SpanStatusCode.UNSET,
      because: 'a refusal is no error of the program',
    },
    {
      tool: 'pay',
      config: { approval: () => false },
      outcome: 'refused',
      type: 'APPROVAL_DENIED',
      status: SpanStatusCode.UNSET,
      because: 'a human said no',
    },
    {
      tool: 'pay',
      config: {
        approval: () => {
          throw new Error('x')
        },
      },
      outcome: 'refused',
      type: 'APPROVAL_UNAVAILABLE',
      status: SpanStatusCode.UNSET,
      because: 'nobody could be asked',
    },
    {
      tool: 'free',
      params: { f: () => 1 },
      outcome: 'refused',
      type: 'ARGUMENT_REFUSED',
      status: SpanStatusCode.UNSET,
      because: 'it can not be judged',
    },
    {
      tool: 'wipe',
      config: { shadow: true },
      outcome: 'executed',
      status: SpanStatusCode.UNSET,
      because: 'in shadow mode it runs',
    },
  ])('$tool ends as $outcome: $because', async ({ tool, config, params = {}, outcome, type, status }) => {
    const provider = memoryProvider()
    const { sentinel } = traced(config)
    const run = async (_: object) => {
      if (tool === 'fail') throw new RangeError('x')
    }
    await quiet(sentinel.wrap(tool, run)(params))
    expect(provider.spans).toMatchObject([
      { attributes: { 'sentinel.outcome': outcome }, status: { code: status }, ends: 1 },
    ])
    expect(provider.spans[0]?.attributes['error.type']).toBe(type)
  })

  it('is an error when the guard itself could not do its work', async () => {
    const provider = memoryProvider()
    const store = { ...forwarding(createMemoryStore()), append: () => Promise.reject(new Error('disk full')) }
    const { sentinel } = traced({ store })
    await quiet(sentinel.wrap('free', async (_: object) => 1)({}))
    expect(provider.spans).toMatchObject([
      { attributes: { 'error.type': 'AUDIT_UNAVAILABLE' }, status: { code: SpanStatusCode.ERROR }, ends: 1 },
    ])
  })

  it('lies below the span of the program, and above those of the tool', async () => {
    const provider = memoryProvider()
    const { sentinel } = traced()
    const tracer = trace.getTracer('program')
    const query = async (_: object) => {
      await Promise.resolve()
      return tracer.startActiveSpan('SELECT', async (span) => span.end())
    }
    async function* read() {
      tracer.startSpan('page 1').end()
      yield 1
      await Promise.resolve()
      tracer.startSpan('page 2').end()
      yield 2
    }
    await tracer.startActiveSpan('agent', async () => {
      await sentinel.wrap('query', query)({})
      for await (const _ of sentinel.wrap('read', read)()) void _
      await sentinel.wrap('pay', query)({})
    })
    expect(provider.spans.map(({ name, parent }) => [name, parent])).toEqual([
      ['agent', undefined],
      ['execute_tool query', 'agent'],
      ['SELECT', 'execute_tool query'],
      ['execute_tool read', 'agent'],
      ['page 1', 'execute_tool read'],
      ['page 2', 'execute_tool read'],
      ['execute_tool pay', 'agent'],
      ['SELECT', 'execute_tool pay'],
    ])
    expect(provider.spans.filter(({ ends }) => ends !== 1).map(({ name }) => name)).toEqual(['agent'])
  })

  it('ends with a stream that is left early', async () => {
    const provider = memoryProvider()
    const { sentinel } = traced()
    let cleaned = 0
    async function* read() {
      try {
        yield* [1, 2, 3]
      } finally {
        cleaned += 1
      }
    }
    for await (const _ of sentinel.wrap('read', read)()) break
    expect(cleaned).toBe(1)
    expect(provider.spans).toMatchObject([{ attributes: { 'sentinel.outcome': 'executed' }, ends: 1 }])
  })

  test.each<{ what: string; steps: (authorization: never) => Promise<unknown>; tool: string; outcome: string }>([
    { what: 'runs', tool: 'free', outcome: 'executed', steps: async (it: Authorized) => it.run(() => 1) },
    {
      what: 'is approved and runs',
      tool: 'pay',
      outcome: 'executed',
      steps: async (it: Authorized) => {
        await it.approve('ann')
        await it.run(() => 1)
      },
    },
    { what: 'is denied', tool: 'pay', outcome: 'refused', steps: async (it: Authorized) => it.deny('ann') },
    { what: 'is blocked', tool: 'wipe', outcome: 'refused', steps: async () => undefined },
  ] as never)('is one for a call that an adapter decides: $what', async ({ steps, tool, outcome }) => {
    const provider = memoryProvider()
    const { sentinel } = traced()
    await steps((await sentinel.authorize({ tool, params: {} })) as never)
    expect(provider.spans).toMatchObject([{ attributes: { 'sentinel.outcome': outcome }, ends: 1 }])
  })

  it('is one for a call that an approver changed', async () => {
    const provider = memoryProvider()
    const { sentinel } = traced({ approval: () => ({ approved: true, params: { amount: 1 } }) })
    const paid: object[] = []
    await sentinel.wrap('pay', async (order: object) => void paid.push(order))({ amount: 5 })
    expect(paid).toEqual([{ amount: 1 }])
    expect(provider.spans).toMatchObject([{ attributes: { 'sentinel.outcome': 'executed' }, ends: 1 }])
  })

  it('ends where the call is suspended, and another begins where it is resumed', async () => {
    const provider = memoryProvider()
    const { sentinel } = traced({ approval: undefined, approvalMode: 'suspend' })
    await quiet(sentinel.wrap('pay', async (_: object) => 1)({ amount: 5 }))
    const [waiting] = await sentinel.approvals.list()
    await sentinel.approvals.approve(waiting?.id ?? '', { by: 'ann' })
    await sentinel.resume(waiting?.id ?? '')
    expect(
      provider.spans.map(({ attributes, ends }) => [attributes['sentinel.outcome'], attributes['error.type'], ends]),
    ).toEqual([
      ['refused', 'APPROVAL_PENDING', 1],
      ['executed', undefined, 1],
    ])
    const approvals = provider.measurements.filter(({ instrument }) => instrument === 'sentinel.approvals')
    expect(approvals).toMatchObject([{ attributes: { 'sentinel.approval': 'approved' } }])
  })

  it('[P14] holds no parameter and no reason', async () => {
    const provider = memoryProvider()
    const { sentinel } = traced()
    const pay = sentinel.wrap('pay', async (_: object) => {
      throw Object.assign(new Error('sk-proj-PLANTEDabcdefghijklmnopqrstuvwxyz0123456789'), {
        name: 'sk-proj-PLANTEDabcdefghijklmnopqrstuvwxyz0123456789',
      })
    })
    await quiet(pay({ password: 'PLANTED', to: 'PLANTED' }))
    await sentinel.check({ tool: 'pay', params: { to: 'PLANTED' } })
    expect(provider.spans).toHaveLength(1)
    expect(JSON.stringify([provider.spans, provider.measurements])).not.toContain('PLANTED')
  })
})

interface Authorized {
  run(fn: () => unknown): Promise<unknown>
  approve(by: string): Promise<void>
  deny(by: string): Promise<void>
}

describe('counters and histograms', () => {
  it('count calls by decision, approvals by outcome and faults by stage, and measure both latencies in seconds', async () => {
    const provider = memoryProvider()
    const { sentinel, clock } = traced({
      approval: async ({ params }) => {
        await clock.advance(2_000)
        return params.amount === 1
      },
    })
    sentinel.on('decision', () => {
      throw new Error('x')
    })
    const slow = async (_: object) => clock.advance(1_500)
    const pay = sentinel.wrap('pay', slow)
    await pay({ amount: 1 })
    await quiet(pay({ amount: 2 }))
    await quiet(sentinel.wrap('wipe', slow)({}))
    const of = (name: string) => provider.measurements.filter(({ instrument }) => instrument === name)
    expect(of('sentinel.calls').map(({ attributes }) => attributes)).toEqual([
      { 'gen_ai.tool.name': 'pay', 'sentinel.decision': 'escalate', 'sentinel.enforced': true },
      { 'gen_ai.tool.name': 'pay', 'sentinel.decision': 'escalate', 'sentinel.enforced': true },
      { 'gen_ai.tool.name': 'wipe', 'sentinel.decision': 'block', 'sentinel.enforced': true },
    ])
    expect(of('sentinel.approvals').map(({ attributes }) => attributes['sentinel.approval'])).toEqual([
      'approved',
      'denied',
    ])
    expect(of('sentinel.faults').map(({ attributes }) => attributes['sentinel.stage'])).toEqual([
      'observer',
      'observer',
      'observer',
    ])
    expect(of('sentinel.tool.duration')).toEqual([
      {
        instrument: 'sentinel.tool.duration',
        value: 1.5,
        attributes: { 'gen_ai.tool.name': 'pay', 'sentinel.outcome': 'executed' },
      },
    ])
    // The wait for a human is not part of deciding.
    expect(of('sentinel.decision.duration').map(({ value }) => value)).toEqual([0, 0, 0])
  })
})

describe('[P25] tracing that fails', () => {
  it('changes no call, and is told once', async () => {
    const provider = memoryProvider()
    const { sentinel, names } = traced()
    const faults: string[] = []
    sentinel.on('fault', ({ message }) => faults.push(message))
    provider.breakDown()
    const free = sentinel.wrap('free', async (_: object) => 'done')
    expect([await free({}), await free({})]).toEqual(['done', 'done'])
    expect(faults).toEqual(['Tracing failed: the exporter is on fire'])
    expect(await names()).toContain('executed')
  })

  test.each<{ what: string; run: ContextManager['with'] }>([
    {
      what: 'throws before the tool ran',
      run: () => {
        throw new Error('x')
      },
    },
    {
      what: 'throws after it ran',
      run: (_, work, self, ...args) => {
        work.apply(self, args)
        throw new Error('x')
      },
    },
    {
      what: 'runs it twice',
      run: (_, work, self, ...args) => {
        work.apply(self, args)
        return work.apply(self, args)
      },
    },
    {
      what: 'returns something else',
      run: (_, work, self, ...args) => {
        work.apply(self, args)
        return 'other' as never
      },
    },
  ])('a context manager that $what: the tool runs once, and its result stays', async ({ run }) => {
    memoryProvider()
    context.disable()
    context.setGlobalContextManager({
      active: () => ROOT,
      with: run,
      bind: (_, target) => target,
      enable: function () {
        return this
      },
      disable: function () {
        return this
      },
    })
    const { sentinel } = traced()
    let runs = 0
    expect(
      await sentinel.wrap('free', async (_: object) => {
        runs += 1
        return 'done'
      })({}),
    ).toBe('done')
    await expect(
      sentinel.wrap('fail', async (_: object) => {
        throw new RangeError('mine')
      })({}),
    ).rejects.toThrow('mine')
    expect(runs).toBe(1)
  })

  it('is named by ready() when the package is missing, and stops no call', async () => {
    const loadOpenTelemetry = () => Promise.reject(new Error("Cannot find package '@opentelemetry/api'"))
    const { sentinel } = testGuard({ telemetry: true }, { loadOpenTelemetry })
    await expect(sentinel.ready()).rejects.toThrow('npm install @opentelemetry/api')
    await expect(sentinel.ready()).rejects.toMatchObject({ code: 'CONFIG_INVALID', issues: [{ path: 'telemetry' }] })
    expect(await sentinel.wrap('free', async (_: object) => 'done')({})).toBe('done')
  })
})

it('without `telemetry` nothing is traced, and nothing is loaded', async () => {
  const provider = memoryProvider()
  const { sentinel } = testGuard({}, { loadOpenTelemetry: () => Promise.reject(new Error('loaded')) })
  await sentinel.ready()
  await sentinel.wrap('free', async (_: object) => 1)({})
  expect([provider.spans, provider.measurements]).toEqual([[], []])
})
