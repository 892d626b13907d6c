import { getEventListeners } from 'node:events'
import { beforeEach, describe, expect, it, test } from 'vitest'
import type { Approver } from '../../src/domain/approval.ts'
import type { FakeClock } from './fake-clock.ts'
import { aRequest, DAY_MS, eventually, MINUTE_MS, never, settled } from './requests.ts'

/** One approver with a person behind it, whom a test can make answer. */
export interface Channel {
  readonly approver: Approver
  readonly clock: FakeClock
  /** How many questions were put so far. */
  asked(): number | Promise<number>
  /** Answers the oldest open question; does nothing that counts when there is none. */
  answer(outcome: 'approved' | 'denied'): void | Promise<void>
}

/** What every approver must do, whatever it asks through. `makeChannel` is told who answers. */
export function approverContract(name: string, makeChannel: (by: string) => Channel): void {
  describe(`${name}: the approver contract`, () => {
    let channel: Channel

    const until = (questions: number): Promise<void> =>
      eventually(async () => (await channel.asked()) >= questions, `question ${questions}`)

    beforeEach(() => {
      channel = makeChannel('ada')
    })

    test.each`
      outcome
      ${'approved'}
      ${'denied'}
    `('[P16] $outcome comes back with who decided', async ({ outcome }) => {
      const answer = channel.approver.request(aRequest(channel.clock), never)
      await until(1)
      await channel.answer(outcome)
      expect(await answer).toMatchObject({ outcome, by: 'ada' })
    })

    test.each`
      by
      ${'agent-7'}
      ${'session-3'}
      ${' Agent-7 '}
    `('[P16] an approval by $by, which asks, is none', async ({ by }) => {
      channel = makeChannel(by)
      const request = aRequest(channel.clock)
      const answer = channel.approver.request(request, never)
      await settled()
      await channel.answer('approved')
      await settled()
      channel.clock.advance(6 * MINUTE_MS)
      expect(await answer).toMatchObject({ outcome: 'unavailable' })
    })

    it('[P18] does not ask once the call was given up', async () => {
      const answer = await channel.approver.request(aRequest(channel.clock), AbortSignal.abort())
      expect(answer.outcome).toBe('unavailable')
      expect(await channel.asked()).toBe(0)
    })

    it('[P18] does not ask once the deadline has passed', async () => {
      const request = aRequest(channel.clock)
      channel.clock.jump(5 * MINUTE_MS)
      expect(await channel.approver.request(request, never)).toMatchObject({ outcome: 'unavailable' })
      expect(await channel.asked()).toBe(0)
    })

    it('[P18] a call that is given up while somebody is asked is not approved, and a late answer changes nothing', async () => {
      const caller = new AbortController()
      const answer = channel.approver.request(aRequest(channel.clock), caller.signal)
      await until(1)
      caller.abort()
      expect(await answer).toMatchObject({ outcome: 'unavailable' })
      await channel.answer('approved')

      const next = channel.approver.request(aRequest(channel.clock), never)
      await until(2)
      await channel.answer('denied')
      expect(await next).toMatchObject({ outcome: 'denied' })
    })

    it('[P18] silence until the deadline is not an approval', async () => {
      const answer = channel.approver.request(aRequest(channel.clock), never)
      await until(1)
      channel.clock.advance(5 * MINUTE_MS + 1_000)
      expect(await answer).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('deadline') })
    })

    it('[P18] an answer after the deadline does not count, even when the timer is held up', async () => {
      const answer = channel.approver.request(aRequest(channel.clock), never)
      await until(1)
      channel.clock.jump(5 * MINUTE_MS)
      await channel.answer('approved')
      await settled()
      // At last the timer, for those who still wait for another answer.
      channel.clock.advance(6 * MINUTE_MS)
      expect(await answer).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('deadline') })
    })

    test.each`
      leftMs | outcome          | because
      ${1}   | ${'approved'}    | ${'before the deadline is in time'}
      ${0}   | ${'unavailable'} | ${'at the deadline is not before it'}
    `('[P16] an approval $leftMs ms before the deadline is $outcome: $because', async ({ leftMs, outcome }) => {
      const answer = channel.approver.request(aRequest(channel.clock), never)
      await until(1)
      channel.clock.advance(5 * MINUTE_MS - leftMs)
      await channel.answer('approved')
      await settled()
      channel.clock.advance(MINUTE_MS)
      expect(await answer).toMatchObject({ outcome })
    })

    it('[P18] waits thirty days when it is told to', async () => {
      const answer = channel.approver.request(aRequest(channel.clock, { timeoutMs: 30 * DAY_MS }), never)
      await until(1)
      channel.clock.advance(29 * DAY_MS)
      await settled()
      await channel.answer('approved')
      expect(await answer).toMatchObject({ outcome: 'approved' })
    })

    it('[P16] [P17] the first answer stands, and a second one does not answer the next question', async () => {
      const first = channel.approver.request(aRequest(channel.clock), never)
      await until(1)
      await channel.answer('denied')
      await channel.answer('approved')
      expect(await first).toMatchObject({ outcome: 'denied' })

      const second = channel.approver.request(aRequest(channel.clock), never)
      await until(2)
      await settled()
      channel.clock.advance(6 * MINUTE_MS)
      expect(await second).toMatchObject({ outcome: 'unavailable' })
    })

    it('gives each of several calls its own answer', async () => {
      const first = channel.approver.request(aRequest(channel.clock), never)
      const second = channel.approver.request(aRequest(channel.clock), never)
      await until(1)
      await channel.answer('approved')
      expect(await first).toMatchObject({ outcome: 'approved' })
      await until(2)
      await channel.answer('denied')
      expect(await second).toMatchObject({ outcome: 'denied' })
    })

    it('lets go of the timer and of the signal with the answer', async () => {
      const { signal } = new AbortController()
      const answer = channel.approver.request(aRequest(channel.clock), signal)
      await until(1)
      await channel.answer('approved')
      await answer
      expect(channel.clock.timers).toBe(0)
      expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    })
  })
}
