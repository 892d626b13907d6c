import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { openApprovals } from '../../src/open-approvals.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { thisProcess } from '../../src/support/process-name.ts'
import { sqlitePlace } from '../audit/sqlite/place.ts'
import { endOf, Office, PAY_RULES } from '../support/approvals.ts'
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

/** A guard whose tool runs until it is told how it ends. */
function stuckIn(office: Office) {
  const { sentinel } = office.open()
  const { promise, resolve } = Promise.withResolvers<string>()
  const stuck = sentinel.wrap('pay', async (params: { amount: number }) => {
    office.run([params])
    return promise
  })
  return { sentinel, stuck, resolve }
}

describe('a guard that closes', () => {
  it('[P12] [P16] tells what still runs as unknown, the repeat of an approved call too, and it is never run again', async () => {
    for (const how of ['resume', 'repeat'] as const) {
      const office = new Office({ approvalMode: 'suspend' })
      const { sentinel, stuck, resolve } = stuckIn(office)
      await endOf(stuck({ amount: 5 }))
      const { id } = await office.last()
      await sentinel.approvals.approve(id, ANN)
      void (how === 'resume' ? sentinel.resume(id) : stuck({ amount: 5 }))
      await office.clock.advance(1)
      expect(office.ran).toHaveLength(1)
      const closed = sentinel.close()
      await office.clock.advance(5_000)
      await closed
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
})

/** Elsewhere the system does not tell when a process started, and its number may be that of another one by now. */
const isLinux = process.platform === 'linux'

describe('a process that starts', () => {
  it.runIf(isLinux)('[P12] leaves alone what one that runs is at, however the call was approved', async () => {
    const office = new Office({ approvalMode: 'suspend' })
    const { sentinel, stuck, resolve } = stuckIn(office)
    for (const [amount, how] of [
      [5, 'resume'],
      [6, 'repeat'],
    ] as const) {
      await endOf(stuck({ amount }))
      const { id } = await office.last()
      await sentinel.approvals.approve(id, ANN)
      void (how === 'resume' ? sentinel.resume(id) : stuck({ amount }))
      await office.clock.advance(1)
    }
    expect(office.ran).toHaveLength(2)
    await office.open().sentinel.ready()
    expect(await office.states()).toEqual(['consumed', 'consumed'])
    expect(await office.names()).not.toContain('outcome_unknown')
    expect(await office.last()).toMatchObject({ startedIn: thisProcess() })
    resolve('late')
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

describe('real processes on one file', () => {
  /** Starts one that makes the calls when it is told to. */
  async function racing(path: string, amounts: number) {
    const told = JSON.stringify({ path, amounts, rules: PAY_RULES })
    const child = spawn(process.execPath, [join(import.meta.dirname, 'racing-process.ts'), told], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('ready')
    return async (): Promise<number[]> => {
      const closed = once(child, 'close')
      child.stdin.write('go\n')
      const ran: number[] = JSON.parse((await lines.next()).value ?? '')
      await closed
      return ran
    }
  }

  it('[P16] [P17] one asks, another decides, two race to run: each approved call runs exactly once', async () => {
    const AMOUNTS = 12
    const place = sqlitePlace()
    const open = () => place.open({ clock: undefined })
    const asking = new Sentinel({ store: open(), logger: false, rules: PAY_RULES, approvalMode: 'suspend' })
    const pay = asking.wrap('pay', async (_: { amount: number }) => 'never')
    for (let amount = 0; amount < AMOUNTS; amount++) await endOf(pay({ amount }))
    await asking.close()
    const store = open()
    const approvals = openApprovals({ store })
    const waiting = await approvals.list({ state: 'pending' })
    for (const { id, params } of waiting)
      await (params.amount === 0 ? approvals.deny(id, ANN) : approvals.approve(id, ANN))
    const racers = await Promise.all([racing(place.path, AMOUNTS), racing(place.path, AMOUNTS)])
    const ran = (await Promise.all(racers.map((race) => race()))).flat()
    expect(ran.toSorted((a, b) => a - b)).toEqual(Array.from({ length: AMOUNTS - 1 }, (_, index) => index + 1))
    expect(await approvals.list({ state: 'consumed' })).toHaveLength(AMOUNTS - 1)
    expect(await approvals.list({ state: 'pending' })).toHaveLength(AMOUNTS)
    await store.close()
    place.remove()
  })
})
