import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { SentinelApprovalPendingError } from '../../src/errors.ts'
import type { ToolOptions } from '../../src/tool.ts'
import { type SqlitePlace, sqlitePlace } from '../audit/sqlite/place.ts'
import { endOf, Office, refusalOf } from '../support/approvals.ts'

const SUSPEND = { approvalMode: 'suspend' } as const
const ANN = { by: 'ann' }
const FIVE = { amount: 5 } as never
const DAY_MS = 86_400_000

describe('a call that is suspended', () => {
  it('[P16] ends at once, with the approval it waits for and where to give it', async () => {
    const office = new Office({ ...SUSPEND, approvalUrl: 'https://approve.example.com' })
    const refusal = await refusalOf(office.open().pay(FIVE))
    const { id, callId, deadline } = await office.last()
    expect(refusal).toBeInstanceOf(SentinelApprovalPendingError)
    expect(refusal).toMatchObject({
      ...{ code: 'APPROVAL_PENDING', approvalId: id, link: `https://approve.example.com/approvals/${id}` },
      forModel: { retry: 'later', message: expect.stringContaining('waits for the approval of a human') },
    })
    expect(refusal.forModel.message).not.toContain(id)
    expect(deadline).toBe(office.clock.now() + 300_000)
    expect(await office.names()).toEqual(['approval_requested'])
    expect((await office.events()).at(-1)).toMatchObject({ callId })
    expect(office.ran).toEqual([])
  })

  it('joins the one that waits when it is made again, and that is all that is stored', async () => {
    const office = new Office(SUSPEND)
    const { pay } = office.open()
    const first = await refusalOf(pay(FIVE))
    for (let time = 0; time < 3; time++)
      expect(await refusalOf(pay(FIVE))).toMatchObject({
        approvalId: (first as SentinelApprovalPendingError).approvalId,
      })
    expect(await office.names()).toEqual(['approval_requested'])
    expect(await office.approvals()).toMatchObject([{ state: 'pending', asks: 4 }])
  })

  it('[P16] runs once when it is made again after a human approved it; the next one is asked about anew', async () => {
    const office = new Office(SUSPEND)
    const { pay, sentinel } = office.open()
    await endOf(pay(FIVE))
    await sentinel.approvals.approve((await office.last()).id, ANN)
    expect(await pay(FIVE)).toBe('paid 1')
    await office.clock.advance(100)
    expect(await endOf(pay(FIVE))).toBe('APPROVAL_PENDING')
    expect(office.ran).toEqual([[{ amount: 5 }]])
    expect(await office.states()).toEqual(['consumed', 'pending'])
    expect(await office.names()).toEqual([
      ...['approval_requested', 'approval_granted'],
      ...['approval_requested', 'approval_granted', 'executed'],
      'approval_requested',
    ])
  })

  it('[P16] [P21] runs once when it is made again many times at once', async () => {
    const office = new Office(SUSPEND)
    const [one, other] = [office.open(), office.open()]
    // A start tells of calls without an end, and one of these may be at it.
    await other.sentinel.ready()
    await endOf(one.pay(FIVE))
    await one.sentinel.approvals.approve((await office.last()).id, ANN)
    const ends = await Promise.all([one, other, one, other, one, other].map(({ pay }) => endOf(pay(FIVE))))
    expect(ends.filter((end) => end === 'paid 1')).toHaveLength(1)
    expect(ends.filter((end) => end === 'APPROVAL_PENDING')).toHaveLength(5)
    expect(office.ran).toHaveLength(1)
    expect(await office.states()).toEqual(['consumed', 'pending'])
  })

  test.each<{ other: object; as?: object; because: string }>([
    { other: { amount: 6 }, because: 'other arguments' },
    { other: { amount: '5' }, because: 'a text is no number' },
    { other: { amount: 5, to: 'bob' }, because: 'one more' },
    { other: { amount: 5 }, as: { agentId: 'another' }, because: 'another agent' },
    { other: { amount: 5 }, as: { principalId: 'bob' }, because: 'for somebody else' },
    { other: { amount: 5 }, as: { sessionId: 's2' }, because: 'another session' },
  ])('[P16] an approval lets run nothing else than it: $because', async ({ other, as = {} }) => {
    const office = new Office(SUSPEND)
    const { pay, sentinel } = office.open()
    await endOf(pay(FIVE))
    await sentinel.approvals.approve((await office.last()).id, ANN)
    expect(await endOf(sentinel.as(as, () => pay(other as never)))).toBe('APPROVAL_PENDING')
    expect(office.ran).toEqual([])
  })

  it('needs no approver: it is asked in the queue', async () => {
    const office = new Office({ ...SUSPEND, approval: undefined })
    expect(await endOf(office.open().pay(FIVE))).toBe('APPROVAL_PENDING')
  })

  test.each([
    [299_999, 'paid 1'],
    [300_000, 'APPROVAL_PENDING'],
  ])('[P16] [P18] made again %i ms after it was asked, approved: %s', async (afterMs, end) => {
    const office = new Office(SUSPEND)
    const { pay, sentinel } = office.open()
    await endOf(pay(FIVE))
    await sentinel.approvals.approve((await office.last()).id, ANN)
    await office.clock.advance(afterMs)
    expect(await endOf(pay(FIVE))).toBe(end)
  })

  it('[P18] waits for 30 days and no longer', async () => {
    const office = new Office({ ...SUSPEND, approvalTimeoutMs: 30 * DAY_MS })
    const { pay, sentinel } = office.open()
    await endOf(pay(FIVE))
    const { id } = await office.last()
    await office.clock.advance(30 * DAY_MS - 2)
    await sentinel.approvals.approve(id, ANN)
    await office.clock.advance(1)
    expect(await sentinel.resume(id)).toBe('paid 1')
    await endOf(pay(FIVE))
    const late = await office.last()
    await office.clock.advance(30 * DAY_MS)
    expect(await endOf(sentinel.approvals.approve(late.id, ANN))).toBe('APPROVAL_ALREADY_DECIDED')
    expect(await endOf(sentinel.resume(late.id))).toBe('APPROVAL_TIMEOUT')
  })

  it('that was denied is refused when it is resumed, with what the human said, and may be asked about again', async () => {
    const office = new Office(SUSPEND)
    const { pay, sentinel } = office.open()
    await endOf(pay(FIVE))
    const { id } = await office.last()
    await sentinel.approvals.deny(id, { by: 'ann', note: 'not today' })
    expect(await refusalOf(sentinel.resume(id))).toMatchObject({
      ...{ code: 'APPROVAL_DENIED', by: 'ann', note: 'not today', approvalId: id },
      forModel: { retry: 'no', message: expect.stringContaining('not today') },
    })
    expect(await endOf(pay(FIVE))).toBe('APPROVAL_PENDING')
    expect(await office.states()).toEqual(['denied', 'pending'])
  })
})

describe('resuming', () => {
  const asked = async (office: Office, call = FIVE) => {
    const till = office.open()
    await endOf(till.pay(call))
    return { ...till, id: (await office.last()).id }
  }

  it('[P16] runs the approved call itself, once', async () => {
    const office = new Office(SUSPEND)
    const { sentinel, id } = await asked(office)
    await sentinel.approvals.approve(id, ANN)
    const ends = await Promise.all([1, 2, 3].map(() => endOf(sentinel.resume(id))))
    expect(ends.toSorted()).toEqual(['CALL_ALREADY_RAN', 'CALL_ALREADY_RAN', 'paid 1'])
    expect(await endOf(sentinel.resume(id))).toBe('CALL_ALREADY_RAN')
    expect(await office.names()).toEqual(['approval_requested', 'approval_granted', 'executed'])
    expect(office.ran).toEqual([[{ amount: 5 }]])
  })

  it('[P16] and a repeat at once: one of them runs', async () => {
    const office = new Office(SUSPEND)
    const { sentinel, pay, id } = await asked(office)
    await sentinel.approvals.approve(id, ANN)
    const [resumed, repeated] = await Promise.all([endOf(sentinel.resume(id)), endOf(pay(FIVE))])
    expect([resumed, repeated].filter((end) => end === 'paid 1')).toHaveLength(1)
    expect(office.ran).toHaveLength(1)
  })

  test.each<{ what: string; code: string; prepare(office: Office): Promise<string> }>([
    {
      ...{ what: 'nobody has decided', code: 'APPROVAL_PENDING' },
      prepare: async (office) => (await asked(office)).id,
    },
    {
      ...{ what: 'the deadline passed', code: 'APPROVAL_TIMEOUT' },
      async prepare(office) {
        const { id } = await asked(office)
        await office.clock.advance(300_000)
        return id
      },
    },
    {
      ...{ what: 'the deadline passed after it was approved', code: 'APPROVAL_TIMEOUT' },
      async prepare(office) {
        const { sentinel, id } = await asked(office)
        await sentinel.approvals.approve(id, ANN)
        await office.clock.advance(300_000)
        return id
      },
    },
    { ...{ what: 'there is none', code: 'APPROVAL_UNKNOWN' }, prepare: async () => 'nothing' },
    { ...{ what: 'it is no id at all', code: 'APPROVAL_UNKNOWN' }, prepare: async () => ({}) as string },
  ])('is refused when $what, however often', async ({ code, prepare }) => {
    const office = new Office(SUSPEND)
    const id = await prepare(office)
    const { sentinel } = office.open()
    expect(await endOf(sentinel.resume(id))).toBe(code)
    expect(await endOf(sentinel.resume(id))).toBe(code)
    expect(office.ran).toEqual([])
  })

  it('[P16] judges the call anew: what is blocked by now is refused, and its approval is gone', async () => {
    const office = new Office(SUSPEND)
    const { sentinel, id } = await asked(office)
    await sentinel.approvals.approve(id, ANN)
    const later = office.openBlocked()
    const refusal = await refusalOf(later.sentinel.resume(id))
    expect(refusal).toMatchObject({ code: 'BLOCKED' })
    expect(await office.last()).toMatchObject({ state: 'cancelled', note: expect.stringContaining('Closed today.') })
    expect(await office.names()).toEqual(['approval_requested', 'approval_granted', 'approval_cancelled'])
    expect(await endOf(sentinel.resume(id))).toBe('APPROVAL_TIMEOUT')
    expect(office.ran).toEqual([])
  })

  it('[P16] still needs the human when the rules would not ask any more', async () => {
    const office = new Office(SUSPEND)
    const { id } = await asked(office)
    const later = office.open({ rules: { version: '1.0', rules: [] } })
    expect(await endOf(later.sentinel.resume(id))).toBe('APPROVAL_PENDING')
    await later.sentinel.approvals.approve(id, ANN)
    expect(await later.sentinel.resume(id)).toBe('paid 1')
  })

  it('checks the schema that the tool has now', async () => {
    const office = new Office(SUSPEND)
    const { sentinel, id } = await asked(office)
    await sentinel.approvals.approve(id, ANN)
    const issues = [{ path: ['amount'], message: 'in cents, please' }]
    const schema = { safeParseAsync: async () => ({ success: false, error: { issues } }) as const }
    expect(await endOf(office.open({}, { schema }).sentinel.resume(id))).toBe('BLOCKED')
    expect(office.ran).toEqual([])
  })

  it('is not there when the guard is closed, and the approval waits for the next one', async () => {
    const office = new Office(SUSPEND)
    const { sentinel, id } = await asked(office)
    await sentinel.approvals.approve(id, ANN)
    await sentinel.close()
    expect(await endOf(sentinel.resume(id))).toBe('CLOSED')
    expect(await office.open().sentinel.resume(id)).toBe('paid 1')
  })
})

describe('resuming in another process, or after a restart', () => {
  let place: SqlitePlace
  beforeEach(() => {
    place = sqlitePlace()
  })
  afterEach(() => place.remove())

  const resumed = async (args: unknown[], options: ToolOptions<Promise<unknown>> = {}) => {
    const office = new Office(SUSPEND, place.open())
    const first = office.open({}, options)
    await endOf(first.pay(...(args as never[])))
    const { id } = await office.last()
    await first.sentinel.close()
    const later = office.open({}, options)
    await later.sentinel.approvals.approve(id, ANN)
    const end = await endOf(later.sentinel.resume(id))
    return { office, later, id, end }
  }

  test.each<{ args: unknown[]; options?: ToolOptions<Promise<unknown>>; because: string }>([
    { args: [{ amount: 5, to: 'bob' }], because: 'one object' },
    { args: [{ amount: 5, list: [1, { a: null }], text: 'ä\u0000\ud800' }], because: 'any plain data' },
    { args: [5, 'bob'], because: 'several arguments' },
    { args: [[1, 2]], because: 'a list' },
    { args: ['bob'], because: 'a text' },
    { args: [{ amount: 5 }, 'bob', 7], because: 'an object and others' },
    { args: [5, 'bob'], options: { params: ['amount', 'to'] }, because: 'named arguments' },
    { args: [{ amount: 5 }, 'bob'], options: { params: ['to'] }, because: 'an object and a named one' },
    { args: [{ amount: 5, arg1: 'mine' }], because: 'a key that looks like a position' },
    { args: [], because: 'no arguments' },
    { args: [{}], because: 'an empty object' },
    { args: [{ big: 10n ** 30n }], because: 'a bigint that no number holds' },
  ])('runs the very call: $because', async ({ args, options }) => {
    const { office, end } = await resumed(args, options)
    expect(end).toBe('paid 1')
    expect(office.ran).toEqual([args])
  })

  test.each<{ args: unknown[]; options?: ToolOptions<Promise<unknown>>; because: string }>([
    { args: [{ password: 'hunter2-secret' }], because: 'a secret is stored nowhere' },
    { args: [{ pin: 'abc' }], options: { secret: ['pin'] }, because: 'nor is one that only the tool knows of' },
    { args: [{ note: 'token=sk-12345678901234567890abcd' }], because: 'nor is one within a text' },
    {
      ...{ args: [{ a: 1, signal: () => 1 }], options: { passthrough: ['signal'] } },
      because: 'what goes by reference is gone with its process',
    },
    { args: [{ a: 1 }, () => 1], options: { params: 'first' }, because: 'also as an argument of its own' },
    { args: [{ at: new Date(0) }], because: 'a date is stored as its text' },
    { args: [{ map: new Map([['a', 1]]) }], because: 'a map as its pairs' },
    { args: [{ big: 5n }], because: 'a small bigint as a number' },
  ])('[P16] [P14] is for the caller to repeat when the arguments are not stored in full: $because', async (row) => {
    const { args, options } = row
    const { office, later, end } = await resumed(args, options)
    expect(end).toBe('APPROVAL_NOT_RESUMABLE')
    expect(office.ran).toEqual([])
    expect(await later.pay(...(args as never[]))).toBe('paid 1')
    expect(office.ran).toEqual([args])
    expect(await office.states()).toEqual(['consumed'])
  })

  it('[P16] does not run another shape of the same names', async () => {
    const names: ToolOptions<Promise<unknown>> = { params: ['to', 'amount'] }
    const office = new Office(SUSPEND)
    const first = office.open({}, { params: ['amount', 'to'] })
    await endOf(first.pay(5 as never, 'bob' as never))
    const { id } = await office.last()
    const later = office.open({}, names)
    await later.sentinel.approvals.approve(id, ANN)
    expect(await endOf(later.sentinel.resume(id))).toBe('APPROVAL_NOT_RESUMABLE')
    expect(office.ran).toEqual([])
  })

  it('needs the tool', async () => {
    const office = new Office(SUSPEND)
    const { sentinel } = office.open()
    await endOf(sentinel.wrap('pay', async (_: object) => 1)({ a: 1 }))
    const { id } = await office.last()
    await sentinel.approvals.approve(id, ANN)
    const other = office.open()
    const method = async (_: object): Promise<string> => 'paid by a method'
    const guarded = other.sentinel.protect('pay')(method, {} as ClassMethodDecoratorContext)
    const refusal = await refusalOf(other.sentinel.resume(id))
    expect(refusal).toMatchObject({ code: 'APPROVAL_NOT_RESUMABLE', forModel: { retry: 'later' } })
    expect(await guarded({ a: 1 })).toBe('paid by a method')
  })
})
