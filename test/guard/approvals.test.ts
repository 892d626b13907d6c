import { describe, expect, it, test } from 'vitest'
import type { SentinelConfig } from '../../src/config/config.ts'
import type { ApprovalAnswer, ApprovalRequest, Approver } from '../../src/domain/approval.ts'
import { recorder, type TestGuard, testGuard } from '../support/guards.ts'

const RULES = {
  version: '1.0',
  rules: [
    { id: 'ask', function_pattern: 'pay', conditions: [], action: 'require_approval', message: 'Over to a human.' },
  ],
}

const asking = (
  config: SentinelConfig,
): TestGuard & { tool: ReturnType<typeof recorder<string>>; pay(params: object): Promise<string> } => {
  const guard = testGuard({ rules: RULES, ...config })
  const tool = recorder('paid')
  return { ...guard, tool, pay: guard.sentinel.wrap('pay', tool.run) }
}
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
const answering = (answer: unknown): Approver => ({ name: 'test', request: async () => answer as ApprovalAnswer })

describe('an escalated call', () => {
  it('runs when a human approves, and that is on disk before', async () => {
    const events: string[] = []
    const guard = testGuard({ rules: RULES, approval: async () => ({ approved: true, by: 'ann', note: 'fine' }) })
    const pay = guard.sentinel.wrap('pay', async (_: object) => {
      for (const { event } of await guard.sentinel.audit.query({ order: 'oldest-first' })) events.push(event)
      return 'paid'
    })
    expect(await pay({ amount: 5 })).toBe('paid')
    expect(events).toEqual(['rules_loaded', 'approval_requested', 'approval_granted'])
    expect((await guard.events()).find(({ event }) => event === 'approval_granted')).toMatchObject({
      approvedBy: 'ann',
      note: 'fine',
      lesson: 'approved',
    })
  })

  it('is shown to the approver as it is: every reason, the redacted arguments, the deadline', async () => {
    const seen: ApprovalRequest[] = []
    const { pay, clock } = asking({ approval: (request) => seen.push(request) > 0, approvalTimeoutMs: 60_000 })
    await pay({ amount: 5, password: 'hunter2-secret' })
    expect(seen).toMatchObject([
      {
        tool: 'pay',
        agentId: 'default',
        reasons: [
          { source: 'rule', ruleId: 'ask', message: "Rule 'ask' requires approval: Over to a human." },
          { source: 'anomaly', message: 'Insufficient history (0 samples)' },
        ],
        deadline: clock.now() + 60_000,
      },
    ])
    expect(JSON.stringify(seen)).not.toContain('hunter2')
    expect(Object.isFrozen(seen[0])).toBe(true)
  })

  test.each<{ what: string; approval: SentinelConfig['approval']; code: string; event: string }>([
    { what: 'a human denies', approval: () => false, code: 'APPROVAL_DENIED', event: 'approval_denied' },
    { what: 'there is no approver', approval: undefined, code: 'APPROVAL_UNAVAILABLE', event: 'approval_unavailable' },
    {
      what: 'the approver throws',
      approval: () => {
        throw new Error('down')
      },
      code: 'APPROVAL_UNAVAILABLE',
      event: 'approval_unavailable',
    },
    {
      what: 'the approver rejects',
      approval: {
        name: 'x',
        request: async () => {
          throw new Error('down')
        },
      },
      code: 'APPROVAL_UNAVAILABLE',
      event: 'approval_unavailable',
    },
    {
      what: 'the function says something else than true',
      approval: (() => 'yes') as never,
      code: 'APPROVAL_UNAVAILABLE',
      event: 'approval_unavailable',
    },
    {
      what: 'the function edits the arguments to what is none',
      approval: (() => ({ approved: true, params: [1] })) as never,
      code: 'APPROVAL_UNAVAILABLE',
      event: 'approval_unavailable',
    },
    {
      what: 'an approver answers in an unknown form',
      approval: answering({ approved: true }),
      code: 'APPROVAL_UNAVAILABLE',
      event: 'approval_unavailable',
    },
    {
      what: 'an approver does not say who',
      approval: answering({ outcome: 'approved', by: '' }),
      code: 'APPROVAL_UNAVAILABLE',
      event: 'approval_unavailable',
    },
    {
      what: 'the agent approves itself',
      approval: () => ({ approved: true, by: 'default' }),
      code: 'APPROVAL_UNAVAILABLE',
      event: 'approval_unavailable',
    },
  ])('[F8] is refused when $what', async ({ approval, code, event }) => {
    for (const failMode of ['secure', 'safe'] as const) {
      const { pay, tool, names } = asking({ failMode, ...(approval === undefined ? {} : { approval }) })
      expect(await caught(pay({ amount: 5 }))).toMatchObject({ code })
      expect(tool.calls).toEqual([])
      expect(await names()).toEqual(['rules_loaded', 'approval_requested', event])
    }
  })

  it('[P18] is refused when nobody answers in time, and a late answer changes nothing', async () => {
    const { promise: late, resolve: answer } = Promise.withResolvers<boolean>()
    const { pay, tool, clock, names } = asking({ approval: () => late, approvalTimeoutMs: 30 * 86_400_000 })
    const refused = caught(pay({ amount: 5 }))
    await clock.advance(30 * 86_400_000 - 1)
    expect(tool.calls).toEqual([])
    await clock.advance(1)
    answer(true)
    expect(await refused).toMatchObject({ code: 'APPROVAL_TIMEOUT', forModel: { retry: 'later' } })
    expect(tool.calls).toEqual([])
    expect(await names()).toEqual(['rules_loaded', 'approval_requested', 'approval_timeout'])
  })

  it('[P18] is refused when the caller gives up', async () => {
    const giveUp = new AbortController()
    const signals: AbortSignal[] = []
    const { sentinel, pay, clock, tool, names } = asking({
      approval: (_request, signal) => {
        signals.push(signal)
        return new Promise<boolean>(() => undefined)
      },
    })
    const refused = caught(sentinel.as({ signal: giveUp.signal }, () => pay({ amount: 5 })))
    await clock.advance(1)
    giveUp.abort()
    expect(await refused).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
    expect(signals[0]?.aborted).toBe(true)
    expect(tool.calls).toEqual([])
    expect(await names()).toEqual(['rules_loaded', 'approval_requested', 'approval_cancelled'])
  })

  it("tells the model what happened and nothing of the rule's inside", async () => {
    const { pay } = asking({ approval: () => ({ approved: false, by: 'ann', note: 'ask me on Monday' }) })
    expect(await caught(pay({ amount: 5 }))).toMatchObject({
      by: 'ann',
      forModel: { retry: 'no', message: 'A human denied this call: ask me on Monday. Do not repeat it unchanged.' },
    })
  })
})

describe('the queue', () => {
  it('holds the call until somebody decides', async () => {
    const { sentinel, pay, clock, tool } = asking({ approval: 'queue' })
    const paid = pay({ amount: 5 })
    await clock.advance(1)
    const [waiting] = await sentinel.approvals.list({ state: 'pending' })
    expect(waiting).toMatchObject({ tool: 'pay', state: 'pending' })
    await sentinel.approvals.approve(waiting?.id ?? '', { by: 'ann' })
    expect(await paid).toBe('paid')
    expect(tool.calls).toEqual([{ amount: 5 }])
  })

  it('with a deadline', async () => {
    const { sentinel, pay, clock, names } = asking({ approval: 'queue', approvalTimeoutMs: 1_000 })
    const refused = caught(pay({ amount: 5 }))
    await clock.advance(1)
    const [waiting] = await sentinel.approvals.list()
    await clock.advance(1_000)
    expect(await refused).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
    expect(await caught(sentinel.approvals.approve(waiting?.id ?? '', { by: 'ann' }))).toMatchObject({
      code: 'APPROVAL_ALREADY_DECIDED',
    })
    expect(await names()).toEqual(['rules_loaded', 'approval_requested', 'approval_timeout'])
  })
})

describe('several approvers', () => {
  it('the first answer wins', async () => {
    const { pay, sentinel, clock } = asking({ approval: ['queue', () => new Promise<boolean>(() => undefined)] })
    const paid = pay({ amount: 5 })
    await clock.advance(1)
    const [waiting] = await sentinel.approvals.list()
    await sentinel.approvals.approve(waiting?.id ?? '', { by: 'ann' })
    expect(await paid).toBe('paid')
  })
})

describe('context', () => {
  it('gives the approver extra facts, redacted', async () => {
    const facts: unknown[] = []
    const guard = testGuard({ rules: RULES, approval: (request) => facts.push(request.context) > 0 })
    const pay = guard.sentinel.wrap('pay', async (_: object) => 1, {
      context: ({ amount }) => ({ limit: 100, amount, apiKey: 'k-123' }),
    })
    await pay({ amount: 5 })
    expect(facts).toMatchObject([{ limit: 100, amount: 5 }])
    expect(JSON.stringify(facts)).not.toContain('k-123')
  })

  it('that fails is left out, and the call still needs its answer', async () => {
    const facts: unknown[] = []
    const guard = testGuard({ rules: RULES, approval: (request) => facts.push(request.context) > 0 })
    const pay = guard.sentinel.wrap('pay', async (_: object) => 1, {
      context: () => {
        throw new Error('no facts')
      },
    })
    expect(await pay({})).toBe(1)
    expect(facts).toEqual([undefined])
  })
})
