import { describe, expect, it, test } from 'vitest'
import type { ToolOptions } from '../../src/tool.ts'
import { endOf, Office, refusalOf } from '../support/approvals.ts'

type Args = unknown[]
type Options = ToolOptions<Promise<unknown>>
const SECRET = 'hunter2-secret'

/** Asks for a call in a guard that suspends, and has ann give it other arguments. */
async function edited(args: Args, params: Readonly<Record<string, unknown>>, options: Options = {}) {
  const office = new Office({ approvalMode: 'suspend' })
  const till = office.open({}, options)
  await endOf(till.pay(...(args as never[])))
  const { id } = await office.last()
  const decided = await endOf(till.sentinel.approvals.approve(id, { by: 'ann', note: 'changed', params }))
  const run = () => endOf(till.sentinel.resume(id))
  return { office, ...till, id, decided, run, repeat: () => endOf(till.pay(...(args as never[]))) }
}

describe('a call that is approved with other arguments', () => {
  it('[P16] [P2] runs with those, and the log has both', async () => {
    const { office, run } = await edited([{ amount: 5, to: 'bob' }], { amount: 3, to: 'bob' })
    expect(await office.last()).toMatchObject({ state: 'edited', edited: { amount: 3, to: 'bob' }, by: 'ann' })
    expect(await run()).toBe('paid 1')
    expect(office.ran).toEqual([[{ amount: 3, to: 'bob' }]])
    const told = (await office.events()).map(({ event, params, lesson, approvedBy }) => [
      ...[event, params?.amount, lesson, approvedBy],
    ])
    expect(told.slice(1)).toEqual([
      ['approval_requested', 5, undefined, undefined],
      ['approval_edited', 3, undefined, 'ann'],
      ['approval_granted', 3, 'approved', 'ann'],
      ['executed', undefined, undefined, undefined],
    ])
  })

  it('[P16] once: the repeat of the call runs it, and the next is asked about anew', async () => {
    const { office, repeat, run } = await edited([{ amount: 5 }], { amount: 3 })
    expect(await repeat()).toBe('paid 1')
    expect(await run()).toBe('CALL_ALREADY_RAN')
    expect(await repeat()).toBe('APPROVAL_PENDING')
    expect(office.ran).toEqual([[{ amount: 3 }]])
  })

  it('with the same arguments is approved as it is', async () => {
    const { office, run } = await edited([{ amount: 5 }], { amount: 5 })
    expect(await office.last()).toMatchObject({ state: 'approved', edited: undefined })
    expect(await run()).toBe('paid 1')
  })

  it('[P1] is judged with them: what is blocked is refused, and its approval is gone', async () => {
    const { office, run } = await edited([{ amount: 5 }], { amount: 5_000 })
    expect(await run()).toBe('BLOCKED')
    expect(await office.last()).toMatchObject({ state: 'cancelled', note: expect.stringContaining('Too much.') })
    expect(await office.names()).toEqual(['approval_requested', 'approval_edited', 'approval_cancelled'])
    expect(await run()).toBe('APPROVAL_TIMEOUT')
    expect(office.ran).toEqual([])
  })

  it('is refused when they do not fit the schema of the tool', async () => {
    const schema: Options['schema'] = {
      safeParseAsync: async (value) =>
        typeof (value as { amount: unknown }).amount === 'number'
          ? { success: true }
          : { success: false, error: { issues: [{ path: ['amount'], message: 'a number' }] } },
    }
    const { office, run } = await edited([{ amount: 5 }], { amount: 'three' }, { schema })
    expect(await run()).toBe('BLOCKED')
    expect(office.ran).toEqual([])
  })

  test.each<{ args: Args; params: Record<string, unknown>; ran: Args; options?: Options; because: string }>([
    { args: [5, 'bob'], params: { arg1: 3, arg2: 'bob' }, ran: [3, 'bob'], because: 'by position' },
    {
      ...{ args: [5, 'bob'], params: { amount: 5, to: 'eve' }, ran: [5, 'eve'] },
      ...{ options: { params: ['amount', 'to'] }, because: 'by name' },
    },
    {
      ...{ args: [{ a: 1 }, 'bob'], params: { a: 2, arg1: 'eve' }, ran: [{ a: 2 }, 'eve'] },
      because: 'an object and another',
    },
    { args: [{ a: 1 }], params: { a: 1, b: 2 }, ran: [{ a: 1, b: 2 }], because: 'one more' },
    { args: [{ a: 1, b: 2 }], params: { a: 1 }, ran: [{ a: 1 }], because: 'one less' },
    {
      ...{ args: [{ at: new Date(0), a: 1 }], params: { at: '1970-01-01T00:00:00.000Z', a: 2 } },
      ...{ ran: [{ at: new Date(0), a: 2 }], because: 'a date that was left stays one' },
    },
    {
      ...{ args: [{ at: new Date(0) }], params: { at: '2026-01-05T09:00:00.000Z' } },
      ...{ ran: [{ at: new Date('2026-01-05T09:00:00.000Z') }], because: 'a date that was changed is one' },
    },
    { args: [{ big: 5n, a: 1 }], params: { big: 5n, a: 2 }, ran: [{ big: 5n, a: 2 }], because: 'a bigint is left' },
    { args: [{ big: 5n }], params: { big: 7 }, ran: [{ big: 7n }], because: 'a number in place of a bigint' },
    {
      ...{ args: [{ set: new Set([1, 2]), a: 1 }], params: { set: [1, 2], a: 2 } },
      ...{ ran: [{ set: new Set([1, 2]), a: 2 }], because: 'a set stays one' },
    },
  ])('[P16] has its tool get them in its own form: $because', async ({ args, params, ran, options }) => {
    const { office, decided, run } = await edited(args, params, options)
    expect(decided).toMatchObject({ state: 'edited' })
    expect(await run()).toBe('paid 1')
    expect(office.ran).toEqual([ran])
  })

  it('tells whoever gets the result what really ran', async () => {
    const onEdited: Options['onEdited'] = (notice, result) => ({ notice, result })
    const { run, id } = await edited(
      [{ amount: 5, password: SECRET }],
      { amount: 3, password: '[redacted]' },
      { onEdited },
    )
    expect(await run()).toEqual({
      notice: { approvalId: id, by: 'ann', note: 'changed', params: { amount: 3, password: '[redacted]' } },
      result: 'paid 1',
    })
  })

  it('[P25] gives what the tool gave when what tells the model fails: the tool has run', async () => {
    const onEdited = (): never => {
      throw new Error('a bug')
    }
    const { run, office } = await edited([{ amount: 5 }], { amount: 3 }, { onEdited })
    expect(await run()).toBe('paid 1')
    expect(office.ran).toHaveLength(1)
  })

  test.each([
    { params: [1] },
    { params: 'amount' },
    { params: { amount: Number.NaN } },
    { params: { amount: () => 1 } },
  ])('[P16] is not decided by arguments that are none: $params', async ({ params }) => {
    const { office, decided } = await edited([{ amount: 5 }], params as never)
    expect(decided).toBe('APPROVAL_NOT_ALLOWED')
    expect(await office.states()).toEqual(['pending'])
  })
})

describe('secrets in a call that is approved with other arguments', () => {
  const nowhere = async (office: Office, secret: string): Promise<void> => {
    expect(JSON.stringify([await office.events(), await office.approvals()])).not.toContain(secret)
  }

  it('[P14] stay what they were where they are left', async () => {
    const args = [{ amount: 5, password: SECRET, list: [{ token: 'sk-12345678901234567890abcd' }] }]
    const params = { amount: 3, password: '[redacted]', list: [{ token: '[redacted]' }] }
    const { office, run } = await edited(args, params)
    expect(await run()).toBe('paid 1')
    expect(office.ran).toEqual([[{ ...args[0], amount: 3 }]])
    await nowhere(office, SECRET)
  })

  it('[P14] stay what they were for whoever repeats the call in another process', async () => {
    const { office, sentinel } = await edited([{ amount: 5, password: SECRET }], { amount: 3, password: '[redacted]' })
    await sentinel.close()
    expect(await endOf(office.open().pay({ amount: 5, password: SECRET } as never))).toBe('paid 1')
    expect(office.ran).toEqual([[{ amount: 3, password: SECRET }]])
  })

  it('may be left out', async () => {
    const { office, run } = await edited([{ amount: 5, password: SECRET }], { amount: 5 })
    expect(await run()).toBe('paid 1')
    expect(office.ran).toEqual([[{ amount: 5 }]])
  })

  const OTHER = 'other-hunter-2'
  test.each<{ args?: Args; params: Record<string, unknown>; options?: Options; because: string }>([
    { params: { amount: 5, password: OTHER }, because: 'another in its place' },
    { params: { amount: 5, password: { is: OTHER } }, because: 'an object in its place' },
    { params: { amount: 5, password: [OTHER] }, because: 'a list in its place' },
    { params: { amount: 5, password: '[redacted]', apiKey: OTHER }, because: 'one more of another name' },
    { params: { amount: 5, password: '[redacted]', deep: [{ password: OTHER }] }, because: 'one more, deeper' },
    {
      ...{
        args: [{ amount: 5, mine: 'abc' }],
        params: { amount: 5, mine: { is: OTHER } },
        options: { secret: ['mine'] },
      },
      because: 'an object in place of one that only the tool knows of',
    },
    {
      ...{ args: [{ amount: 5 }], params: { amount: 5, mine: OTHER }, options: { secret: ['mine'] } },
      because: 'one more that only the tool knows of',
    },
  ])('[P14] can not be given by an approver: $because', async ({ args, params, options }) => {
    const { office, decided } = await edited(args ?? [{ amount: 5, password: SECRET }], params, options)
    expect(decided).toBe('APPROVAL_NOT_ALLOWED')
    expect(await office.states()).toEqual(['pending'])
    await nowhere(office, OTHER)
  })

  test.each<{ params: Record<string, unknown>; because: string }>([
    { params: { amount: '[redacted]', password: '[redacted]' }, because: 'copied' },
    { params: { password: 'x[redacted]' }, because: 'changed in part' },
  ])('[P16] are not put anywhere else: $because', async ({ params }) => {
    const { office, run } = await edited([{ amount: 5, password: SECRET }], params)
    expect(await run()).not.toBe('paid 1')
    expect(office.ran).toEqual([])
    expect(['pending', 'cancelled']).toContain((await office.last()).state)
  })

  const PEOPLE = [
    { name: 'ann', token: 'secret-of-ann-1' },
    { name: 'bob', token: 'secret-of-bob-2' },
  ]
  const shown = PEOPLE.map(({ name }) => ({ name, token: '[redacted]' }))
  test.each<{ people: unknown[]; because: string }>([
    { people: [shown[1]], because: 'the first was taken out, and the second stands in its place' },
    { people: [shown[1], shown[0]], because: 'they changed places' },
    { people: [shown[0], shown[0]], because: 'one stands twice' },
  ])('[P16] never go to another element of a list: $because', async ({ people }) => {
    const { office, run } = await edited([{ people: PEOPLE }], { people })
    await run()
    for (const [args] of office.ran)
      for (const { name, token } of (args as { people: typeof PEOPLE }).people)
        expect(PEOPLE.find((one) => one.name === name)?.token).toBe(token)
    expect(office.ran).toEqual([])
  })

  it('in a list may be edited beside', async () => {
    const { office, run } = await edited([{ people: PEOPLE, amount: 5 }], { people: shown, amount: 3 })
    expect(await run()).toBe('paid 1')
    expect(office.ran).toEqual([[{ people: PEOPLE, amount: 3 }]])
  })
})

describe('a call that waits and is approved with other arguments', () => {
  it('[P16] by a function runs with those, after they were judged', async () => {
    const office = new Office({ approval: () => ({ approved: true, by: 'ann', params: { amount: 3 } }) })
    expect(await office.open().pay({ amount: 5 } as never)).toBe('paid 1')
    expect(office.ran).toEqual([[{ amount: 3 }]])
    const much = new Office({ approval: () => ({ approved: true, by: 'ann', params: { amount: 5_000 } }) })
    const refusal = await refusalOf(much.open().pay({ amount: 5 } as never))
    expect(refusal).toMatchObject({ code: 'BLOCKED', forModel: { message: expect.not.stringContaining('1000') } })
    expect(await much.states()).toEqual(['cancelled'])
  })

  it('in the queue runs with those', async () => {
    const office = new Office({ approval: 'queue' })
    const { pay, sentinel } = office.open()
    const paid = endOf(pay({ amount: 5 } as never))
    await office.clock.advance(1)
    await sentinel.approvals.approve((await office.last()).id, { by: 'ann', params: { amount: 3 } })
    expect(await paid).toBe('paid 1')
    expect(office.ran).toEqual([[{ amount: 3 }]])
  })
})
