import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SentinelConfig } from '../../src/config/config.ts'
import { recorder, tempDir, testGuard } from '../support/guards.ts'

const HOUR_MS = 3_600_000

/** Every payment needs a human; no more than one an hour, and no more than 100 together. */
const RULES = {
  version: '1.0',
  rules: [
    { id: 'ask', function_pattern: 'pay', conditions: [], action: 'require_approval', priority: 100 },
    {
      id: 'often',
      function_pattern: 'pay',
      conditions: [{ operator: 'calls_in_window', value: { window: '1h', max: 1, by: 'agent' } }],
      action: 'block',
      priority: 1,
    },
    {
      id: 'much',
      function_pattern: 'pay',
      conditions: [{ param: 'amount', operator: 'sum_in_window', value: { window: '1h', max: 100, by: 'agent' } }],
      action: 'block',
      priority: 1,
    },
  ],
}

const places: Readonly<Record<string, () => SentinelConfig>> = {
  'in memory': () => ({}),
  'in a file': () => ({ auditLogPath: join(tempDir(), 'audit.db'), auditWriter: 'inline' }),
}

function suspending(config: SentinelConfig) {
  const guard = testGuard({ rules: RULES, approvalMode: 'suspend', approvalTimeoutMs: 30 * 24 * HOUR_MS, ...config })
  const tool = recorder('paid')
  const pay = guard.sentinel.wrap('pay', tool.run)
  const refusal = (amount: number) => pay({ amount }).then(String, (error: { code: string }) => error.code)
  const waiting = async (amount: number): Promise<string> => {
    const error = await pay({ amount }).catch((thrown: unknown) => thrown)
    return (error as { approvalId: string }).approvalId
  }
  return { ...guard, tool, pay, refusal, waiting }
}

describe.each(Object.entries(places))('[P21] a call that waits for approval, counted %s', (_, place) => {
  it('is not counted beside the one that is made again in its place, and is counted once when that has run', async () => {
    const { sentinel, pay, tool, refusal, waiting } = suspending(place())
    const id = await waiting(60)
    expect(await refusal(60)).toBe('APPROVAL_PENDING')
    await sentinel.approvals.approve(id, { by: 'ann' })
    expect(await pay({ amount: 60 })).toBe('paid')
    expect(tool.calls).toEqual([{ amount: 60 }])
    expect(await refusal(1)).toBe('BLOCKED')
  })

  it('is counted while it waits: another one is too many', async () => {
    const { refusal, waiting } = suspending(place())
    await waiting(60)
    expect(await refusal(1)).toBe('BLOCKED')
  })

  it('is counted when it runs, however long ago it was asked about', async () => {
    const { sentinel, clock, refusal, waiting } = suspending(place())
    const id = await waiting(60)
    await sentinel.approvals.approve(id, { by: 'ann' })
    await clock.advance(5 * HOUR_MS)
    expect(await sentinel.resume(id)).toBe('paid')
    expect(await refusal(1)).toBe('BLOCKED')
  })

  it('is blocked when others were let through meanwhile', async () => {
    const { sentinel, clock, tool, waiting } = suspending(place())
    const first = await waiting(60)
    await sentinel.approvals.approve(first, { by: 'ann' })
    await clock.advance(2 * HOUR_MS)
    const second = await waiting(50)
    await sentinel.approvals.approve(second, { by: 'ann' })
    expect(await sentinel.resume(second)).toBe('paid')
    await expect(sentinel.resume(first)).rejects.toMatchObject({ code: 'BLOCKED' })
    expect(tool.calls).toEqual([{ amount: 50 }])
    expect(await sentinel.approvals.get(first)).toMatchObject({ state: 'cancelled' })
  })

  it('counts with the amount that an approver gave it', async () => {
    const { sentinel, tool, waiting } = suspending(place())
    const id = await waiting(60)
    await sentinel.approvals.approve(id, { by: 'ann', params: { amount: 101 } })
    await expect(sentinel.resume(id)).rejects.toMatchObject({ code: 'BLOCKED' })
    expect(tool.calls).toEqual([])
    const other = await waiting(70)
    await sentinel.approvals.approve(other, { by: 'ann', params: { amount: 100 } })
    expect(await sentinel.resume(other)).toBe('paid')
    expect(tool.calls).toEqual([{ amount: 100 }])
  })

  it('is counted no more when it was denied', async () => {
    const { sentinel, refusal, waiting } = suspending(place())
    await sentinel.approvals.deny(await waiting(60), { by: 'ann' })
    expect(await refusal(100)).toBe('APPROVAL_PENDING')
  })
})
