import { afterEach, describe, expect, it, test, vi } from 'vitest'
import { settle } from '../support/fake-clock.ts'
import { caught, llmGuard } from './guarding.ts'
import type { Behaviour } from './wire-server.ts'

afterEach(() => vi.useRealTimers())
const pay = async (_: object) => 'paid'

describe('[F5] a model that fails', () => {
  test.each<{ what: string; behaviour: Behaviour; because: RegExp }>([
    { what: 'says what is no JSON', behaviour: { text: 'Fine by me!' }, because: /No object generated/ },
    { what: 'leaves the risk out', behaviour: { text: '{"reasons":[],"recommendation":"allow"}' }, because: /schema/ },
    { what: 'says a risk above 10', behaviour: { says: { risk: 11 } }, because: /0 to 10, found 11/ },
    { what: 'says a risk below 0', behaviour: { says: { risk: -1 } }, because: /0 to 10, found -1/ },
    { what: 'says a risk in words', behaviour: { says: { risk: 'none' } }, because: /schema/ },
    { what: 'says NaN', behaviour: { says: { risk: null } }, because: /schema/ },
    {
      what: 'recommends what there is not',
      behaviour: { says: { risk: 0, recommendation: 'yes' } },
      because: /schema/,
    },
    { what: 'knows no such key', behaviour: { status: 401, error: 'bad key' }, because: /bad key/ },
  ])('[P7] $what: a human is asked, and nothing is tried twice', async ({ behaviour, because }) => {
    const { sentinel, server, decisions, lastConsultation } = await llmGuard()
    server.behave(behaviour)
    await sentinel.wrap('pay', pay)({ amount: 5 })
    expect(await decisions()).toMatchObject([{ event: 'approval_requested', degraded: false }])
    expect(await lastConsultation()).toMatchObject({ status: 'failed', because: expect.stringMatching(because) })
    expect(server.requests).toHaveLength(1)
  })

  it('is passed over in safe mode, with a fault event, and the call runs degraded', async () => {
    const { sentinel, server, decisions, names } = await llmGuard({ failMode: 'safe' })
    server.behave({ text: 'no' })
    expect(await sentinel.wrap('pay', pay)({ amount: 5 })).toBe('paid')
    expect(await decisions()).toMatchObject([{ event: 'allow', degraded: true }])
    expect(await names()).toContain('fault')
  })

  it('does not weaken what statistics say', async () => {
    const { sentinel, server, decisions } = await llmGuard({ failMode: 'safe', anomalyMethod: 'zscore' })
    const tool = sentinel.wrap('pay', pay)
    for (const amount of [50, 60, 70, 80, 90]) await tool({ amount })
    server.behave({ text: 'no' })
    await tool({ amount: 130 })
    expect((await decisions()).at(-1)).toMatchObject({ event: 'approval_requested', degraded: true })
  })
})

describe('[P26] a model that is in trouble for a moment', () => {
  test.each<{ what: string; trouble: Behaviour }>([
    { what: 'too many requests', trouble: { status: 429 } },
    { what: 'a broken server', trouble: { status: 500 } },
    { what: 'an overloaded server', trouble: { status: 529 } },
    { what: 'a connection that breaks', trouble: 'hang up' },
  ])('$what: it is asked again', async ({ trouble }) => {
    const { sentinel, server, lastConsultation } = await llmGuard()
    server.behave(trouble, { says: { risk: 1 } })
    await sentinel.wrap('pay', pay)({ amount: 5 })
    expect(await lastConsultation()).toMatchObject({ status: 'answered', risk: 1 })
    expect(server.requests).toHaveLength(2)
  })

  it('is asked three times and no more', async () => {
    const { sentinel, server, lastConsultation } = await llmGuard()
    server.behave({ status: 503 })
    await sentinel.wrap('pay', pay)({ amount: 5 })
    expect(await lastConsultation()).toMatchObject({ status: 'failed' })
    expect(server.requests).toHaveLength(3)
  })

  it('is waited for 10 seconds and no longer', async () => {
    const { sentinel, server, clock, lastConsultation } = await llmGuard()
    server.behave('never answer')
    const paying = sentinel.wrap('pay', pay)({ amount: 5 })
    await vi.waitUntil(() => server.requests.length === 1, { timeout: 30_000 })
    await clock.advance(9_999)
    expect(await Promise.race([paying, settle().then(() => 'waiting')])).toBe('waiting')
    await clock.advance(1)
    expect(await paying).toBe('paid')
    expect(await lastConsultation()).toMatchObject({
      ...{ status: 'failed', because: 'no answer within 10 seconds', latencyMs: 10_000 },
    })
  })

  it('is not waited for by a guard that closes', async () => {
    const { sentinel, server } = await llmGuard({ approval: () => new Promise<never>(() => undefined) })
    server.behave('never answer')
    const paying = caught(sentinel.wrap('pay', pay)({ amount: 5 }))
    await vi.waitUntil(() => server.requests.length === 1, { timeout: 30_000 })
    await sentinel.close()
    expect(await paying).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
  })
})

describe('[P26] a model that fails again and again', () => {
  it('is left alone for 30 seconds, tried once, and asked again when that worked', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { sentinel, server, lastConsultation } = await llmGuard({ anomalyLlmBudget: { perMinute: 10 } })
    const tool = sentinel.wrap('pay', pay)
    let amount = 0
    const payMore = async () => {
      await tool({ amount: amount++ })
      return lastConsultation()
    }
    server.behave({ status: 401 })
    for (let failure = 0; failure < 5; failure++) await payMore()
    // An outage does not use up the budget either: a failure may be stricter than that.
    for (let call = 0; call < 20; call++)
      expect(await payMore()).toMatchObject({ status: 'failed', because: expect.stringContaining('left alone') })
    expect(server.requests).toHaveLength(5)

    vi.setSystemTime(Date.now() + 30_000)
    await payMore()
    expect(await payMore()).toMatchObject({ because: expect.stringContaining('left alone') })
    expect(server.requests).toHaveLength(6)

    vi.setSystemTime(Date.now() + 30_000)
    server.behave({ says: { risk: 0 } })
    await payMore()
    expect(await payMore()).toMatchObject({ status: 'answered' })
    expect(server.requests).toHaveLength(8)
  })
})
