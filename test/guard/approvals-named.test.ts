import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import { recorder, testGuard } from '../support/guards.ts'
import { surviving } from '../support/stores.ts'

const RULES = { version: '1.0', default_action: 'require_approval', rules: [] }

/** A guard whose calls have ids of their own, as a framework gives them. */
function named(store = createMemoryStore(), config: SentinelConfig = {}) {
  const guard = testGuard({ rules: RULES, approvalMode: 'suspend', store: surviving(store), ...config })
  const tool = recorder('paid')
  const pay = guard.sentinel.wrap('pay', tool.run)
  const call = (amount: number) => guard.sentinel.as({ callId: 'call-1' }, () => pay({ amount }))
  const code = (amount = 5) => call(amount).then(String, (error: { code: string }) => error.code)
  const waiting = async (): Promise<string> => (await guard.sentinel.approvals.list({ state: 'pending' }))[0]?.id ?? ''
  return { ...guard, store, tool, code, waiting }
}

describe('a suspended call with an id of its own', () => {
  it('[P16] is made again under its id, and runs once', async () => {
    const { sentinel, tool, code, waiting } = named()
    expect(await code()).toBe('APPROVAL_PENDING')
    expect(await code()).toBe('APPROVAL_PENDING')
    const id = await waiting()
    expect(await sentinel.approvals.get(id)).toMatchObject({ asks: 1 })
    await sentinel.approvals.approve(id, { by: 'ann' })
    expect(await code()).toBe('paid')
    expect(await code()).toBe('CALL_ALREADY_RAN')
    expect(tool.calls).toEqual([{ amount: 5 }])
  })

  it('also after a restart, and not with other arguments', async () => {
    const first = named()
    expect(await first.code()).toBe('APPROVAL_PENDING')
    await first.sentinel.approvals.approve(await first.waiting(), { by: 'ann' })
    await first.sentinel.close()
    const { code, tool } = named(first.store)
    expect(await code(6)).toBe('CALL_ID_REUSED')
    expect(await code()).toBe('paid')
    expect(tool.calls).toEqual([{ amount: 5 }])
  })

  it('is told that it was denied, and is not asked about again', async () => {
    const { sentinel, code, waiting, names } = named()
    await code()
    await sentinel.approvals.deny(await waiting(), { by: 'ann' })
    expect(await code()).toBe('APPROVAL_DENIED')
    expect((await names()).filter((event) => event === 'approval_requested')).toHaveLength(1)
  })

  it('does not run in shadow mode, where no approval is spent', async () => {
    const first = named()
    expect(await first.code()).toBe('APPROVAL_PENDING')
    const { code, tool } = named(first.store, { shadow: true })
    expect(await code()).toBe('CALL_ALREADY_RAN')
    expect(tool.calls).toEqual([])
  })

  it('can be authorized again by an adapter', async () => {
    const { sentinel, waiting, tool } = named()
    const ask = () => sentinel.authorize({ tool: 'pay', params: { amount: 5 }, callId: 'call-2' })
    const run = async () => (await ask()).run(tool.run)
    await expect(run()).rejects.toMatchObject({ code: 'APPROVAL_PENDING' })
    await sentinel.approvals.approve(await waiting(), { by: 'ann' })
    expect(await run()).toBe('paid')
    await expect(run()).rejects.toMatchObject({ code: 'CALL_ALREADY_RAN' })
    expect(tool.calls).toEqual([{ amount: 5 }])
  })
})
