import { describe, expect, it } from 'vitest'
import { DECISION_EVENTS } from '../../src/domain/audit-event.ts'
import { isSentinelError } from '../../src/errors.ts'
import { testGuard } from '../support/guards.ts'
import { FaultyStore } from './faulty-store.ts'

const MAX = 2
/** At most two calls run in an hour; the second of all is asked about, and denied. */
const RULES = {
  version: '1.0',
  rules: [
    {
      ...{ id: 'limit', function_pattern: 'pay', action: 'block' },
      conditions: [{ operator: 'calls_in_window', value: { window: '1h', max: MAX, by: 'agent' } }],
    },
    {
      ...{ id: 'ask', function_pattern: 'pay', action: 'require_approval' },
      conditions: [{ param: 'call', operator: 'eq', value: 'b' }],
    },
  ],
}

/** Calls one after another while some operations of the store fail, before or after they are done. */
async function run(fails: (number: number) => boolean, fault: 'before' | 'after', failMode: 'secure' | 'safe') {
  const store = new FaultyStore((_operation, number) => fails(number), fault)
  const { sentinel, clock } = testGuard({
    store,
    failMode,
    rules: RULES,
    anomalyDetection: false,
    approval: () => false,
  })
  const ran: string[] = []
  const pay = sentinel.wrap('pay', async ({ call }: { call: string }) => void ran.push(call))
  const codes: string[] = []
  for (const call of ['a', 'b', 'c', 'd', 'e']) {
    await pay({ call }).catch((error: unknown) => void codes.push(isSentinelError(error) ? error.code : String(error)))
    await clock.advance(60)
  }
  const { length: operations } = store.operations
  store.failing = () => false
  const decided = await store.query({ event: DECISION_EVENTS, limit: 1_000 })
  return { ran, codes, operations, decided: new Set(decided.map(({ params }) => params?.call)) }
}

const OPERATIONS = (await run(() => false, 'before', 'secure')).operations
const cases = Array.from({ length: OPERATIONS }, (_, index) => index + 1).flatMap((n) => [
  [n, 'before'] as const,
  [n, 'after'] as const,
])

describe('the n-th operation of the store fails, with a limit over time', () => {
  it('and without a fault two calls run, and a denied one takes no place', async () => {
    const { ran, codes } = await run(() => false, 'before', 'secure')
    expect(ran).toEqual(['a', 'c'])
    expect(codes).toEqual(['APPROVAL_DENIED', 'BLOCKED', 'BLOCKED'])
  })

  it.each(cases)(
    '[P21] [F7] secure, operation %i fails %s it is done: no call too many, none unrecorded',
    async (n, fault) => {
      const { ran, codes, decided } = await run((number) => number === n, fault, 'secure')
      expect(ran.length).toBeLessThanOrEqual(MAX)
      for (const call of ran) expect(decided).toContain(call)
      expect(codes.filter((code) => code === 'AUDIT_UNAVAILABLE').length).toBeLessThanOrEqual(1)
      // At most the one call that met the fault loses its place.
      expect(ran.length).toBeGreaterThanOrEqual(MAX - 1)
    },
  )

  it.each(cases)(
    '[P21] [F7] secure, from operation %i on they fail %s they are done: no call too many',
    async (n, fault) => {
      const { ran, decided } = await run((number) => number >= n, fault, 'secure')
      expect(ran.length).toBeLessThanOrEqual(MAX)
      for (const call of ran) expect(decided).toContain(call)
    },
  )

  it.each(cases)('[P21] [F7] safe, operation %i fails %s it is done: no call too many either', async (n, fault) => {
    const { ran, codes } = await run((number) => number === n, fault, 'safe')
    expect(ran.length).toBeLessThanOrEqual(MAX)
    expect(codes).not.toContain('AUDIT_UNAVAILABLE')
  })
})
