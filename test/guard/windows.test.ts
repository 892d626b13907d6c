import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import { DECISION_EVENTS } from '../../src/domain/audit-event.ts'
import type { Reservation } from '../../src/domain/window.ts'
import { isSentinelError, type SentinelErrorCode, SentinelRulesError } from '../../src/errors.ts'
import { FaultyStore } from '../fault/faulty-store.ts'
import { settle } from '../support/fake-clock.ts'
import { type TestGuard, tempDir, testGuard } from '../support/guards.ts'
import { surviving } from '../support/stores.ts'

const HOUR_MS = 3_600_000
const window = (max: number, by = 'agent') => ({ window: '1h', max, by })
const rule = (condition: object, fields: object = {}) => ({
  ...{ id: 'limit', function_pattern: 'pay', conditions: [condition], action: 'block' },
  ...fields,
})
const rules = (...list: readonly object[]) => ({ version: '1.0', rules: list })
const callsAbove = (max: number, by?: string) => ({ operator: 'calls_in_window', value: window(max, by) })
const sumAbove = (max: number) => ({ param: 'amount', operator: 'sum_in_window', value: window(max) })
const TWO_AN_HOUR = rules(rule(callsAbove(2)))

type Ended = 'ran' | SentinelErrorCode

/** A guard with one tool, without a scorer. */
function limited(config: SentinelConfig): TestGuard & { pay(params?: object): Promise<Ended>; running: () => number } {
  const guard = testGuard({ rules: TWO_AN_HOUR, anomalyDetection: false, ...config })
  let running = 0
  const tool = guard.sentinel.wrap('pay', async (_: object) => {
    running++
    await settle()
    running--
  })
  const pay = (params: object = {}): Promise<Ended> =>
    tool(params).then(
      () => 'ran',
      (error: unknown) => {
        if (isSentinelError(error)) return error.code
        throw error
      },
    )
  return { ...guard, pay, running: () => running }
}

/** Calls one after another. */
async function inTurn(calls: readonly (() => Promise<Ended>)[]): Promise<readonly Ended[]> {
  const ended: Ended[] = []
  for (const call of calls) ended.push(await call())
  return ended
}

describe('a limit on calls', () => {
  it('lets so many run, refuses the next, and lets it run when the window is over', async () => {
    const { pay, clock, sentinel } = limited({})
    expect(await inTurn([pay, pay, pay, pay])).toEqual(['ran', 'ran', 'BLOCKED', 'BLOCKED'])
    await clock.advance(HOUR_MS - 1)
    expect(await pay()).toBe('BLOCKED')
    await clock.advance(1)
    expect(await pay()).toBe('ran')
    expect(await sentinel.audit.query({ event: 'block' })).toHaveLength(3)
  })

  it('slides: each call leaves by itself', async () => {
    const { pay, clock } = limited({})
    await pay()
    await clock.advance(HOUR_MS / 2)
    await pay()
    await clock.advance(HOUR_MS / 2)
    expect(await inTurn([pay, pay])).toEqual(['ran', 'BLOCKED'])
  })

  it.each([1, 3, 20, 100])('[P21] holds with %i calls at once', async (callers) => {
    const { pay, running } = limited({ rules: rules(rule(callsAbove(3))) })
    const ending = Promise.all(Array.from({ length: callers }, () => pay()))
    for (let turn = 0; turn < 50; turn++) {
      expect(running()).toBeLessThanOrEqual(3)
      await Promise.resolve()
    }
    expect((await ending).filter((ended) => ended === 'ran').length).toBeLessThanOrEqual(3)
    const more = await inTurn([pay, pay, pay])
    // Refused once too often, perhaps; then the places that were given back are free again.
    expect([...(await ending), ...more].filter((ended) => ended === 'ran')).toHaveLength(3)
  })

  it.each([1, 3, 20, 100])('[P21] holds with %i calls at once on a SQLite file', async (callers) => {
    const { pay } = limited({ rules: rules(rule(callsAbove(3))), auditLogPath: join(tempDir(), 'audit.db') })
    const ended = await Promise.all(Array.from({ length: callers }, () => pay()))
    const more = await inTurn([pay, pay, pay])
    expect([...ended, ...more].filter((how) => how === 'ran')).toHaveLength(3)
  })

  it('counts a tool that fails: it ran', async () => {
    const { sentinel, clock } = limited({})
    const fails = sentinel.wrap('pay', async () => {
      throw new Error('no money')
    })
    await expect(fails()).rejects.toThrow('no money')
    await expect(fails()).rejects.toThrow('no money')
    await expect(fails()).rejects.toMatchObject({ code: 'BLOCKED' })
    await clock.advance(100)
  })

  it('[P21] counts a repeated call id once', async () => {
    const { sentinel, pay } = limited({})
    const repeat = () => sentinel.as({ callId: 'order-1' }, () => pay())
    expect(await inTurn([repeat, repeat, repeat, pay, pay])).toEqual([
      ...['ran', 'CALL_ALREADY_RAN', 'CALL_ALREADY_RAN', 'ran', 'BLOCKED'],
    ])
  })

  it('[P21] is not given back by the repeat of a call that another guard ran', async () => {
    const store = surviving(createMemoryStore())
    const [one, other] = [limited({ store }), limited({ store })]
    const made = (guard: typeof one) => () => guard.sentinel.as({ callId: 'order-1' }, () => guard.pay())
    expect(await inTurn([made(one), made(other), one.pay, one.pay])).toEqual([
      ...['ran', 'CALL_ALREADY_RAN', 'ran', 'BLOCKED'],
    ])
  })

  it('counts by what the rule says', async () => {
    const { sentinel, pay } = limited({ rules: rules(rule(callsAbove(1, 'session'))) })
    const inSession = (sessionId: string) => () => sentinel.as({ sessionId }, () => pay())
    expect(await inTurn([inSession('a'), inSession('a'), inSession('b'), pay, pay])).toEqual([
      ...['ran', 'BLOCKED', 'ran', 'ran', 'BLOCKED'],
    ])
  })

  it('says why, and in which rule', async () => {
    const { sentinel, pay } = limited({ rules: rules(rule(callsAbove(0), { message: 'No more today.' })) })
    await pay()
    const [blocked] = await sentinel.audit.query({ event: 'block' })
    expect(blocked).toMatchObject({
      ruleIds: ['limit'],
      reasons: [{ message: "Rule 'limit' blocks: No more today." }],
    })
  })
})

describe('what an agent reads of a refusal', () => {
  const NEVER = rule({ param: 'never', operator: 'exists' }, { id: 'never' })
  const AFTER = rule({ operator: 'after', value: { tool: 'pay', within: '1h' } }, { id: 'after' })
  const either = (...conditions: readonly object[]) => rule({ any: conditions })
  const sumOrSecret = either(sumAbove(100), { param: 'to', operator: 'eq', value: 'eve' })

  test.each`
    list                            | params                       | retry      | because
    ${[rule(callsAbove(1))]}        | ${{}}                        | ${'later'} | ${'the calls before it leave the window'}
    ${[rule(callsAbove(0))]}        | ${{}}                        | ${'no'}    | ${'no call may run at any time'}
    ${[rule(sumAbove(100))]}        | ${{ amount: 60 }}            | ${'later'} | ${'the amounts before it leave the window'}
    ${[rule(sumAbove(100))]}        | ${{ amount: 101 }}           | ${'no'}    | ${'it is too much by itself'}
    ${[sumOrSecret]}                | ${{ amount: 60 }}            | ${'later'} | ${'only the sum speaks against it'}
    ${[sumOrSecret]}                | ${{ amount: 60, to: 'eve' }} | ${'no'}    | ${'in the same rule something else does'}
    ${[rule(callsAbove(1)), NEVER]} | ${{ never: 1 }}              | ${'no'}    | ${'another rule blocks it as well'}
    ${[rule(callsAbove(5)), NEVER]} | ${{ never: 1 }}              | ${'no'}    | ${'no limit speaks'}
    ${[AFTER]}                      | ${{}}                        | ${'no'}    | ${'an order of calls is not to be waited out'}
  `('[P21] $list with $params: retry $retry, $because', async ({ list, params, retry }) => {
    const { sentinel, pay } = limited({ rules: rules(...list) })
    await pay({ amount: 60 })
    const again = sentinel.wrap('pay', async (_: object) => 'paid')
    const refusal = await again(params).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'BLOCKED', forModel: { retry } })
    expect(await sentinel.check({ tool: 'pay', params })).toMatchObject({ action: 'block', retry })
  })
})

describe('a limit on a sum', () => {
  test.each`
    amounts                  | max    | ended                            | because
    ${[40, 60, 1]}           | ${100} | ${['ran', 'ran', 'BLOCKED']}     | ${'exactly so much is fine'}
    ${[0.1, 0.2, 0.000001]}  | ${0.3} | ${['ran', 'ran', 'BLOCKED']}     | ${'nothing is rounded'}
    ${['5.10', 4.9, '0.01']} | ${10}  | ${['ran', 'ran', 'BLOCKED']}     | ${'text and numbers add up'}
    ${[10n, 2n ** 64n, 5]}   | ${15}  | ${['ran', 'BLOCKED', 'ran']}     | ${'what was refused is not counted'}
    ${[90, '1,0', 5]}        | ${100} | ${['ran', 'BLOCKED', 'ran']}     | ${'what is no decimal is unknown, and does not run'}
    ${[90, -50, 60]}         | ${100} | ${['ran', 'BLOCKED', 'BLOCKED']} | ${'a negative amount makes no room'}
    ${[101]}                 | ${100} | ${['BLOCKED']}                   | ${'one call may be too much'}
  `('[P21] $amounts with at most $max: $ended, $because', async ({ amounts, max, ended }) => {
    const { pay } = limited({ rules: rules(rule(sumAbove(max))) })
    expect(await inTurn(amounts.map((amount: unknown) => () => pay({ amount })))).toEqual(ended)
  })

  it('[P21] holds with calls at once', async () => {
    const { pay } = limited({ rules: rules(rule(sumAbove(100))) })
    const ended = await Promise.all(Array.from({ length: 30 }, () => pay({ amount: '30' })))
    expect(ended.filter((how) => how === 'ran').length).toBeLessThanOrEqual(3)
  })

  it('[P3] is unknown for as long as an amount in the window is', async () => {
    const ask = rule(sumAbove(100), { action: 'require_approval' })
    const asked: unknown[] = []
    const { pay, clock } = limited({ rules: rules(ask), approval: ({ params }) => asked.push(params.amount) > 0 })
    await inTurn([() => pay({ amount: 5 }), () => pay({ amount: '5,000' }), () => pay({ amount: 6 })])
    expect(asked).toEqual(['5,000', 6])
    await clock.advance(HOUR_MS)
    await pay({ amount: 7 })
    expect(asked).toEqual(['5,000', 6])
  })

  it('[P14] keeps no amount that is a secret, and says that it is unknown', async () => {
    const store = surviving(createMemoryStore())
    const reserved: Reservation[] = []
    const spy = (reservation: Reservation) => {
      reserved.push(reservation)
      return store.reserve(reservation)
    }
    const { sentinel } = limited({ store: { ...store, reserve: spy }, rules: rules(rule(sumAbove(100))) })
    const pay = sentinel.wrap('pay', async (_: object) => 'paid', { secret: ['amount'] })
    await expect(pay({ amount: 77_341 })).rejects.toMatchObject({ code: 'BLOCKED' })
    expect(JSON.stringify(reserved)).not.toContain('77341')
  })
})

describe('after', () => {
  const AFTER = rules(
    rule({ operator: 'after', value: { tool: 'read_secret', within: '10m' } }),
    rule(callsAbove(0), { id: 'never', function_pattern: 'read_secret', agent_pattern: 'mallory' }),
  )
  const leaking = () => {
    const guard = limited({ rules: AFTER })
    const read = guard.sentinel.wrap('read_secret', async () => settle())
    return { ...guard, read }
  }

  it('is true for so long after the tool ran', async () => {
    const { pay, read, clock } = leaking()
    expect(await pay()).toBe('ran')
    await read()
    expect(await pay()).toBe('BLOCKED')
    await clock.advance(10 * 60_000 - 1)
    expect(await pay()).toBe('BLOCKED')
    await clock.advance(1)
    expect(await pay()).toBe('ran')
  })

  it('sees a tool that runs at this moment', async () => {
    const { pay, read } = leaking()
    const reading = read()
    await settle()
    expect(await pay()).toBe('BLOCKED')
    await reading
  })

  it('does not see a call that was refused', async () => {
    const { pay, read, sentinel } = leaking()
    await expect(sentinel.as({ agentId: 'mallory' }, () => read())).rejects.toMatchObject({ code: 'BLOCKED' })
    expect(await sentinel.as({ agentId: 'mallory' }, () => pay())).toBe('ran')
  })

  it('goes by the session, and without one by the agent', async () => {
    const { pay, read, sentinel } = leaking()
    await sentinel.as({ sessionId: 's' }, () => read())
    const paying = (sessionId: string) => () => sentinel.as({ sessionId }, () => pay())
    expect(await inTurn([paying('s'), paying('z'), pay])).toEqual(['BLOCKED', 'ran', 'BLOCKED'])
  })
})

describe('[P21] a call that does not run gives its place back', () => {
  const ASK_THEN_LIMIT = rules(
    rule(callsAbove(1)),
    rule({ param: 'ask', operator: 'eq', value: true }, { id: 'ask', action: 'require_approval' }),
  )

  test.each<{ what: string; approval: SentinelConfig['approval'] | undefined; places: number }>([
    { what: 'a human denies it', approval: () => false, places: 1 },
    { what: 'nobody can be asked', approval: undefined, places: 1 },
    {
      what: 'the approver fails',
      approval: () => {
        throw new Error('down')
      },
      places: 1,
    },
    { what: 'a human approves it, and it runs', approval: () => true, places: 0 },
  ])('when $what', async ({ approval, places }) => {
    const { pay } = limited({ rules: ASK_THEN_LIMIT, approval })
    await pay({ ask: true })
    expect(await pay()).toBe(places === 1 ? 'ran' : 'BLOCKED')
  })

  it('when nobody answers, and not before', async () => {
    const { pay, clock } = limited({ rules: ASK_THEN_LIMIT, approval: () => new Promise(() => undefined) })
    const waiting = pay({ ask: true })
    await clock.advance(299_999)
    expect(await pay()).toBe('BLOCKED')
    await clock.advance(1)
    expect(await waiting).toBe('APPROVAL_TIMEOUT')
    expect(await pay()).toBe('ran')
  })

  it('when its arguments can not be judged', async () => {
    const { pay } = limited({ rules: rules(rule(callsAbove(1))) })
    expect(await inTurn([() => pay({ run: () => 1 }), pay])).toEqual(['ARGUMENT_REFUSED', 'ran'])
  })

  it('when an adapter takes it back, and not when it only waits to be run', async () => {
    const { pay, sentinel } = limited({ rules: rules(rule(callsAbove(1))) })
    const authorized = await sentinel.authorize({ tool: 'pay', params: {} })
    expect(await pay()).toBe('BLOCKED')
    await authorized.deny('ann')
    expect(await pay()).toBe('ran')
  })

  it('when an adapter is told that it is blocked, and asks no further', async () => {
    const never = rule({ param: 'never', operator: 'exists' }, { id: 'never' })
    const { pay, sentinel } = limited({ rules: rules(rule(callsAbove(1)), never) })
    expect((await sentinel.authorize({ tool: 'pay', params: { never: 1 } })).decision.action).toBe('block')
    expect(await pay()).toBe('ran')
  })

  it('when deciding took so long that it may not be counted any more: it does not run', async () => {
    const store = surviving(createMemoryStore())
    let takesMs = 60_001
    const guard = limited({
      store: {
        ...store,
        async reserve(reservation) {
          const reserved = await store.reserve(reservation)
          await guard.clock.advance(takesMs)
          return reserved
        },
      },
      rules: rules(rule(callsAbove(1))),
    })
    expect(await guard.pay()).toBe('AUDIT_UNAVAILABLE')
    takesMs = 60_000
    expect(await inTurn([guard.pay, guard.pay])).toEqual(['ran', 'BLOCKED'])
  })

  it('when the process ended before it was decided, once its time is over', async () => {
    const store = new FaultyStore((operation) => operation === 'append' || operation === 'release')
    const lost = limited({ store, rules: rules(rule(callsAbove(1))) })
    expect(await lost.pay()).toBe('AUDIT_UNAVAILABLE')
    store.failing = () => false
    const next = limited({ store, rules: rules(rule(callsAbove(1))) })
    expect(await next.pay()).toBe('BLOCKED')
    await next.clock.advance(75_000)
    expect(await next.pay()).toBe('ran')
  })
})

describe('[P23] a clock that is set', () => {
  it.each(['2027-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z', '2026-01-05T10:00:00.001Z'])(
    'to %s widens no limit, and the window ends in its time',
    async (time) => {
      const { pay, clock } = limited({})
      expect(await inTurn([pay, pay, pay])).toEqual(['ran', 'ran', 'BLOCKED'])
      clock.setWall(time)
      expect(await pay()).toBe('BLOCKED')
      await clock.advance(HOUR_MS - 1)
      expect(await pay()).toBe('BLOCKED')
      await clock.advance(1)
      expect(await inTurn([pay, pay, pay])).toEqual(['ran', 'ran', 'BLOCKED'])
    },
  )

  it('back widens no limit after a restart either', async () => {
    const store = surviving(createMemoryStore())
    const before = limited({ store })
    await inTurn([before.pay, before.pay])
    const after = limited({ store })
    after.clock.setWall('2025-12-24T18:00:00.000Z')
    expect(await after.pay()).toBe('BLOCKED')
  })

  it('a guard that starts later goes by the clock on the wall', async () => {
    const store = surviving(createMemoryStore())
    const before = limited({ store })
    await inTurn([before.pay, before.pay])
    const [soon, later] = [limited({ store }), limited({ store })]
    await soon.clock.advance(HOUR_MS - 1)
    expect(await soon.pay()).toBe('BLOCKED')
    await later.clock.advance(HOUR_MS)
    expect(await later.pay()).toBe('ran')
  })
})

describe('check', () => {
  it('foresees the answer, and uses up nothing', async () => {
    const { pay, sentinel } = limited({})
    const action = async () => (await sentinel.check({ tool: 'pay', params: {} })).action
    for (let time = 0; time < 5; time++) expect(await action()).toBe('allow')
    await inTurn([pay, pay])
    expect(await action()).toBe('block')
    expect(await pay()).toBe('BLOCKED')
  })
})

describe('shadow mode', () => {
  it('counts, and refuses nothing', async () => {
    const { pay, sentinel } = limited({ shadow: true })
    expect(await inTurn([pay, pay, pay, pay])).toEqual(['ran', 'ran', 'ran', 'ran'])
    expect((await sentinel.check({ tool: 'pay', params: {} })).action).toBe('block')
    expect(await sentinel.audit.query({ event: 'block' })).toHaveLength(2)
  })
})

describe('[F7] a store that can not count', () => {
  const broken = () => new FaultyStore((operation) => operation === 'reserve')

  it('secure: the tool does not run, and runs when the cause is gone', async () => {
    const store = broken()
    const faults: string[] = []
    const { pay, sentinel } = limited({ store })
    sentinel.on('fault', ({ message }) => void faults.push(message))
    expect(await pay()).toBe('AUDIT_UNAVAILABLE')
    expect(faults.join()).toContain('Calls could not be counted: reserve failed: disk full')
    await expect(sentinel.check({ tool: 'pay', params: {} })).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    store.failing = () => false
    expect(await inTurn([pay, pay, pay])).toEqual(['ran', 'ran', 'BLOCKED'])
  })

  test.each`
    action     | ended        | because
    ${'block'} | ${'BLOCKED'} | ${'an unknown block rule matches'}
    ${'warn'}  | ${'ran'}     | ${'so does a warn rule'}
    ${'allow'} | ${'BLOCKED'} | ${'an allow rule does not, and the default blocks'}
  `('[F3] safe, in a rule to $action: $ended, $because', async ({ action, ended }) => {
    const limit = { ...rules(rule(callsAbove(2), { action })), default_action: action === 'allow' ? 'block' : 'allow' }
    const { pay, events } = limited({ store: broken(), failMode: 'safe', rules: limit })
    expect(await pay()).toBe(ended)
    expect((await events()).map(({ event }) => event)).toContain('fault')
    const decisions = (await events()).filter(({ event }) => (DECISION_EVENTS as readonly string[]).includes(event))
    expect(decisions.map(({ degraded }) => degraded)).toEqual([true])
  })

  it('is not asked by rules that do not look back, or about tools that no such rule is about', async () => {
    const store = broken()
    const { sentinel } = limited({ store, rules: rules(rule(callsAbove(2), { function_pattern: 'other' })) })
    expect(await sentinel.wrap('pay', async () => 'paid')()).toBe('paid')
    expect(store.operations).not.toContain('reserve')
  })
})

describe('rules that look back', () => {
  it('[F1] need a log to count in', () => {
    expect(() => limited({ auditLog: false, store: undefined })).toThrow(SentinelRulesError)
    expect(() => limited({ auditLog: false, store: undefined })).toThrow(/need an audit log .* \[no_log\]/)
  })

  it('[P5] come into force on reload, and count on through the next', async () => {
    const rulesPath = join(tempDir(), 'rules.json')
    const write = (max: number) => writeFileSync(rulesPath, JSON.stringify(rules(rule(callsAbove(max)))))
    writeFileSync(rulesPath, JSON.stringify(rules()))
    const { pay, sentinel } = limited({ rules: undefined, rulesPath })
    expect(await pay()).toBe('ran')
    write(2)
    await sentinel.reloadRules()
    expect(await inTurn([pay, pay, pay])).toEqual(['ran', 'ran', 'BLOCKED'])
    write(3)
    await sentinel.reloadRules()
    expect(await inTurn([pay, pay])).toEqual(['ran', 'BLOCKED'])
  })
})
