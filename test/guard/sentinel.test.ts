import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMemoryStore, type Sentinel as Guard, isSentinelError, SentinelBlockedError } from '../../src/index.ts'
import type { Logger } from '../../src/observers.ts'
import { recorder, testGuard } from '../support/guards.ts'
import { forwarding } from '../support/stores.ts'

const RULES = {
  version: '1.0',
  default_action: 'allow',
  rules: [
    {
      id: 'cap',
      function_pattern: 'pay',
      conditions: [{ param: 'amount', operator: 'gt', value: 100 }],
      action: 'block',
      message: 'At most 100.',
    },
    { id: 'ask', function_pattern: 'refund*', conditions: [], action: 'require_approval' },
    { id: 'look', function_pattern: 'peek', conditions: [], action: 'warn', message: 'Looking is noted.' },
  ],
}

const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a wrapped tool', () => {
  it('runs when nothing stands against it, and returns what the tool returns', async () => {
    const { sentinel, names } = testGuard({ rules: RULES })
    const result = { id: 7 }
    const pay = sentinel.wrap('pay', async (_order: { amount: number }) => result)
    expect(await pay({ amount: 50 })).toBe(result)
    expect(await names()).toEqual(['rules_loaded', 'allow', 'executed'])
  })

  it('throws what the tool throws, unchanged, and says so in the log', async () => {
    const { sentinel, events } = testGuard()
    const failure = new RangeError('no such account')
    const pay = sentinel.wrap('pay', async () => {
      throw failure
    })
    expect(await caught(pay())).toBe(failure)
    expect((await events()).at(-1)).toMatchObject({ event: 'failed', errorClass: 'RangeError' })
  })

  it('does not run when a rule blocks it', async () => {
    const { sentinel, names } = testGuard({ rules: RULES })
    const tool = recorder('paid')
    const error = await caught(sentinel.wrap('pay', tool.run)({ amount: 101 }))
    expect(error).toBeInstanceOf(SentinelBlockedError)
    expect(error).toMatchObject({
      code: 'BLOCKED',
      ruleId: 'cap',
      risk: 0,
      message: "Rule 'cap' blocks: At most 100.",
      forModel: { decision: 'refused', retry: 'no', message: 'At most 100.' },
    })
    expect(tool.calls).toEqual([])
    expect(await names()).toEqual(['rules_loaded', 'block'])
  })

  it('names the rule that blocked, also when a warning stands before it', async () => {
    const warning = { id: 'look-first', function_pattern: 'pay', conditions: [], action: 'warn', priority: 1 }
    const { sentinel } = testGuard({ rules: { ...RULES, rules: [warning, ...RULES.rules] } })
    expect(await caught(sentinel.wrap('pay', async (_: object) => 1)({ amount: 101 }))).toMatchObject({ ruleId: 'cap' })
  })

  it('runs under a warning', async () => {
    const { sentinel, names } = testGuard({ rules: RULES })
    expect(await sentinel.wrap('peek', () => 'seen')()).toBe('seen')
    expect(await names()).toEqual(['rules_loaded', 'warn', 'executed'])
  })

  it('keeps this, the name and the number of parameters', async () => {
    const { sentinel } = testGuard()
    class Account {
      balance = 5
      add(amount: number, _note: string): number {
        return this.balance + amount
      }
    }
    const account = new Account()
    const add = sentinel.wrap('add', account.add)
    expect(await add.call(account, 2, 'x')).toBe(7)
    expect([add.name, add.length]).toEqual(['add', 2])
  })

  it('hands the error id of the event that records it', async () => {
    const { sentinel, events } = testGuard({ rules: RULES })
    const error = await caught(sentinel.wrap('pay', async (_: object) => 1)({ amount: 500 }))
    const block = (await events()).find(({ event }) => event === 'block')
    expect(error).toMatchObject({ auditId: block?.id, forModel: { auditId: block?.id } })
  })

  it('is refused once the guard is closed', async () => {
    const { sentinel } = testGuard()
    const tool = recorder(1)
    const pay = sentinel.wrap('pay', tool.run)
    await sentinel.close()
    expect(await caught(pay({}))).toMatchObject({ code: 'CLOSED' })
    expect(tool.calls).toEqual([])
  })

  it('may be made again later where a store of somebody else fails', async () => {
    const store = { ...forwarding(createMemoryStore()), append: () => Promise.reject(new Error('connection lost')) }
    const { sentinel } = testGuard({ store })
    expect(await caught(sentinel.wrap('pay', async (_: object) => 1)({}))).toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
      forModel: { retry: 'later', message: 'This call was refused because it could not be recorded.' },
    })
  })

  it('writes the decision before the tool runs', async () => {
    const { sentinel } = testGuard()
    const seen: string[] = []
    const pay = sentinel.wrap('pay', async () => {
      for (const { event } of await sentinel.audit.query()) seen.push(event)
    })
    await pay()
    expect(seen).toEqual(['allow'])
  })
})

describe('close', () => {
  it('waits for tools that run, so that their outcome is in the log', async () => {
    const store = createMemoryStore()
    const { sentinel, clock } = testGuard({ store: { ...forwarding(store), close: async () => undefined } })
    const { promise: done, resolve: finish } = Promise.withResolvers<string>()
    const running = sentinel.wrap('slow', () => done)()
    await clock.advance(1)
    const closed = sentinel.close()
    finish('done')
    await Promise.all([closed, running])
    expect((await store.query({ order: 'oldest-first' })).map(({ event }) => event)).toEqual(['allow', 'executed'])
  })

  it('[P12] says of tools that take longer, and of streams that are open, that their outcome is unknown', async () => {
    const store = createMemoryStore()
    const warned: string[] = []
    const logger: Logger = { debug() {}, info() {}, error() {}, warn: (_, message) => void warned.push(message) }
    const { sentinel, clock } = testGuard({ store: { ...forwarding(store), close: async () => undefined }, logger })
    void sentinel.wrap('slow', () => new Promise<void>(() => undefined))()
    const stream = sentinel.wrap('open', async function* () {
      yield 1
      yield 2
    })()
    await stream[Symbol.asyncIterator]().next()
    await sentinel.wrap('done', async () => 1)()
    const closed = sentinel.close()
    await clock.advance(5_000)
    await closed
    const unknown = await store.query({ event: 'outcome_unknown', order: 'oldest-first' })
    expect(unknown.map(({ tool }) => tool).toSorted()).toEqual(['open', 'slow'])
    expect(unknown[0]).toMatchObject({ note: 'the guard was closed while the tool ran', lesson: undefined })
    expect(warned.at(-1)).toBe('2 calls have no recorded outcome: the guard was closed while the tool ran.')
    const next = testGuard({ store })
    await next.sentinel.ready()
    expect(await store.query({ event: 'outcome_unknown' })).toHaveLength(2)
  })

  it('is not kept from closing by a log that can not be read', async () => {
    const store = createMemoryStore()
    const failing = { ...forwarding(store), close: async () => undefined }
    const { sentinel, clock } = testGuard({ store: failing })
    const faults: string[] = []
    sentinel.on('fault', ({ message }) => void faults.push(message))
    void sentinel.wrap('slow', () => new Promise<void>(() => undefined))()
    await clock.advance(1)
    failing.query = () => Promise.reject(new Error('no such page'))
    const closed = sentinel.close()
    await clock.advance(5_000)
    await closed
    expect(faults).toEqual(['What became of calls that still run could not be recorded: no such page'])
  })

  const slow = async (_: object): Promise<string> => 'done'
  type Made = (sentinel: Guard) => Promise<() => Promise<string>>
  const made: readonly (readonly [what: string, make: Made])[] = [
    ['a call', async (sentinel) => () => sentinel.wrap('slow', slow)({})],
    ['one with a schema', async (sentinel) => () => sentinel.wrap('slow', slow, { schema: z.object() })({})],
    [
      'an authorized one',
      async (sentinel) => {
        const authorization = await sentinel.authorize({ tool: 'slow', params: {} })
        return () => authorization.run(slow)
      },
    ],
  ]
  it.each(made)('waits for %s that was made in the same turn', async (_, make) => {
    const store = createMemoryStore()
    const { sentinel } = testGuard({ store: { ...forwarding(store), close: async () => undefined } })
    const call = await make(sentinel)
    const running = call()
    await Promise.all([sentinel.close(), running])
    expect((await store.query({ order: 'oldest-first' })).map(({ event }) => event)).toEqual(['allow', 'executed'])
  })

  it('[P18] ends waits for approval as not approved', async () => {
    const { sentinel, clock } = testGuard({
      rules: { version: '1.0', default_action: 'require_approval', rules: [] },
      approval: 'queue',
    })
    const refused = caught(sentinel.wrap('pay', async () => 1)())
    await clock.advance(1)
    await sentinel.close()
    expect(await refused).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
    expect(clock.timers).toBe(0)
  })
})

it('a store that does not say it stored the decision has not', async () => {
  for (const answer of [{}, true, { status: 'ok' }, undefined]) {
    const { sentinel } = testGuard({
      store: { ...forwarding(createMemoryStore()), append: async () => answer as never },
    })
    const tool = recorder(1)
    expect(await caught(sentinel.wrap('pay', tool.run)({}))).toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(tool.calls).toEqual([])
  }
})

it('[F5] a guard in safe mode that could not restore its baselines says that it judges without them', async () => {
  const store = createMemoryStore()
  const { sentinel } = testGuard({
    failMode: 'safe',
    store: { ...forwarding(store), query: () => Promise.reject(new Error('no reading')) },
  })
  expect(await sentinel.wrap('pay', async () => 'paid')()).toBe('paid')
  expect((await store.query({ event: 'allow' }))[0]).toMatchObject({ degraded: true, lesson: undefined })
})

describe('the worked example', () => {
  const taught = async (sentinel: Guard) => {
    const transfer = sentinel.wrap('transfer_funds', async (_order: { amount: number; destination: string }) => 'sent')
    for (const amount of [50, 60, 70, 80, 90]) await transfer({ amount, destination: 'bob@example.com' })
    return transfer
  }

  it('comes out to the digit', async () => {
    const { sentinel, events } = testGuard()
    const transfer = await taught(sentinel)
    const error = await caught(transfer({ amount: 5000, destination: 'bob@example.com' }))
    expect(error).toMatchObject({
      name: 'SentinelBlockedError',
      risk: 10,
      message: "Anomaly detected (risk: 10.0): Parameter 'amount' is 311.8 standard deviations from mean (70.00)",
      forModel: { message: 'This call is too unusual for this tool.' },
      decision: { level: 'CRITICAL' },
    })
    const insufficient = (await events()).flatMap(({ event, reasons }) =>
      event === 'allow' ? reasons.map(({ message }) => message) : [],
    )
    expect(insufficient).toEqual([0, 1, 2, 3, 4].map((samples) => `Insufficient history (${samples} samples)`))
  })

  it('writes the anomaly beside the decision', async () => {
    const { sentinel, names } = testGuard()
    const transfer = await taught(sentinel)
    await caught(transfer({ amount: 5000, destination: 'bob@example.com' }))
    expect((await names()).slice(-2)).toEqual(['block', 'anomaly_detected'])
  })

  it('[P8] stays blocked however often it is repeated: refused calls are never learned', async () => {
    const { sentinel } = testGuard()
    const transfer = await taught(sentinel)
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(await caught(transfer({ amount: 5000, destination: 'bob@example.com' }))).toMatchObject({ risk: 10 })
    }
  })

  it("is logged in the Python project's words", async () => {
    const lines: string[] = []
    const at = (level: string) => (_fields: object, message: string) => void lines.push(`${level} - ${message}`)
    const logger = { debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') }
    const { sentinel } = testGuard({ logger })
    const transfer = await taught(sentinel)
    lines.length = 0
    await caught(transfer({ amount: 5000, destination: 'bob@example.com' }))
    expect(lines).toEqual([
      'DEBUG - Loaded 5 historical events for transfer_funds',
      "DEBUG - Param 'amount': current=5000.0, historical=[50, 60, 70, 80, 90]",
      'DEBUG - Z-Score: value=5000.0, mean=70.00, stdev=15.81, z_score=311.80',
      "INFO - ANOMALY DETECTED: 'amount'=5000.0 (z-score=311.8, risk=10.0)",
      "INFO - Param 'amount'; usually 50.00 to 90.00; as rare as 1 in 20,000,000 calls",
      'INFO - Anomaly analysis: transfer_funds -> risk=10.0 (CRITICAL)',
      "WARN - [BLOCKED] Anomaly detected (risk: 10.0): Parameter 'amount' is 311.8 standard deviations from mean (70.00)",
    ])
  })

  it('reads risk 5.0 at |z| = 2.1 by the plain rule, and a rule that asks still asks', async () => {
    const rules = {
      version: '1.0',
      rules: [
        {
          id: 'over-100',
          function_pattern: '*',
          conditions: [{ param: 'amount', operator: 'gt', value: 100 }],
          action: 'require_approval',
        },
      ],
    }
    const { sentinel } = testGuard({ rules, anomalyMethod: 'zscore' })
    await taught(sentinel)
    expect(
      await sentinel.check({
        tool: 'transfer_funds',
        params: { amount: 70 + 2.1 * Math.sqrt(250), destination: 'bob@example.com' },
      }),
    ).toMatchObject({
      action: 'escalate',
      risk: 5,
      level: 'MEDIUM',
    })
  })
})

describe('check', () => {
  it('judges without a trace: no event, nothing learned, nobody asked', async () => {
    const asked: unknown[] = []
    const { sentinel, names } = testGuard({ rules: RULES, approval: (request) => asked.push(request) > 0 })
    expect(await sentinel.check({ tool: 'pay', params: { amount: 500 } })).toMatchObject({
      action: 'block',
      ruleIds: ['cap'],
    })
    expect(await sentinel.check({ tool: 'refund', params: {} })).toMatchObject({
      action: 'escalate',
      timeoutMs: 300_000,
    })
    for (let time = 0; time < 10; time++) await sentinel.check({ tool: 'x', params: { amount: 1 } })
    expect(await sentinel.check({ tool: 'x', params: { amount: 1 } })).toMatchObject({ samples: 0 })
    expect(asked).toEqual([])
    expect(await names()).toEqual(['rules_loaded'])
  })

  it('knows a tool as it was wrapped last, whatever was asked of it before', async () => {
    const { sentinel } = testGuard()
    const described = { tool: 'pay', params: { amount: 50 } }
    expect(await sentinel.check(described)).toMatchObject({ action: 'allow' })
    for (const [max, action] of [
      [10, 'block'],
      [100, 'allow'],
    ] as const) {
      sentinel.wrap('pay', () => undefined, { schema: z.object({ amount: z.number().max(max) }) })
      expect(await sentinel.check(described)).toMatchObject({ action })
    }
  })
})

describe('tool options', () => {
  it('schema: arguments that do not fit are refused before anything else', async () => {
    const { sentinel, names } = testGuard()
    const tool = recorder(1)
    const pay = sentinel.wrap('pay', tool.run, { schema: z.object({ amount: z.number().max(10) }) })
    await pay({ amount: 5 })
    expect(await caught(pay({ amount: 50 }))).toMatchObject({ code: 'ARGUMENT_REFUSED', path: 'amount' })
    expect(await caught(pay({ amount: '5' }))).toMatchObject({ code: 'ARGUMENT_REFUSED' })
    expect(tool.calls).toEqual([{ amount: 5 }])
    expect(await names()).toEqual(['allow', 'executed', 'block', 'block'])
  })

  it('secret: no log has it, the tool does', async () => {
    const { sentinel, events } = testGuard()
    const tool = recorder(1)
    await sentinel.wrap('pay', tool.run, { secret: ['account'] })({ account: 'DE-hidden-1', amount: 1 })
    expect(tool.calls).toEqual([{ account: 'DE-hidden-1', amount: 1 }])
    const stored = await events()
    expect(JSON.stringify(stored)).not.toContain('hidden')
    expect(stored[0]?.redactedPaths).toEqual(['account'])
  })

  it('ignore: not scored, still judged by rules', async () => {
    const { sentinel } = testGuard({ rules: RULES })
    const pay = sentinel.wrap('pay', async (_: { amount: number }) => 1, { ignore: ['amount'] })
    for (const amount of [1, 1, 1, 1, 1]) await pay({ amount })
    await expect(pay({ amount: 90 })).resolves.toBe(1)
    expect(await caught(pay({ amount: 900 }))).toMatchObject({ ruleId: 'cap' })
  })

  it('destinations: a new one can be made to escalate', async () => {
    const { sentinel } = testGuard()
    const mail = sentinel.wrap('mail', async (_: { to: string }) => 1, {
      destinations: { params: ['to'], whenNew: 'escalate' },
    })
    for (const to of ['#a', '#b', '#c', '#a', '#b']) await mail({ to })
    expect(await caught(mail({ to: '#z' }))).toMatchObject({ code: 'APPROVAL_UNAVAILABLE' })
  })

  it('onRefused: a refusal becomes a result; what the tool throws does not', async () => {
    const { sentinel } = testGuard({ rules: RULES })
    const pay = sentinel.wrap(
      'pay',
      async ({ amount }: { amount: number }): Promise<string> => {
        if (amount === 13) throw new Error('unlucky')
        return 'paid'
      },
      { onRefused: (error) => error.forModel.message },
    )
    expect(await pay({ amount: 500 })).toBe('At most 100.')
    expect(await pay({ amount: Number.NaN })).toContain('amount')
    await expect(pay({ amount: 13 })).rejects.toThrow('unlucky')
  })

  it('onRefused is not asked about a refusal inside the tool', async () => {
    const { sentinel } = testGuard({ rules: RULES })
    const pay = sentinel.wrap('pay', async (_: { amount: number }): Promise<string> => 'paid')
    const outer = sentinel.wrap('outer', async (): Promise<string> => pay({ amount: 500 }), {
      onRefused: () => 'hidden',
    })
    expect(await caught(outer())).toBeInstanceOf(SentinelBlockedError)
  })

  it('are checked', () => {
    const { sentinel } = testGuard()
    for (const wrong of [
      () => sentinel.wrap('', () => 1),
      () => sentinel.wrap('x', () => 1, { secrets: [] } as object),
      () => sentinel.wrap('x', 5 as never),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    }
  })
})

describe('as', () => {
  it('gives the context to all calls inside, through every await', async () => {
    const { sentinel, events } = testGuard({ agentId: 'default-agent', principalId: 'ops' })
    const pay = sentinel.wrap('pay', async (_: object) => 1)
    await pay({})
    await sentinel.as({ agentId: 'a', sessionId: 's' }, async () => {
      await Promise.resolve()
      await pay({})
      await sentinel.as({ principalId: 'p' }, () => pay({}))
    })
    const allowed = (await events()).filter(({ event }) => event === 'allow')
    expect(allowed.map(({ agentId, principalId, sessionId }) => [agentId, principalId, sessionId])).toEqual([
      ['default-agent', 'ops', undefined],
      ['a', 'ops', 's'],
      ['a', 'p', 's'],
    ])
  })

  it('keeps what is said to be undefined inside', async () => {
    const { sentinel, events } = testGuard()
    const pay = sentinel.wrap('pay', async (_: object) => 1)
    await sentinel.as({ agentId: 'intern' }, () => sentinel.as({ agentId: undefined, sessionId: 's' }, () => pay({})))
    expect((await events())[0]).toMatchObject({ agentId: 'intern', sessionId: 's' })
  })

  it('refuses a context that is not one', () => {
    const { sentinel } = testGuard()
    expect(() => sentinel.as({ agentId: '' }, () => 1)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(() => sentinel.as({ agent: 'x' } as object, () => 1)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})

describe('tools with names of the prototype', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s is judged like any other', async (name) => {
    const rules = {
      version: '1.0',
      rules: [
        { id: 'no', function_pattern: name, conditions: [{ param: name, operator: 'eq', value: 1 }], action: 'block' },
      ],
    }
    const { sentinel } = testGuard({ rules })
    const tool = sentinel.wrap(name, async (_: object) => 'ran')
    expect(await tool({})).toBe('ran')
    expect(await caught(tool(JSON.parse(`{"${name}": 1}`)))).toMatchObject({ ruleId: 'no' })
  })
})

it('every error is recognised, also from another copy of the package', async () => {
  const { sentinel } = testGuard({ rules: RULES })
  const error = await caught(sentinel.wrap('pay', async (_: object) => 1)({ amount: 500 }))
  expect(isSentinelError(error)).toBe(true)
  expect(isSentinelError(new Error('x'))).toBe(false)
  expect(isSentinelError(null)).toBe(false)
})
