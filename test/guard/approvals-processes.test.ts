import { describe, expect, it } from 'vitest'
import { endOf, Office } from '../support/approvals.ts'
import { forwarding } from '../support/stores.ts'

const FIVE = { amount: 5 } as never
const ANN = { by: 'ann' }

describe('two guards on one log', () => {
  it('[P16] [P17] what one decides the other runs, after it looked', async () => {
    const office = new Office({ approval: 'queue' })
    const [one, other] = [office.open(), office.open()]
    const end = endOf(one.pay(FIVE))
    await office.clock.advance(1)
    await other.sentinel.approvals.approve((await office.last()).id, ANN)
    expect(office.ran).toEqual([])
    await office.clock.advance(5_000)
    expect(await end).toBe('paid 1')
  })

  it('[P17] what one denies the other refuses', async () => {
    const office = new Office({ approval: () => new Promise<boolean>(() => undefined) })
    const [one, other] = [office.open(), office.open()]
    const end = endOf(one.pay(FIVE))
    await office.clock.advance(1)
    await other.sentinel.approvals.deny((await office.last()).id, ANN)
    await office.clock.advance(5_000)
    expect(await end).toBe('APPROVAL_DENIED')
  })

  it('[P16] of two that wait for the same answer one runs, and the other is asked about anew', async () => {
    const office = new Office({ approval: 'queue' })
    const [one, other] = [office.open(), office.open()]
    const ends = [endOf(one.pay(FIVE)), endOf(other.pay(FIVE))]
    await office.clock.advance(1)
    expect(await office.approvals()).toMatchObject([{ state: 'pending', asks: 2 }])
    await office.open().sentinel.approvals.approve((await office.last()).id, ANN)
    await office.clock.advance(5_000)
    expect(office.ran).toHaveLength(1)
    expect(await office.states()).toEqual(['consumed', 'pending'])
    await office.clock.advance(300_000)
    expect((await Promise.all(ends)).toSorted()).toEqual(['APPROVAL_TIMEOUT', 'paid 1'])
  })

  it('the store is asked at times, not more with each answer', async () => {
    const looks: number[] = []
    const office = new Office({ approval: 'queue' })
    const store = forwarding(office.kept)
    const counting = {
      ...store,
      approvals: (query: Parameters<typeof store.approvals>[0]) => {
        if (query.states !== undefined) looks.push(office.clock.now())
        return store.approvals(query)
      },
    }
    const { pay } = office.open({ store: counting })
    const other = office.open()
    const calls = Array.from({ length: 20 }, (_, amount) => endOf(pay({ amount } as never)))
    await office.clock.advance(1)
    const asked = await office.approvals()
    const waits = endOf(pay({ amount: 99 } as never))
    await office.clock.advance(1)
    for (const { id } of asked) {
      await other.sentinel.approvals.deny(id, ANN)
      await office.clock.advance(300)
    }
    const start = looks.length
    await office.clock.advance(10_000)
    // A quarter of a second after the last news, and then ever more seldom.
    expect(looks.length - start).toBeLessThanOrEqual(40)
    await office.clock.advance(290_000)
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['APPROVAL_DENIED']))
    expect(await waits).toBe('APPROVAL_TIMEOUT')
    expect(office.clock.timers).toBe(0)
  })
})

describe('a process that starts', () => {
  it('[F12] [P12] [P16] tells what was running as unknown, the repeat of an approved call too, and never runs it again', async () => {
    for (const how of ['resume', 'repeat'] as const) {
      const office = new Office({ approvalMode: 'suspend' })
      const { sentinel } = office.open()
      const { promise, resolve } = Promise.withResolvers<string>()
      const stuck = sentinel.wrap('pay', async (params: { amount: number }) => {
        office.run([params])
        return promise
      })
      await endOf(stuck({ amount: 5 }))
      const { id } = await office.last()
      await sentinel.approvals.approve(id, ANN)
      void (how === 'resume' ? sentinel.resume(id) : stuck({ amount: 5 }))
      await office.clock.advance(1)
      expect(office.ran).toHaveLength(1)
      const later = office.open()
      await later.sentinel.ready()
      expect(await office.last()).toMatchObject({ state: 'outcome_unknown' })
      expect((await office.names()).filter((name) => name === 'outcome_unknown')).toHaveLength(1)
      expect(await endOf(later.sentinel.resume(id))).toBe('CALL_ALREADY_RAN')
      expect(await endOf(later.pay(FIVE))).toBe('APPROVAL_PENDING')
      await office.open().sentinel.ready()
      expect((await office.names()).filter((name) => name === 'outcome_unknown')).toHaveLength(1)
      expect(office.ran).toHaveLength(1)
      resolve('late')
    }
  })

  it('[P18] writes down what nobody answered, and what was approved and not run', async () => {
    const office = new Office({ approvalMode: 'suspend' })
    const { pay, sentinel } = office.open()
    await endOf(pay(FIVE))
    await endOf(pay({ amount: 6 } as never))
    await sentinel.approvals.approve((await office.last()).id, ANN)
    await office.clock.advance(300_000 + 5_001)
    await office.open().sentinel.ready()
    expect(await office.kept.approvals({ now: 0 as never, limit: 10, states: ['pending', 'approved'] })).toEqual([])
    expect((await office.names()).filter((name) => name === 'approval_timeout')).toHaveLength(2)
    await office.open().sentinel.ready()
    expect((await office.names()).filter((name) => name === 'approval_timeout')).toHaveLength(2)
  })
})
