import { getEventListeners } from 'node:events'
import { describe, expect, it, test } from 'vitest'
import { firstAnswer } from '../../src/approval/first-answer.ts'
import { type FunctionAnswer, functionApprover } from '../../src/approval/function.ts'
import { queueApprover } from '../../src/approval/queue.ts'
import type { ApprovalAnswer, Approver } from '../../src/domain/approval.ts'
import { approverContract, type Channel } from './contract.ts'
import { FakeClock } from './fake-clock.ts'
import { aRequest, never, settled } from './requests.ts'

function pairChannel(by: string): Channel {
  const clock = new FakeClock()
  const open: ((answer: FunctionAnswer) => void)[] = []
  let asked = 0
  const decide = (): Promise<FunctionAnswer> => {
    asked += 1
    return new Promise((resolve) => open.push(resolve))
  }
  return {
    approver: firstAnswer([queueApprover(clock), functionApprover(decide, clock)]),
    clock,
    asked: () => asked,
    answer: (outcome) => open.shift()?.({ approved: outcome === 'approved', by }),
  }
}

approverContract('an array of approvers', pairChannel)

/** An approver that says whatever it is given, also what its type forbids. */
const saying = (said: unknown, name = 'other'): Approver => ({ name, request: async () => said as ApprovalAnswer })
const silent = (): Approver => ({ name: 'silent', request: () => new Promise(() => {}) })
const failing = (message: string): Approver => ({ name: 'failing', request: () => Promise.reject(new Error(message)) })
const throwing = (message: string): Approver => ({
  name: 'throwing',
  request() {
    throw new Error(message)
  },
})

const ask = (...approvers: readonly Approver[]): Promise<ApprovalAnswer> =>
  firstAnswer(approvers).request(aRequest(new FakeClock()), never)

const YES = { outcome: 'approved', by: 'ada' } as const
const NO = { outcome: 'denied', by: 'bob', note: 'not today' } as const
const GONE = { outcome: 'unavailable', because: 'gone home' } as const

describe('several approvers', () => {
  test.each`
    approvers                                    | outcome       | because
    ${[silent(), saying(YES)]}                   | ${'approved'} | ${'nobody waits for the slow one'}
    ${[silent(), saying(NO)]}                    | ${'denied'}   | ${'a no is an answer as well'}
    ${[saying(GONE), saying(YES)]}               | ${'approved'} | ${'one who can not be asked has not answered'}
    ${[failing('x'), throwing('y'), saying(NO)]} | ${'denied'}   | ${'nor has one who fails'}
    ${[saying({ outcome: 'yes' }), saying(NO)]}  | ${'denied'}   | ${'nor has one who says something else'}
  `('$outcome: $because', async ({ approvers, outcome }) => {
    expect(await ask(...approvers)).toMatchObject({ outcome })
  })

  it('[F8] are unavailable only when all are, and say why each is', async () => {
    expect(await ask(saying(GONE, 'webhook'), failing('no network'), throwing('a bug'))).toEqual({
      outcome: 'unavailable',
      because:
        'webhook: gone home; failing: the failing approver failed: no network; throwing: the throwing approver failed: a bug',
    })
  })

  it('[F8] give the reason alone when there is only one', async () => {
    expect(await ask(saying(GONE))).toEqual(GONE)
  })

  it('[F8] are unavailable when there are none', async () => {
    expect(await ask()).toEqual({ outcome: 'unavailable', because: 'there is no approver' })
  })

  test.each`
    said                                            | because
    ${undefined}                                    | ${'nothing is no answer'}
    ${true}                                         | ${'a port answers with an outcome'}
    ${{ approved: true, by: 'ada' }}                | ${'this is the answer of a function'}
    ${{ outcome: 'approve', by: 'ada' }}            | ${'almost is not the word'}
    ${{ outcome: 'approved' }}                      | ${'nobody is named'}
    ${{ outcome: 'approved', by: '' }}              | ${'an empty name is none'}
    ${{ outcome: 'approved', by: 'agent-7' }}       | ${'the agent asks'}
    ${{ outcome: 'approved', by: 'session-3' }}     | ${'the session asks'}
    ${{ outcome: 'approved', by: 'ada', note: {} }} | ${'a note is text'}
    ${{ outcome: 'unavailable', because: 7 }}       | ${'a reason is text'}
  `('[P16] [P18] $said from one of them approves nothing: $because', async ({ said }) => {
    expect(await ask(saying(said))).toMatchObject({ outcome: 'unavailable', because: expect.stringMatching(/\w/) })
  })

  it('are all asked at once, and the others are called off with the first answer', async () => {
    const { promise, resolve } = Promise.withResolvers<ApprovalAnswer>()
    const signals: AbortSignal[] = []
    const watching = (answer: Promise<ApprovalAnswer>): Approver => ({
      name: 'watching',
      request: (_, signal) => {
        signals.push(signal)
        return answer
      },
    })
    const answer = ask(watching(promise), watching(new Promise(() => {})))
    expect(signals.map((signal) => signal.aborted)).toEqual([false, false])
    resolve(YES)
    expect(await answer).toMatchObject(YES)
    expect(signals[1]?.aborted).toBe(true)
  })

  it('leave no timer in a queue when another answered', async () => {
    const clock = new FakeClock()
    const approvers = [queueApprover(clock), saying(NO)]
    expect(await firstAnswer(approvers).request(aRequest(clock), never)).toMatchObject({ outcome: 'denied' })
    expect(clock.timers).toBe(0)
  })

  it('[P25] may fail after the answer without anybody noticing', async () => {
    const { promise, reject } = Promise.withResolvers<ApprovalAnswer>()
    expect(await ask({ name: 'late', request: () => promise }, saying(YES))).toMatchObject(YES)
    reject(new Error('too late'))
    await settled()
  })

  it('[P18] end with the caller even when nobody listens to the signal', async () => {
    const caller = new AbortController()
    const answer = firstAnswer([silent(), silent()]).request(aRequest(new FakeClock()), caller.signal)
    caller.abort()
    expect(await answer).toMatchObject({ outcome: 'unavailable' })
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
  })

  it('are known to operators by their names', () => {
    expect(firstAnswer([saying(YES, 'queue'), saying(NO, 'function')]).name).toBe('queue or function')
  })
})
