import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { EpochMs } from '../../src/domain/units.ts'
import { systemClock } from '../../src/support/clock.ts'
import { inTime } from '../../src/support/deadline.ts'

const DAY_MS = 86_400_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test.each([1, 1_000, 24 * DAY_MS, 2 ** 31 - 1, 2 ** 31, 30 * DAY_MS, 400 * DAY_MS])(
  '[P18] a task that is due in %i ms runs then, once, and not before',
  (delayMs) => {
    let ran = 0
    systemClock.after(delayMs, () => ran++)
    vi.advanceTimersByTime(delayMs - 1)
    expect(ran).toBe(0)
    vi.advanceTimersByTime(1)
    expect(ran).toBe(1)
    vi.advanceTimersByTime(2 * delayMs)
    expect([ran, vi.getTimerCount()]).toEqual([1, 0])
  },
)

test('[P18] what is called off after the first of its timers does not run', () => {
  let ran = 0
  const cancel = systemClock.after(30 * DAY_MS, () => ran++)
  vi.advanceTimersByTime(29 * DAY_MS)
  cancel()
  vi.advanceTimersByTime(30 * DAY_MS)
  expect([ran, vi.getTimerCount()]).toEqual([0, 0])
})

test.each([
  [30 * DAY_MS - 1, { status: 'done', value: 'yes' }],
  [30 * DAY_MS, { status: 'expired' }],
])('[P18] a wait of 30 days is answered after %i ms: %j', async (answerMs, expected) => {
  const deadline = (Date.now() + 30 * DAY_MS) as EpochMs
  const answer = new Promise<string>((resolve) => void systemClock.after(answerMs, () => resolve('yes')))
  const waited = inTime(() => answer, { clock: systemClock, signal: undefined, deadline })
  await vi.advanceTimersByTimeAsync(40 * DAY_MS)
  expect(await waited).toEqual(expected)
})
