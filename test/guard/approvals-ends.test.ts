import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import { endOf, Office, refusalOf } from '../support/approvals.ts'
import { surviving } from '../support/stores.ts'

const FIVE = { amount: 5 } as never
const ANN = { by: 'ann' }
const never = () => new Promise<boolean>(() => undefined)

describe('a guard that closes', () => {
  it('[P18] while a call waits refuses it, and what it asked for is given up', async () => {
    const office = new Office({ approval: never })
    const { pay, sentinel } = office.open()
    const end = endOf(pay(FIVE))
    await office.clock.advance(1)
    await sentinel.close()
    expect(await end).toBe('APPROVAL_TIMEOUT')
    expect(await office.last()).toMatchObject({ state: 'cancelled', note: 'the guard was closed' })
    expect(office.ran).toEqual([])
  })

  it('[P18] leaves what is suspended as it is', async () => {
    const office = new Office({ approvalMode: 'suspend' })
    const { pay, sentinel } = office.open()
    await endOf(pay(FIVE))
    await sentinel.close()
    expect(await office.states()).toEqual(['pending'])
    const later = office.open()
    await later.sentinel.approvals.approve((await office.last()).id, ANN)
    expect(await later.pay(FIVE)).toBe('paid 1')
  })

  it('leaves no timer behind', async () => {
    const office = new Office({ approval: 'queue' })
    const { pay, sentinel } = office.open()
    const ends = [5, 6, 7].map((amount) => endOf(pay({ amount } as never)))
    await office.clock.advance(1_000)
    await sentinel.close()
    await Promise.all(ends)
    expect(office.clock.timers).toBe(0)
  })
})

describe('a call whose caller gives up', () => {
  it('[P18] before it waits is never asked about', async () => {
    let asked = 0
    const office = new Office({ approval: () => ++asked > 0 })
    const { pay, sentinel } = office.open()
    expect(await endOf(sentinel.as({ signal: AbortSignal.abort() }, () => pay(FIVE)))).toBe('APPROVAL_TIMEOUT')
    expect(asked).toBe(0)
    expect(await office.states()).toEqual(['cancelled'])
  })

  it('[P18] is given up in the queue: nobody can approve it any more', async () => {
    const office = new Office({ approval: 'queue' })
    const { pay, sentinel } = office.open()
    const giveUp = new AbortController()
    const end = endOf(sentinel.as({ signal: giveUp.signal }, () => pay(FIVE)))
    await office.clock.advance(1)
    giveUp.abort()
    expect(await end).toBe('APPROVAL_TIMEOUT')
    expect(await endOf(sentinel.approvals.approve((await office.last()).id, ANN))).toBe('APPROVAL_ALREADY_DECIDED')
  })
})

describe('without a log', () => {
  const without: SentinelConfig = { auditLog: false, anomalyDetection: false }

  it('[P16] approvals are in memory: a call waits, one decides, it runs', async () => {
    const office = new Office({ ...without, approval: 'queue' })
    const { pay, sentinel } = office.open()
    const end = endOf(pay(FIVE))
    await office.clock.advance(1)
    const [waiting] = await sentinel.approvals.list({ state: 'pending' })
    await sentinel.approvals.approve(waiting?.id ?? '', ANN)
    expect(await end).toBe('paid 1')
    expect(await sentinel.approvals.get(waiting?.id ?? '')).toMatchObject({ state: 'consumed', by: 'ann' })
  })

  it('[P16] a suspended call runs once, resumed or made again', async () => {
    const office = new Office({ ...without, approvalMode: 'suspend' })
    const { pay, sentinel } = office.open()
    for (const run of [(id: string) => sentinel.resume(id), () => pay(FIVE)]) {
      expect(await endOf(pay(FIVE))).toBe('APPROVAL_PENDING')
      const [waiting] = await sentinel.approvals.list({ state: 'pending' })
      const id = waiting?.id ?? ''
      await sentinel.approvals.approve(id, ANN)
      expect(await endOf(run(id))).toMatch(/^paid/)
      expect(await endOf(sentinel.resume(id))).toBe('CALL_ALREADY_RAN')
    }
    expect(office.ran).toHaveLength(2)
  })

  it('denials count and calls are joined all the same', async () => {
    let asked = 0
    const office = new Office({ ...without, approval: () => ++asked < 0 })
    const { pay } = office.open()
    await Promise.all([endOf(pay(FIVE)), endOf(pay(FIVE))])
    expect(asked).toBe(1)
    for (let time = 0; time < 4; time++) expect(await endOf(pay(FIVE))).toBe('APPROVAL_DENIED')
    expect(asked).toBe(3)
  })
})

describe('in front of who can not be asked', () => {
  it('[P18] a call that joined another one is refused, and the question stays where it is asked', async () => {
    const office = new Office()
    const asks = office.open({ approval: 'queue' })
    const end = endOf(asks.pay(FIVE))
    await office.clock.advance(1)
    for (const approval of [undefined, () => Promise.reject(new Error('down'))]) {
      const other = office.open(approval === undefined ? {} : { approval })
      expect(await endOf(other.pay(FIVE))).toBe('APPROVAL_UNAVAILABLE')
    }
    const { id, state } = await office.last()
    expect(state).toBe('pending')
    await asks.sentinel.approvals.approve(id, ANN)
    expect(await end).toBe('paid 1')
    expect((await office.names()).filter((name) => name === 'approval_unavailable')).toHaveLength(2)
  })
})

describe('an adapter', () => {
  const call = { tool: 'pay', params: { amount: 5 } }

  it('[P16] that brings the answer: the call runs once, and the approval says so', async () => {
    const office = new Office()
    const { sentinel } = office.open()
    const authorized = await sentinel.authorize(call)
    await authorized.approve('ann', 'fine')
    expect(await authorized.run((params) => office.run([params]))).toBe('paid 1')
    expect(await endOf(authorized.run((params) => office.run([params])))).toBe('CALL_ALREADY_RAN')
    expect(await office.last()).toMatchObject({ state: 'consumed', by: 'ann', note: 'fine' })
  })

  it('[P16] [P17] that is overtaken by a human elsewhere: the first decision stands', async () => {
    const office = new Office()
    const { sentinel } = office.open()
    const authorized = await sentinel.authorize(call)
    await office.open().sentinel.approvals.deny((await office.last()).id, ANN)
    expect(await endOf(authorized.approve('bob'))).toBe('APPROVAL_ALREADY_DECIDED')
    expect(await endOf(authorized.run((params) => office.run([params])))).not.toMatch(/^paid/)
    expect(office.ran).toEqual([])
  })

  it('[P16] whose approval a repeat took runs nothing', async () => {
    const office = new Office()
    const { sentinel, pay } = office.open()
    const authorized = await sentinel.authorize(call)
    await authorized.approve('ann')
    expect(await pay(FIVE)).toBe('paid 1')
    expect(await endOf(authorized.run((params) => office.run([params])))).toBe('CALL_ALREADY_RAN')
    expect(office.ran).toHaveLength(1)
  })

  it('[P18] that runs too late runs nothing', async () => {
    const office = new Office()
    const authorized = await office.open().sentinel.authorize(call)
    await authorized.approve('ann')
    await office.clock.advance(300_000)
    expect(await endOf(authorized.run((params) => office.run([params])))).toBe('APPROVAL_TIMEOUT')
    expect(await office.states()).toEqual(['expired'])
  })

  it('that has no answer in suspend mode: the approval waits, and the wrapped tool may be resumed', async () => {
    const office = new Office({ approvalMode: 'suspend' })
    const { sentinel } = office.open()
    const authorized = await sentinel.authorize(call)
    expect(await endOf(authorized.run((params) => office.run([params])))).toBe('APPROVAL_PENDING')
    const { id } = await office.last()
    await sentinel.approvals.approve(id, ANN)
    expect(await sentinel.resume(id)).toBe('paid 1')
    const again = await sentinel.authorize(call)
    expect(await endOf(again.run((params) => office.run([params])))).toBe('APPROVAL_PENDING')
    expect(office.ran).toHaveLength(1)
  })

  it('[P16] that authorizes again after a human approved elsewhere runs once', async () => {
    const office = new Office({ approvalMode: 'suspend' })
    const { sentinel } = office.open()
    await endOf((await sentinel.authorize(call)).run((params) => office.run([params])))
    await sentinel.approvals.approve((await office.last()).id, ANN)
    const all = await Promise.all([1, 2, 3].map(() => sentinel.authorize(call)))
    const ends = await Promise.all(all.map((one) => endOf(one.run((params) => office.run([params])))))
    expect(ends.filter((end) => end === 'paid 1')).toHaveLength(1)
    expect(office.ran).toEqual([[{ amount: 5 }]])
  })
})

describe('other ways to call', () => {
  it('`onRefused` gets the pending call, and the approved one runs', async () => {
    const office = new Office({ approvalMode: 'suspend' })
    const { sentinel, pay } = office.open({}, { onRefused: async ({ code }) => `not now: ${code}` })
    expect(await pay(FIVE)).toBe('not now: APPROVAL_PENDING')
    await sentinel.approvals.approve((await office.last()).id, ANN)
    expect(await pay(FIVE)).toBe('paid 1')
  })

  it('[P16] [P12] a stream is asked about at its first item; resumed, its end is told when it ended', async () => {
    const office = new Office({ approvalMode: 'suspend' })
    const { sentinel } = office.open()
    const stream = sentinel.wrap('pay', async function* ({ amount }: { amount: number }) {
      office.run([{ amount }])
      yield amount
      yield amount + 1
    })
    const itemsOf = async (items: AsyncIterable<number>) => {
      const all: number[] = []
      for await (const item of items) all.push(item)
      return all
    }
    const first = stream({ amount: 5 })
    expect(await office.approvals()).toEqual([])
    expect(await endOf(itemsOf(first))).toBe('APPROVAL_PENDING')
    const { id } = await office.last()
    await sentinel.approvals.approve(id, ANN)
    const resumed = (await sentinel.resume(id)) as AsyncIterable<number>
    expect((await office.names()).at(-1)).toBe('approval_granted')
    expect(await itemsOf(resumed)).toEqual([5, 6])
    expect((await office.names()).at(-1)).toBe('executed')
    expect(await endOf(sentinel.resume(id))).toBe('CALL_ALREADY_RAN')
    expect(await endOf(itemsOf(stream({ amount: 5 })))).toBe('APPROVAL_PENDING')
    expect(office.ran).toHaveLength(1)
  })

  it('in shadow mode nobody is asked and nothing waits', async () => {
    const office = new Office({ approvalMode: 'suspend', shadow: true })
    expect(await office.open().pay(FIVE)).toBe('paid 1')
    expect(await office.approvals()).toEqual([])
  })
})

describe('the n-th operation of the store fails, for every n', () => {
  /** A store in memory whose operations are counted while they count, and fail when they should: before or after they are done. */
  function faulty(failing: (number: number) => boolean, when: 'before' | 'after') {
    const kept = createMemoryStore()
    let number = 0
    const step = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      const fails = failing(++number)
      const result = fails && when === 'before' ? undefined : await work()
      if (fails) throw new Error('disk full')
      return result as Result
    }
    const store: AuditStore = {
      ...surviving(kept),
      append: (...args) => step(() => kept.append(...args)),
      approvals: (...args) => step(() => kept.approvals(...args)),
    }
    return { kept, store, operations: () => number }
  }

  interface Told {
    readonly ran: number
    readonly operations: number
    readonly granted: number
    readonly states: readonly string[]
  }

  /** Suspends, approves, resumes, repeats; whatever fails is tried once more. */
  async function scenario(failing: (number: number) => boolean, when: 'before' | 'after', config: SentinelConfig = {}) {
    const { kept, store, operations } = faulty(failing, when)
    const office = new Office({ approvalMode: 'suspend', ...config, store }, kept)
    const { pay, sentinel } = office.open()
    const twice = async (work: () => Promise<unknown>) => [await endOf(work()), await endOf(work())]
    await twice(() => pay(FIVE))
    for (const { id } of await office.approvals()) {
      await twice(() => sentinel.approvals.approve(id, ANN))
      await twice(() => sentinel.resume(id))
    }
    await endOf(pay(FIVE))
    await sentinel.close()
    const told = await kept.query({ event: 'approval_granted', limit: 100 })
    return { ran: office.ran.length, operations: operations(), granted: told.length, states: await office.states() }
  }

  it('and without a fault it runs once', async () => {
    expect(await scenario(() => false, 'before')).toEqual({
      ran: 1,
      states: ['consumed', 'pending'],
      granted: 1,
      operations: 12,
    })
  })

  for (const when of ['before', 'after'] as const)
    for (const failMode of ['secure', 'safe'] as const)
      test(`[P16] [F7] one, ${when} it is done, ${failMode}: at most one run, with its approval on disk`, async () => {
        const { operations } = await scenario(() => false, when, { failMode })
        for (let n = 1; n <= operations; n++) {
          const told: Told = await scenario((number) => number === n, when, { failMode })
          expect(told.ran, `operation ${n}`).toBeLessThanOrEqual(1)
          expect(told.granted, `operation ${n}`).toBeGreaterThanOrEqual(told.ran)
          expect(told.states.filter((state) => state === 'consumed').length, `operation ${n}`).toBeLessThanOrEqual(1)
        }
      })

  test('[P16] [P11] all from there on, secure: nothing runs that is not on disk', async () => {
    const { operations } = await scenario(() => false, 'before')
    for (let n = 1; n <= operations; n++) {
      const told = await scenario((number) => number >= n, 'before')
      expect(told.granted, `operation ${n}`).toBeGreaterThanOrEqual(told.ran)
    }
  })
})

it('[P18] an approver that answers after the guard refused the call changes nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const office = new Office({ approval: () => promise })
  const { pay } = office.open()
  const end = endOf(pay(FIVE))
  await office.clock.advance(300_000)
  resolve(true)
  expect(await end).toBe('APPROVAL_TIMEOUT')
  await office.clock.advance(1)
  expect(await office.states()).toEqual(['expired'])
  expect(await refusalOf(end.then(() => pay({ amount: 2_000 } as never)))).toMatchObject({ code: 'BLOCKED' })
})
