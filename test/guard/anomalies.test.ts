import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import type { Anomaly } from '../../src/domain/anomaly.ts'
import { type TestGuard, testGuard } from '../support/guards.ts'
import { surviving } from '../support/stores.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

type Tool = (params?: object) => Promise<unknown>
interface Busy extends TestGuard {
  readonly work: Tool
  readonly fail: Tool
}

const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

/** A guard without a scorer, and two tools: what is found is found in the history of the agent. */
function busy(config: SentinelConfig = {}): Busy {
  const guard = testGuard({ anomalyDetection: false, ...config })
  const work: Tool = guard.sentinel.wrap('work', async (_?: object) => 'done')
  const failing = guard.sentinel.wrap('fail', async (_?: object) => Promise.reject(new TypeError('no')))
  return { ...guard, work, fail: (params) => caught(failing(params)) }
}

async function times(count: number, run: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < count; time++) await run()
}

const found = async ({ sentinel }: TestGuard): Promise<readonly Anomaly[]> =>
  (await sentinel.anomalies.detect()).anomalies
const types = async (guard: TestGuard): Promise<readonly string[]> => (await found(guard)).map(({ type }) => type)

describe('an agent that nobody knows yet is held to fixed limits', () => {
  test.each`
    calls | expected          | because
    ${50} | ${[]}             | ${'50 calls in an hour are allowed'}
    ${51} | ${['rate_spike']} | ${'51 are more than 50'}
  `('$calls calls in an hour: $expected, because $because', async ({ calls, expected }) => {
    const guard = busy()
    await times(calls, async () => {
      await guard.work()
      await guard.clock.advance(MINUTE_MS)
    })
    expect(await types(guard)).toEqual(expected)
  })

  test.each`
    good | bad  | expected                 | because
    ${3} | ${1} | ${[]}                    | ${'four outcomes are too few'}
    ${4} | ${1} | ${[]}                    | ${'one of five is 20 %, not more'}
    ${3} | ${2} | ${['high_failure_rate']} | ${'two of five are 40 %'}
    ${0} | ${5} | ${['high_failure_rate']} | ${'all failed'}
  `('$bad of $good + $bad calls fail: $expected, because $because', async ({ good, bad, expected }) => {
    const guard = busy()
    await times(bad, () => guard.fail())
    await times(good, () => guard.work())
    expect(await types(guard)).toEqual(expected)
  })
})
