import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import { FaultyStore } from '../fault/faulty-store.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { recorder, tempDir, testGuard } from '../support/guards.ts'

const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('the same call id with the same arguments is one call', () => {
  it('a repeat while it runs gets the same result, and the tool runs once', async () => {
    const { sentinel, names } = testGuard()
    const { promise: done, resolve: finish } = Promise.withResolvers<string>()
    let runs = 0
    const pay = sentinel.wrap('pay', (_: object) => {
      runs++
      return done
    })
    const first = sentinel.as({ callId: 'c1' }, () => pay({ amount: 1 }))
    const again = sentinel.as({ callId: 'c1' }, () => pay({ amount: 1 }))
    finish('paid')
    expect(await Promise.all([first, again])).toEqual(['paid', 'paid'])
    expect(runs).toBe(1)
    expect(await names()).toEqual(['allow', 'executed'])
  })

  it('afterwards it is refused', async () => {
    const { sentinel } = testGuard()
    const tool = recorder(1)
    const pay = sentinel.wrap('pay', tool.run)
    await sentinel.as({ callId: 'c1' }, () => pay({ amount: 1 }))
    expect(await caught(sentinel.as({ callId: 'c1' }, () => pay({ amount: 1 })))).toMatchObject({
      code: 'CALL_ALREADY_RAN',
    })
    expect(tool.calls).toHaveLength(1)
  })

  it('[F9] with other arguments it is refused, running or not', async () => {
    const { sentinel } = testGuard()
    const tool = recorder(1)
    const pay = sentinel.wrap('pay', tool.run)
    const first = sentinel.as({ callId: 'c1' }, () => pay({ amount: 1 }))
    expect(await caught(sentinel.as({ callId: 'c1' }, () => pay({ amount: 2 })))).toMatchObject({
      code: 'CALL_ID_REUSED',
    })
    await first
    expect(await caught(sentinel.as({ callId: 'c1' }, () => pay({ amount: 2 })))).toMatchObject({
      code: 'CALL_ID_REUSED',
    })
    expect(tool.calls).toHaveLength(1)
  })

  it('in another guard on the same log it is refused too', async () => {
    const path = `${tempDir()}/audit.db`
    const clock = new FakeClock()
    const guards = [1, 2].map(
      () => testGuard({ store: createSqliteStore({ path, durability: 'normal', clock }) }).sentinel,
    )
    const tool = recorder(1)
    const results = await Promise.all(
      guards.map((sentinel) =>
        caught(sentinel.as({ callId: 'c1' }, () => sentinel.wrap('pay', tool.run)({ amount: 1 }))),
      ),
    )
    expect(tool.calls).toHaveLength(1)
    expect(results.filter((result) => result !== undefined)).toEqual([
      expect.objectContaining({ code: 'CALL_ALREADY_RAN' }),
    ])
    const [first] = guards
    expect(
      await caught(first?.as({ callId: 'c1' }, () => first.wrap('pay', tool.run)({ amount: 2 })) ?? Promise.resolve()),
    ).toMatchObject({
      code: 'CALL_ID_REUSED',
    })
  })

  const ways = ['wrap', 'stream', 'authorize'] as const
  it.each(ways.flatMap((first) => ways.map((second) => [first, second] as const)))(
    'also without a log to look in: %s and then %s, at once and afterwards, run once',
    async (first, second) => {
      const { sentinel } = testGuard({ auditLog: false, anomalyDetection: false, store: undefined })
      let runs = 0
      const pay = sentinel.wrap('pay', async (_: object) => ++runs)
      const stream = sentinel.wrap('pay', async function* (_: object) {
        yield ++runs
      })
      const make = {
        wrap: () => sentinel.as({ callId: 'c1' }, () => pay({ amount: 1 })),
        stream: async () => {
          for await (const _ of sentinel.as({ callId: 'c1' }, () => stream({ amount: 1 }))) break
        },
        authorize: async () =>
          (await sentinel.authorize({ tool: 'pay', params: { amount: 1 }, callId: 'c1' })).run(() => ++runs),
      }
      await Promise.allSettled([make[first](), make[second]()])
      await Promise.allSettled([make[first](), make[second]()])
      expect(runs).toBe(1)
    },
  )

  it('of another agent it is another call', async () => {
    const { sentinel } = testGuard({
      rules: {
        version: '1.0',
        rules: [{ id: 'no', function_pattern: '*', agent_pattern: 'intern', conditions: [], action: 'block' }],
      },
    })
    const tool = recorder('boss data')
    const pay = sentinel.wrap('pay', tool.run)
    await sentinel.as({ agentId: 'boss' }, () => sentinel.authorize({ tool: 'pay', params: {}, callId: 'c1' }))
    expect(await caught(sentinel.as({ agentId: 'intern', callId: 'c1' }, () => pay({})))).toMatchObject({
      code: 'CALL_ID_REUSED',
    })
    const running = sentinel.as({ agentId: 'boss', callId: 'c2' }, () => pay({}))
    expect(await caught(sentinel.as({ agentId: 'intern', callId: 'c2' }, () => pay({})))).toMatchObject({
      code: 'CALL_ID_REUSED',
    })
    await running
    expect(await caught(sentinel.as({ agentId: 'intern', callId: 'c2' }, () => pay({})))).toMatchObject({
      code: 'CALL_ID_REUSED',
    })
  })

  it('[P11] that could not be recorded may be made again', async () => {
    const store = new FaultyStore(() => true)
    const { sentinel } = testGuard({ store })
    const pay = sentinel.wrap('pay', async (_: object) => 'paid')
    expect(await caught(sentinel.as({ callId: 'c1' }, () => pay({})))).toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    store.failing = () => false
    expect(await sentinel.as({ callId: 'c1' }, () => pay({}))).toBe('paid')
  })

  it('arguments that can not be judged never come in on what was allowed to another call', async () => {
    const rules = {
      version: '1.0',
      rules: [
        {
          id: 'cap',
          function_pattern: 'pay',
          conditions: [{ param: 'amount', operator: 'gt', value: 100 }],
          action: 'block',
        },
      ],
    }
    const { sentinel } = testGuard({ rules })
    const tool = recorder('paid')
    const pay = sentinel.wrap('pay', tool.run)
    await sentinel.authorize({ tool: 'pay', params: {}, callId: 'c1' })
    expect(await caught(sentinel.as({ callId: 'c1' }, () => pay({ amount: 5000, run: () => 1 })))).toMatchObject({
      name: expect.stringMatching(/^Sentinel/),
    })
    const strict = sentinel.wrap('strict', tool.run, { schema: z.object({ amount: z.number().max(10) }) })
    await new Promise((resolve) => resolve(sentinel.authorize({ tool: 'other', params: { amount: 50 }, callId: 'c2' })))
    expect(await caught(sentinel.as({ callId: 'c2' }, () => strict({ amount: 50 })))).toMatchObject({
      name: expect.stringMatching(/^Sentinel/),
    })
    expect(tool.calls).toEqual([])
  })

  it('a tool that makes its own call again is refused, and does not wait for itself', async () => {
    const { sentinel } = testGuard()
    const pay = sentinel.wrap(
      'pay',
      async (params: object): Promise<unknown> => sentinel.as({ callId: 'c1' }, () => caught(pay(params))),
    )
    expect(await sentinel.as({ callId: 'c1' }, () => pay({ amount: 1 }))).toMatchObject({ code: 'CALL_ALREADY_RAN' })
  })

  it('calls made by the tool of a named call are calls of their own', async () => {
    const { sentinel, names } = testGuard()
    const inner = sentinel.wrap('inner', async (_: object) => 'inner')
    const outer = sentinel.wrap('outer', async (_: object) => [await inner({}), await inner({})])
    expect(await sentinel.as({ callId: 'c1' }, () => outer({}))).toEqual(['inner', 'inner'])
    expect((await names()).filter((name) => name === 'allow')).toHaveLength(3)
  })

  it('covers exactly one call', async () => {
    const { sentinel } = testGuard()
    const tool = recorder(1)
    const pay = sentinel.wrap('pay', tool.run)
    const error = await caught(
      sentinel.as({ callId: 'c1' }, async () => {
        await pay({ amount: 1 })
        await pay({ amount: 1 })
      }),
    )
    expect(error).toMatchObject({ code: 'CALL_ID_REUSED' })
    expect(tool.calls).toHaveLength(1)
  })

  it('a dry run does not use it up', async () => {
    const { sentinel } = testGuard()
    const pay = sentinel.wrap('pay', recorder(1).run)
    await sentinel.as({ callId: 'c1' }, async () => {
      await sentinel.check({ tool: 'pay', params: {} })
      await pay({})
    })
  })
})

describe('authorize', () => {
  const RULES = {
    version: '1.0',
    rules: [{ id: 'ask', function_pattern: 'pay', conditions: [], action: 'require_approval' }],
  }

  it('records and then runs the exact call, once', async () => {
    const { sentinel, names } = testGuard()
    const params = { amount: 1, items: ['a'] }
    const authorization = await sentinel.authorize({ tool: 'look', params })
    expect(await names()).toEqual(['allow'])
    params.items.push('changed later')
    expect(authorization.decision.action).toBe('allow')
    expect(await authorization.run((given) => given)).toEqual({ amount: 1, items: ['a'] })
    expect(await caught(authorization.run(() => 1))).toMatchObject({ code: 'CALL_ALREADY_RAN' })
    expect(await names()).toEqual(['allow', 'executed'])
  })

  it("waits for the adapter's human", async () => {
    const { sentinel, names } = testGuard({ rules: RULES })
    const authorization = await sentinel.authorize({ tool: 'pay', params: { amount: 1 } })
    await authorization.approve('ann', 'checked')
    expect(await authorization.run(() => 'paid')).toBe('paid')
    expect(await names()).toEqual(['rules_loaded', 'approval_requested', 'approval_granted', 'executed'])
  })

  it.each([
    ['denied', async (a: { deny(by: string): Promise<void> }) => a.deny('ann'), 'APPROVAL_DENIED'],
    ['not answered, and nobody can be asked', async () => undefined, 'APPROVAL_UNAVAILABLE'],
  ])('does not run when %s', async (_what, answer, code) => {
    const { sentinel } = testGuard({ rules: RULES })
    const authorization = await sentinel.authorize({ tool: 'pay', params: {} })
    await answer(authorization)
    let ran = false
    expect(await caught(authorization.run(() => (ran = true)))).toMatchObject({ code })
    expect(ran).toBe(false)
  })

  it('[P16] can not be approved by the agent or session that asks, nor after the deadline', async () => {
    const { sentinel, clock } = testGuard({ rules: RULES, approvalTimeoutMs: 1_000 })
    const byItself = await sentinel.as({ agentId: 'bot', sessionId: 's1' }, () =>
      sentinel.authorize({ tool: 'pay', params: {} }),
    )
    expect(await caught(byItself.approve('bot'))).toMatchObject({ code: 'APPROVAL_NOT_ALLOWED' })
    expect(await caught(byItself.run(() => 1))).toMatchObject({ code: 'APPROVAL_UNAVAILABLE' })
    const bySession = await sentinel.as({ agentId: 'bot', sessionId: 's1' }, () =>
      sentinel.authorize({ tool: 'pay', params: {} }),
    )
    expect(await caught(bySession.approve(' S1 '))).toMatchObject({ code: 'APPROVAL_NOT_ALLOWED' })
    // A bad answer takes nothing from the good one that follows.
    await bySession.approve('ann')
    expect(await bySession.run(() => 'ran')).toBe('ran')
    const late = await sentinel.authorize({ tool: 'pay', params: {} })
    await clock.advance(1_000)
    expect(await caught(late.approve('ann'))).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
    expect(await caught(late.run(() => 1))).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
  })

  it('[P16] [P23] holds the approval to the deadline, for the run too and whatever the clock is set to', async () => {
    const { sentinel, clock } = testGuard({ rules: RULES, approvalTimeoutMs: 60_000 })
    const [asked, approved] = [
      await sentinel.authorize({ tool: 'pay', params: {} }),
      await sentinel.authorize({ tool: 'pay', params: {} }),
    ]
    await approved.approve('ann')
    await clock.advance(86_400_000)
    clock.setWall('2026-01-05T08:00:00.000Z')
    expect(await caught(asked.approve('ann'))).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
    expect(await caught(approved.run(() => 1))).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
  })

  it('takes back a call that was allowed and has not run', async () => {
    const { sentinel, names } = testGuard()
    const authorization = await sentinel.authorize({ tool: 'look', params: {} })
    await authorization.deny('ann')
    expect(await caught(authorization.run(() => 1))).toMatchObject({ code: 'APPROVAL_DENIED' })
    expect(await names()).toEqual(['allow', 'approval_denied'])
  })

  it('judges a tool with positional parameters by their names', async () => {
    const rules = {
      version: '1.0',
      rules: [
        {
          id: 'cap',
          function_pattern: 'pay',
          conditions: [{ param: 'amount', operator: 'gt', value: 9 }],
          action: 'block',
        },
      ],
    }
    const { sentinel } = testGuard({ rules })
    sentinel.wrap('pay', async (_amount: number, _to: string) => 1, { params: ['amount', 'to'] })
    expect(await sentinel.check({ tool: 'pay', params: { amount: 5, to: 'bob' } })).toMatchObject({ action: 'allow' })
    expect(await sentinel.check({ tool: 'pay', params: { amount: 50, to: 'bob' } })).toMatchObject({ action: 'block' })
  })

  it.each([
    undefined,
    null,
    {},
    { tool: 'x' },
    { tool: '', params: {} },
    { tool: 'x', params: [] },
    { tool: 'x', params: {}, callId: {} },
    { tool: 'x', params: {}, callId: '' },
  ])('refuses %j as a call', async (call) => {
    const { sentinel } = testGuard()
    expect(await caught(sentinel.authorize(call as never))).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await caught(sentinel.check(call as never))).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('is closed with the guard', async () => {
    const { sentinel } = testGuard()
    const authorization = await sentinel.authorize({ tool: 'look', params: {} })
    await sentinel.close()
    expect(await caught(authorization.run(() => 1))).toMatchObject({ code: 'CLOSED' })
  })

  it('[P17] takes the first answer', async () => {
    const { sentinel } = testGuard({ rules: RULES })
    const authorization = await sentinel.authorize({ tool: 'pay', params: {} })
    const [deny, approve] = await Promise.all([caught(authorization.deny('ann')), caught(authorization.approve('bob'))])
    expect(deny).toBeUndefined()
    expect(approve).toMatchObject({ code: 'APPROVAL_ALREADY_DECIDED' })
    expect(await caught(authorization.run(() => 1))).toMatchObject({ code: 'APPROVAL_DENIED', by: 'ann' })
  })

  it('while the call runs on its permit a repeat gets the same result', async () => {
    const { sentinel } = testGuard()
    const { promise: done, resolve: finish } = Promise.withResolvers<string>()
    let runs = 0
    const pay = sentinel.wrap('pay', (_: object) => {
      runs++
      return done
    })
    await sentinel.authorize({ tool: 'pay', params: {}, callId: 'c1' })
    const first = sentinel.as({ callId: 'c1' }, () => pay({}))
    await settle()
    const again = sentinel.as({ callId: 'c1' }, () => pay({}))
    finish('paid')
    expect(await Promise.all([first, again])).toEqual(['paid', 'paid'])
    expect(runs).toBe(1)
    expect(await caught(sentinel.as({ callId: 'c1' }, () => pay({})))).toMatchObject({ code: 'CALL_ALREADY_RAN' })
  })

  it('has nothing to approve when nobody is to be asked', async () => {
    const { sentinel } = testGuard()
    const authorization = await sentinel.authorize({ tool: 'look', params: {} })
    expect(await caught(authorization.approve('ann'))).toMatchObject({ code: 'APPROVAL_UNKNOWN' })
  })

  it('of the same call again is the same authorization: asked once, counted once', async () => {
    const { sentinel, names } = testGuard({ rules: RULES })
    const call = { tool: 'pay', params: { amount: 1 }, callId: 'c1' }
    const [first, again] = await Promise.all([sentinel.authorize(call), sentinel.authorize(call)])
    expect(again).toBe(first)
    expect(await caught(sentinel.authorize({ ...call, params: { amount: 2 } }))).toMatchObject({
      code: 'CALL_ID_REUSED',
    })
    expect(await names()).toEqual(['rules_loaded', 'approval_requested'])
  })

  it('gives its permit to the wrapped call of the same id', async () => {
    const { sentinel, names } = testGuard({ rules: RULES })
    const pay = sentinel.wrap('pay', async (_: object) => 'paid')
    const authorization = await sentinel.authorize({ tool: 'pay', params: { amount: 1 }, callId: 'c1' })
    await authorization.approve('ann')
    expect(await sentinel.as({ callId: 'c1' }, () => pay({ amount: 1 }))).toBe('paid')
    expect(await names()).toEqual(['rules_loaded', 'approval_requested', 'approval_granted', 'executed'])
    expect(await caught(authorization.run(() => 1))).toMatchObject({ code: 'CALL_ALREADY_RAN' })
  })
})
