import { describe, expect, it, test } from 'vitest'
import type { SentinelConfig } from '../../src/config/config.ts'
import type { ApprovalRequest } from '../../src/domain/approval.ts'
import { endOf, Office, refusalOf } from '../support/approvals.ts'

const FIVE = { amount: 5 } as never
const ANN = { by: 'ann' }

/** An approver that says nothing until it is told to, and how often it was asked. */
function slowApprover() {
  const asked: { request: ApprovalRequest; answer: (approved: boolean) => void; signal: AbortSignal }[] = []
  const approval: SentinelConfig['approval'] = (request, signal) =>
    new Promise<{ approved: boolean; by: string }>((resolve) => {
      asked.push({ request, signal, answer: (approved) => resolve({ approved, by: 'ann' }) })
    })
  return { asked, approval }
}

describe('calls that wait for the same answer', () => {
  it('[P16] are one question; the first runs on the answer, and the others are asked about anew', async () => {
    const { asked, approval } = slowApprover()
    const office = new Office({ approval })
    const { pay } = office.open()
    const ends = [endOf(pay(FIVE)), endOf(pay(FIVE)), endOf(pay(FIVE))]
    await office.clock.advance(1)
    expect(asked).toHaveLength(1)
    expect(await office.approvals()).toMatchObject([{ state: 'pending', asks: 3 }])
    asked[0]?.answer(true)
    await office.clock.advance(1)
    expect(office.ran).toHaveLength(1)
    expect(await ends[0]).toBe('paid 1')
    expect(asked).toHaveLength(2)
    expect(await office.approvals()).toMatchObject([{ state: 'consumed' }, { state: 'pending', asks: 2 }])
    asked[1]?.answer(true)
    await office.clock.advance(1)
    asked[2]?.answer(false)
    expect((await Promise.all(ends)).toSorted()).toEqual(['APPROVAL_DENIED', 'paid 1', 'paid 2'])
    expect(await office.states()).toEqual(['consumed', 'consumed', 'denied'])
    const granted = (await office.events()).filter(({ event }) => event === 'approval_granted')
    expect(new Set(granted.map(({ callId }) => callId)).size).toBe(2)
  })

  it('[P16] are all refused when it is no, and each is told in the log', async () => {
    const { asked, approval } = slowApprover()
    const office = new Office({ approval })
    const { pay } = office.open()
    const ends = [endOf(pay(FIVE)), endOf(pay(FIVE)), endOf(pay(FIVE))]
    await office.clock.advance(1)
    asked[0]?.answer(false)
    expect(await Promise.all(ends)).toEqual(['APPROVAL_DENIED', 'APPROVAL_DENIED', 'APPROVAL_DENIED'])
    const denied = (await office.events()).filter(({ event }) => event === 'approval_denied')
    expect(new Set(denied.map(({ callId }) => callId)).size).toBe(3)
    expect(denied.map(({ approvedBy }) => approvedBy)).toEqual(['ann', 'ann', 'ann'])
    expect(asked).toHaveLength(1)
  })

  it('[P18] the one that asked may give up: the others are asked about anew, and one that joined takes nothing along', async () => {
    const { asked, approval } = slowApprover()
    const office = new Office({ approval })
    const { sentinel, pay } = office.open()
    const [first, joined] = [new AbortController(), new AbortController()]
    const ends = [
      endOf(sentinel.as({ signal: first.signal }, () => pay(FIVE))),
      endOf(sentinel.as({ signal: joined.signal }, () => pay(FIVE))),
      endOf(pay(FIVE)),
    ]
    await office.clock.advance(1)
    joined.abort()
    expect(await ends[1]).toBe('APPROVAL_TIMEOUT')
    expect(await office.states()).toEqual(['pending'])
    first.abort()
    expect(await ends[0]).toBe('APPROVAL_TIMEOUT')
    await office.clock.advance(1)
    expect(await office.states()).toEqual(['cancelled', 'pending'])
    expect(asked[0]?.signal.aborted).toBe(true)
    asked[1]?.answer(true)
    expect(await ends[2]).toBe('paid 1')
  })

  it('[P18] are all refused at the deadline', async () => {
    const office = new Office({ approval: 'queue' })
    const { pay } = office.open()
    const ends = [endOf(pay(FIVE)), endOf(pay(FIVE))]
    await office.clock.advance(300_000)
    expect(await Promise.all(ends)).toEqual(['APPROVAL_TIMEOUT', 'APPROVAL_TIMEOUT'])
    expect(await office.states()).toEqual(['expired'])
  })

  it('are not joined over sessions', async () => {
    const { asked, approval } = slowApprover()
    const office = new Office({ approval })
    const { sentinel, pay } = office.open()
    const ends = ['a', 'b'].map((sessionId) => endOf(sentinel.as({ sessionId }, () => pay(FIVE))))
    await office.clock.advance(1)
    expect(asked).toHaveLength(2)
    asked[0]?.answer(true)
    asked[1]?.answer(false)
    expect(await Promise.all(ends)).toEqual(['paid 1', 'APPROVAL_DENIED'])
  })
})

describe('denials', () => {
  const denying = (config: SentinelConfig = {}) => {
    let asked = 0
    const office = new Office({ approval: () => ++asked < 0, ...config })
    return { office, ...office.open(), timesAsked: () => asked }
  }

  it('three of the same call: nobody is asked again, for a day', async () => {
    const { office, pay, timesAsked } = denying()
    for (let time = 0; time < 3; time++) expect(await refusalOf(pay(FIVE))).toMatchObject({ code: 'APPROVAL_DENIED' })
    const refusal = await refusalOf(pay(FIVE))
    expect(refusal).toMatchObject({ code: 'APPROVAL_DENIED', by: 'sentinel', forModel: { retry: 'no' } })
    expect(timesAsked()).toBe(3)
    expect((await office.names()).slice(-2)).toEqual(['approval_requested', 'approval_denied'])
    await office.clock.advance(86_400_000)
    await refusalOf(pay(FIVE))
    expect(timesAsked()).toBe(4)
  })

  test.each<{ config?: SentinelConfig; as?: object; call: object; asked: number; because: string }>([
    { call: { amount: 6 }, asked: 2, because: 'other arguments are another call' },
    { call: { amount: 5 }, as: { sessionId: 's' }, asked: 2, because: 'another session' },
    { call: { amount: 5 }, as: { agentId: 'b' }, asked: 2, because: 'another agent' },
    { call: { amount: 5 }, asked: 1, because: 'the same' },
    { call: { amount: 5 }, config: { denialLimit: 2 }, asked: 2, because: 'the limit is as configured' },
  ])('after one with a limit of one: $because', async ({ config, as = {}, call, asked }) => {
    const { sentinel, pay, timesAsked } = denying({ denialLimit: 1, ...config })
    await refusalOf(pay(FIVE))
    await refusalOf(sentinel.as(as, () => pay(call as never)))
    expect(timesAsked()).toBe(asked)
  })

  it('count in every process, and after a restart', async () => {
    const { office, pay, sentinel, timesAsked } = denying({ denialLimit: 2 })
    await refusalOf(pay(FIVE))
    await refusalOf(office.open().pay(FIVE))
    await sentinel.close()
    expect(await refusalOf(office.open().pay(FIVE))).toMatchObject({ by: 'sentinel' })
    expect(timesAsked()).toBe(2)
  })
})

describe('[P16] who decides', () => {
  test.each<{ by: unknown; as?: object; config?: SentinelConfig; may: boolean; because: string }>([
    { by: 'ann', may: true, because: 'a human' },
    { by: 'agent', may: false, because: 'the agent that asks' },
    { by: 'AGENT', may: false, because: 'in capitals' },
    { by: ' agent\n', may: false, because: 'with blanks around it' },
    { by: 'ａｇｅｎｔ', may: false, because: 'in wide letters' },
    { by: 'agent\u200b', may: false, because: 'with a mark that nobody sees' },
    { by: 'ag\u00adent', may: false, because: 'with a soft hyphen' },
    { by: '\u202eagent', may: false, because: 'with a mark that turns the text' },
    { by: 'agent\0', may: false, because: 'with a control character' },
    { by: 'sitting', may: false, because: 'the session that asks' },
    { by: 'boss', may: true, because: 'on whose behalf it asks, who may' },
    { by: 'boss', config: { fourEyes: true }, may: false, because: 'who may not with four eyes' },
    { by: 'Boss\u200d', config: { fourEyes: true }, may: false, because: 'in disguise neither' },
    { by: 'ann', config: { approvers: ['ann', 'bob'] }, may: true, because: 'one of the approvers' },
    { by: 'eve', config: { approvers: ['ann', 'bob'] }, may: false, because: 'none of the approvers' },
    { by: 'agent', config: { approvers: ['agent'] }, may: false, because: 'never the agent, whatever is configured' },
    { by: 'boss', config: { approvers: ['boss'], fourEyes: true }, may: false, because: 'nor the other eyes' },
    { by: '', may: false, because: 'nobody' },
    { by: '\u200b', may: false, because: 'nobody that can be seen' },
    { by: undefined, may: false, because: 'nobody at all' },
    { by: { toString: () => 'ann' }, may: false, because: 'something else than a name' },
    { by: 'a'.repeat(201), may: false, because: 'a name longer than 200 characters' },
  ])('$by may: $may, $because', async ({ by, config, may }) => {
    const context = { agentId: 'agent', sessionId: 'sitting', principalId: 'boss' }
    for (const approvalMode of ['suspend', 'wait'] as const) {
      const answer = async () => ({ approved: true, by: by as string })
      const office = new Office({ approvalMode, ...(approvalMode === 'wait' ? { approval: answer } : {}), ...config })
      const { sentinel, pay } = office.open()
      const end = await endOf(sentinel.as(context, () => pay(FIVE)))
      if (approvalMode === 'wait') {
        // Without a name the function itself is named.
        if (by !== undefined) expect(end).toBe(may ? 'paid 1' : 'APPROVAL_UNAVAILABLE')
        continue
      }
      const { id } = await office.last()
      for (const decide of [sentinel.approvals.deny, sentinel.approvals.approve]) {
        if (may && decide === sentinel.approvals.deny) continue
        const decided = await endOf(decide(id, { by: by as string }))
        if (may) expect(decided).toMatchObject({ state: 'approved', by })
        else expect(decided).toBe('APPROVAL_NOT_ALLOWED')
      }
      expect(await office.states()).toEqual([may ? 'approved' : 'pending'])
    }
  })

  it('[P17] first, stands', async () => {
    const office = new Office({ approvalMode: 'suspend' })
    const { sentinel, pay } = office.open()
    await endOf(pay(FIVE))
    const { id } = await office.last()
    const { approve, deny } = sentinel.approvals
    const ends = await Promise.all([
      ...[endOf(approve(id, ANN)), endOf(deny(id, { by: 'bob' })), endOf(approve(id, { by: 'cy' }))],
    ])
    expect(ends.filter((end) => end === 'APPROVAL_ALREADY_DECIDED')).toHaveLength(2)
    expect(await refusalOf(deny(id, ANN))).toMatchObject({ message: expect.stringContaining('by ann at 2026-01-05T') })
  })
})
