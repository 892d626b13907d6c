import fc from 'fast-check'
import { beforeEach, describe, expect, it, test } from 'vitest'
import {
  type ApprovalQueue,
  createApprovalQueue,
  DECIDED_APPROVALS_MAX,
  PENDING_APPROVALS_MAX,
} from '../../src/approval/queue.ts'
import type { ApprovalRequest } from '../../src/domain/approval.ts'
import { riskScore } from '../../src/domain/units.ts'
import { isSentinelError } from '../../src/errors.ts'
import { approverContract, type Channel } from './contract.ts'
import { FakeClock } from './fake-clock.ts'
import { aRequest, MINUTE_MS, never } from './requests.ts'

function queueChannel(by: string): Channel {
  const clock = new FakeClock()
  const queue = createApprovalQueue({ clock })
  let asked = 0
  return {
    approver: {
      name: queue.name,
      async request(request, signal) {
        const answer = queue.request(request, signal)
        if (await queue.get(request.id)) asked += 1
        return answer
      },
    },
    clock,
    asked: () => asked,
    async answer(outcome) {
      const [oldest] = await queue.list({ state: 'pending' })
      const id = oldest?.id ?? 'none'
      await queue[outcome === 'approved' ? 'approve' : 'deny'](id, { by }).catch(() => undefined)
    },
  }
}

approverContract('queue', queueChannel)

const DECIDE = { approve: 'approved', deny: 'denied' } as const

describe('the queue', () => {
  let clock: FakeClock
  let queue: ApprovalQueue

  beforeEach(() => {
    clock = new FakeClock()
    queue = createApprovalQueue({ clock })
  })

  /** Puts a request in the queue; the answer is looked at by the tests that care. */
  const put = (given: Parameters<typeof aRequest>[1] = {}): ApprovalRequest => {
    const request = aRequest(clock, given)
    void queue.request(request, never)
    return request
  }

  const refusal = async (decision: Promise<unknown>) => {
    const error = await decision.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!isSentinelError(error)) throw new Error('expected a refusal of our own')
    return { code: error.code, message: error.message }
  }

  it('shows a pending request whole, and what became of it', async () => {
    const request = put()
    expect(await queue.get(request.id)).toEqual({
      ...request,
      state: 'pending',
      by: undefined,
      note: undefined,
      decidedAt: undefined,
    })
    clock.advance(1_000)
    const approved = await queue.approve(request.id, { by: 'ada', note: 'called the customer' })
    expect(approved).toEqual({
      ...request,
      state: 'approved',
      by: 'ada',
      note: 'called the customer',
      decidedAt: clock.now(),
    })
    expect(await queue.get(request.id)).toEqual(approved)
  })

  it('hands what it shows out frozen', async () => {
    const request = put()
    expect(Object.isFrozen(await queue.get(request.id))).toBe(true)
    expect(Object.isFrozen(await queue.deny(request.id, { by: 'ada' }))).toBe(true)
  })

  test.each`
    first        | second
    ${'approve'} | ${'approve'}
    ${'approve'} | ${'deny'}
    ${'deny'}    | ${'approve'}
    ${'deny'}    | ${'deny'}
  `('[P17] after $first, $second is told who decided and when', async (verbs) => {
    const { first, second } = verbs as Record<'first' | 'second', keyof typeof DECIDE>
    const { id } = put()
    await queue[first](id, { by: 'ada' })
    const { code, message } = await refusal(queue[second](id, { by: 'bob' }))
    expect(code).toBe('APPROVAL_ALREADY_DECIDED')
    expect(message).toContain(`${DECIDE[first]} by ada at 2026-01-05T09:00:00.000Z`)
    expect(await queue.get(id)).toMatchObject({ state: DECIDE[first], by: 'ada' })
  })

  it('[P17] of many who decide at once exactly one does, and the caller hears that one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ verb: fc.constantFrom('approve', 'deny'), by: fc.stringMatching(/^[b-z]{1,8}$/) }), {
          minLength: 1,
          maxLength: 20,
        }),
        async (deciders) => {
          const request = aRequest(clock)
          const answer = queue.request(request, never)
          const tries = await Promise.allSettled(deciders.map(({ verb, by }) => queue[verb](request.id, { by })))
          const won = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
          expect(won).toHaveLength(1)
          expect(await answer).toEqual({ outcome: won[0]?.state, by: won[0]?.by, note: undefined })
        },
      ),
    )
  })

  test.each`
    decision                                  | because
    ${undefined}                              | ${'nobody decided'}
    ${{}}                                     | ${'nobody is named'}
    ${{ by: '' }}                             | ${'an empty name is none'}
    ${{ by: ' \t' }}                          | ${'nor is a blank one'}
    ${{ by: 7 }}                              | ${'a name is text'}
    ${{ by: 'x'.repeat(201) }}                | ${'a name has an end'}
    ${{ by: 'agent-7' }}                      | ${'the agent may not decide on its own call'}
    ${{ by: 'AGENT-7 ' }}                     | ${'however it writes its name'}
    ${{ by: 'session-3' }}                    | ${'nor may its session'}
    ${{ by: 'ada', note: 7 }}                 | ${'a note is text'}
    ${{ by: 'ada', note: 'x'.repeat(2_001) }} | ${'a note has an end'}
    ${{ by: 'ada', params: { amount: 1 } }}   | ${'edited arguments are not silently dropped'}
  `('[P16] does not take $decision: $because', async ({ decision }) => {
    const { id } = put()
    expect((await refusal(queue.approve(id, decision))).code).toBe('APPROVAL_NOT_ALLOWED')
    expect((await refusal(queue.deny(id, decision))).code).toBe('APPROVAL_NOT_ALLOWED')
    expect(await queue.get(id)).toMatchObject({ state: 'pending' })
  })

  it('says so when it does not know an id', async () => {
    expect((await refusal(queue.approve('constructor', { by: 'ada' }))).code).toBe('APPROVAL_UNKNOWN')
    expect((await refusal(queue.deny('__proto__', { by: 'ada' }))).code).toBe('APPROVAL_UNKNOWN')
    expect(await queue.get('toString')).toBeUndefined()
  })

  it('[P18] checks the deadline by the clock when somebody decides', async () => {
    const request = aRequest(clock)
    const answer = queue.request(request, never)
    clock.jump(5 * MINUTE_MS)
    const { code, message } = await refusal(queue.approve(request.id, { by: 'ada' }))
    expect(code).toBe('APPROVAL_ALREADY_DECIDED')
    expect(message).toContain('expired')
    expect(await answer).toMatchObject({ outcome: 'unavailable' })
  })

  it('[P18] shows nothing as pending that no answer can save', async () => {
    const { id } = put()
    clock.jump(5 * MINUTE_MS)
    expect(await queue.list({ state: 'pending' })).toEqual([])
    expect(await queue.get(id)).toMatchObject({ state: 'expired', by: undefined, decidedAt: clock.now() })
  })

  test.each`
    leftMs           | state          | because
    ${4 * MINUTE_MS} | ${'cancelled'} | ${'the call was given up'}
    ${5}             | ${'expired'}   | ${'the timer of the caller may run a little ahead of the clock'}
    ${0}             | ${'expired'}   | ${'the caller keeps the deadline too'}
  `('[P18] an abort $leftMs ms before the deadline leaves it $state: $because', async ({ leftMs, state }) => {
    const caller = new AbortController()
    const request = aRequest(clock)
    const answer = queue.request(request, caller.signal)
    clock.advance(5 * MINUTE_MS - leftMs)
    caller.abort()
    expect(await queue.get(request.id)).toMatchObject({ state })
    expect(await answer).toMatchObject({ outcome: 'unavailable' })
    expect((await refusal(queue.approve(request.id, { by: 'ada' }))).message).toContain(state)
  })

  test.each`
    maxPending    | room
    ${undefined}  | ${PENDING_APPROVALS_MAX}
    ${2}          | ${2}
    ${0}          | ${0}
    ${Number.NaN} | ${0}
  `('[F8] [P24] with maxPending $maxPending it holds $room and refuses one more', async ({ maxPending, room }) => {
    queue = createApprovalQueue({ clock, maxPending })
    const requests = Array.from({ length: room }, () => put())
    const full = await queue.request(aRequest(clock), never)
    expect(full).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('full') })

    const [first] = requests
    if (first === undefined) return
    await queue.deny(first.id, { by: 'ada' })
    expect(await queue.get(put().id)).toMatchObject({ state: 'pending' })
  })

  it('makes room for what expired before it says that it is full', async () => {
    queue = createApprovalQueue({ clock, maxPending: 1 })
    put()
    clock.jump(6 * MINUTE_MS)
    expect(await queue.get(put().id)).toMatchObject({ state: 'pending' })
  })

  it('[P24] forgets the oldest decided requests', async () => {
    const requests = Array.from({ length: DECIDED_APPROVALS_MAX + 5 }, () => {
      const request = put()
      void queue.deny(request.id, { by: 'ada' })
      return request
    })
    expect(await queue.list({ limit: 2_000 })).toHaveLength(DECIDED_APPROVALS_MAX)
    expect(await queue.get(requests[4]?.id ?? '')).toBeUndefined()
    expect(await queue.get(requests[5]?.id ?? '')).toMatchObject({ state: 'denied' })
    expect((await refusal(queue.approve(requests[0]?.id ?? '', { by: 'ada' }))).code).toBe('APPROVAL_UNKNOWN')
  })

  it('[P16] does not ask the same request twice', async () => {
    const request = put()
    expect(await queue.request(request, never)).toMatchObject({ outcome: 'unavailable' })
    await queue.approve(request.id, { by: 'ada' })
    expect(await queue.request(request, never)).toMatchObject({ outcome: 'unavailable' })
  })

  it('lists by risk, highest first, and then by age', async () => {
    const at = (risk: number) => {
      clock.advance(1)
      return put({ risk: riskScore(risk) }).id
    }
    const [low, high, lowLater, highLater] = [at(7), at(8.5), at(7), at(8.5)]
    const ids = (await queue.list()).map((approval) => approval.id)
    expect(ids).toEqual([high, highLater, low, lowLater])
    expect((await queue.list({ limit: 2 })).map((approval) => approval.id)).toEqual([high, highLater])
  })

  it('lists by state', async () => {
    const [approved, denied, pending] = [put(), put(), put()]
    await queue.approve(approved.id, { by: 'ada' })
    await queue.deny(denied.id, { by: 'ada' })
    const idsOf = async (state: 'approved' | 'denied' | 'pending') => (await queue.list({ state })).map(({ id }) => id)
    expect(await idsOf('approved')).toEqual([approved.id])
    expect(await idsOf('denied')).toEqual([denied.id])
    expect(await idsOf('pending')).toEqual([pending.id])
  })

  test.each`
    filter                   | because
    ${{ state: 'aproved' }}  | ${'an empty list would hide the slip'}
    ${{ limit: 0 }}          | ${'nothing is no list'}
    ${{ limit: -1 }}         | ${'less is not either'}
    ${{ limit: 1.5 }}        | ${'a limit is a whole number'}
    ${{ limit: Number.NaN }} | ${'and a number'}
    ${{ limit: 2_001 }}      | ${'a list has an end'}
  `('refuses to list $filter: $because', async ({ filter }) => {
    expect((await refusal(queue.list(filter))).code).toBe('ARGUMENT_REFUSED')
  })
})
