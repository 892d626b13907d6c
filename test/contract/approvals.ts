import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { Asked } from '../../src/audit/approval-step.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { APPROVAL_STATES, type ApprovalState } from '../../src/domain/approval.ts'
import type { Digest } from '../../src/domain/units.ts'
import { DAY_MS } from '../approval/requests.ts'
import { callId, entry } from '../audit/entries.ts'
import { Approving, type Asking } from './approving.ts'
import type { AuditPlace } from './audit-store.ts'

/** Of other calls than the usual one. */
const OTHER_DIGEST = 'cd'.repeat(32) as Digest
const THIRD_DIGEST = 'ef'.repeat(32) as Digest

const statesWithBecause = (because: Readonly<Record<ApprovalState, readonly [Asked['status'], string]>>) =>
  APPROVAL_STATES.map((state) => ({ state, status: because[state][0], because: because[state][1] }))

/** What every audit store must do when it is asked for approvals. */
export function approvalsContract(name: string, makePlace: () => AuditPlace): void {
  let place: AuditPlace
  let store: AuditStore
  let approving: Approving
  beforeEach(() => {
    place = makePlace()
    store = place.open()
    approving = new Approving(store, place.clock)
  })
  afterEach(async () => {
    await store.close()
    place.remove()
  })
  const eventCount = async (): Promise<number> => (await store.query({ limit: 10_000 })).length

  describe(`${name}: a request for approval`, () => {
    it('[P16] is stored with the events that come with it, before anybody is asked', async () => {
      const approval = approving.askStep({
        principalId: 'bob',
        context: { limit: 100 },
        approvers: ['ann'],
        barred: ['bob'],
      })
      const appended = await store.append([entry({ event: 'approval_requested' })], { approval })
      expect(appended).toMatchObject({ status: 'stored', approval: { status: 'open' } })
      const asked = { ...approval.request, state: 'pending', asks: 1 }
      expect(await approving.find()).toEqual([
        {
          ...asked,
          ...{
            by: undefined,
            note: undefined,
            edited: undefined,
            startedCall: undefined,
            startedIn: undefined,
            decidedAt: undefined,
          },
        },
      ])
      expect(await eventCount()).toBe(1)
    })

    it('joins the one that waits for the same call: one question, asked twice', async () => {
      const first = await approving.opened()
      const second = await approving.ask()
      expect(second).toMatchObject({ status: 'joined', approval: { id: first.id, asks: 2 } })
      expect(await approving.find()).toHaveLength(1)
      expect(await approving.byId(first.id)).toMatchObject({ asks: 2, callId: first.callId })
    })

    it('of the very call that waits joins it, and is no second one', async () => {
      const first = await approving.opened({ callId: callId('a') })
      expect(await approving.ask({ callId: callId('a') })).toMatchObject({
        status: 'joined',
        approval: { id: first.id, asks: 1 },
      })
    })

    test.each([
      { other: { digest: OTHER_DIGEST }, because: 'other arguments' },
      { other: { tool: 'pay' }, because: 'another tool' },
      { other: { agentId: 'agent-8' }, because: 'another agent' },
      { other: { principalId: 'bob' }, because: 'somebody instead of nobody' },
      { other: { sessionId: 'session-4' }, because: 'another session' },
      { other: { sessionId: undefined }, because: 'no session is none of the others' },
      { other: { sessionId: '' }, because: 'an empty name is a name' },
    ])('[P16] of another call joins nothing and takes no approval: $because', async ({ other }) => {
      await approving.opened()
      expect(await approving.ask(other)).toMatchObject({ status: 'open' })
      await approving.inState('approved', { digest: THIRD_DIGEST })
      expect(await approving.ask({ digest: THIRD_DIGEST, ...other })).not.toMatchObject({
        status: 'approved-before',
      })
    })

    test.each(
      statesWithBecause({
        pending: ['joined', 'it waits'],
        approved: ['approved-before', 'it may run'],
        edited: ['approved-before', 'it may run with other arguments'],
        denied: ['open', 'a human may be asked again, a few times'],
        expired: ['open', 'nobody answered'],
        cancelled: ['open', 'it was given up'],
        consumed: ['open', 'it is spent'],
        outcome_unknown: ['open', 'it is spent, however it ended'],
      }),
    )('[P16] after one that is $state: $status, $because', async ({ state, status }) => {
      const { id } = await approving.inState(state)
      const asked = await approving.ask()
      expect(asked.status).toBe(status)
      if (status !== 'open') expect(asked).toMatchObject({ approval: { id, state } })
    })

    test.each<{ state: ApprovalState; afterMs: number; status: Asked['status']; because: string }>([
      { state: 'pending', afterMs: 999, status: 'joined', because: 'there is a millisecond left' },
      { state: 'pending', afterMs: 1_000, status: 'open', because: 'at the deadline it is over' },
      { state: 'approved', afterMs: 999, status: 'approved-before', because: 'there is a millisecond left to run' },
      { state: 'approved', afterMs: 1_000, status: 'open', because: 'the deadline is that of the run too' },
      { state: 'edited', afterMs: 1_000, status: 'open', because: 'with other arguments as well' },
    ])('[P16] $afterMs ms after one with a deadline of 1,000 ms that is $state: $status, $because', async (row) => {
      await approving.inState(row.state, { timeoutMs: 1_000 })
      expect(await approving.ask({ requestedAt: approving.at(row.afterMs) })).toMatchObject({ status: row.status })
    })

    test.each<{
      denied: number
      denialLimit: number
      afterMs: number
      asking: Asking
      status: string
      because: string
    }>([
      { denied: 2, denialLimit: 3, afterMs: 10, asking: {}, status: 'open', because: 'one more may be asked' },
      { denied: 3, denialLimit: 3, afterMs: 10, asking: {}, status: 'denied-before', because: 'nobody is asked again' },
      { denied: 1, denialLimit: 1, afterMs: 10, asking: {}, status: 'denied-before', because: 'the limit is as set' },
      {
        ...{ denied: 3, denialLimit: 3, afterMs: DAY_MS + 1, asking: {} },
        ...{ status: 'denied-before', because: 'a denial counts for 24 hours, the last millisecond too' },
      },
      {
        ...{ denied: 3, denialLimit: 3, afterMs: DAY_MS + 2, asking: {} },
        ...{ status: 'open', because: 'and then no more' },
      },
      {
        ...{ denied: 3, denialLimit: 3, afterMs: 10, asking: { sessionId: 'session-4' } },
        ...{ status: 'open', because: 'it was denied in another session' },
      },
      {
        ...{ denied: 3, denialLimit: 3, afterMs: 10, asking: { digest: OTHER_DIGEST } },
        ...{ status: 'open', because: 'other arguments were denied' },
      },
    ])('after $denied denials, $afterMs ms later, limit $denialLimit: $status, $because', async (row) => {
      const { denied, denialLimit, afterMs, asking, status } = row
      for (let time = 0; time < denied; time++) await approving.inState('denied', { denialLimit: 100 })
      const asked = await approving.ask({ denialLimit, requestedAt: approving.at(afterMs), ...asking })
      expect(asked).toMatchObject({ status, ...(status === 'denied-before' ? { times: denied } : {}) })
    })

    test.each<{ openMax: number; status: Asked['status']; because: string }>([
      { openMax: 4, status: 'open', because: 'three are open: pending, approved and edited' },
      { openMax: 3, status: 'full', because: 'no more than that' },
      { openMax: Number.NaN, status: 'full', because: 'a bound that is none lets nothing in' },
    ])('$status with a bound of $openMax: $because', async ({ openMax, status }) => {
      for (const [index, state] of APPROVAL_STATES.entries()) await approving.inState(state, { tool: `tool-${index}` })
      await approving.opened({ tool: 'late', timeoutMs: 10 })
      const asked = await approving.ask({ openMax, requestedAt: approving.at(20) })
      expect(asked).toMatchObject(status === 'full' ? { status, open: 3 } : { status })
    })

    it('that joins another needs no room', async () => {
      await approving.opened()
      expect(await approving.ask({ openMax: 1 })).toMatchObject({ status: 'joined' })
    })

    it('that joins stores its events, or nothing, as is wanted', async () => {
      await approving.opened()
      expect(await approving.append()).toMatchObject({ status: 'stored', lastSeq: 2, approval: { status: 'joined' } })
      const suspended = await approving.append({ whenJoined: 'store-nothing' })
      expect(suspended).toMatchObject({ status: 'approval-stands', approval: { status: 'joined' } })
      expect(await eventCount()).toBe(2)
      expect(await approving.append({ tool: 'pay', whenJoined: 'store-nothing' })).toMatchObject({ status: 'stored' })
    })

    it('that is answered by what is stored stores its events all the same', async () => {
      await approving.inState('approved')
      await approving.opened({ tool: 'pay' })
      const before = await eventCount()
      expect(await approving.append()).toMatchObject({ status: 'stored', approval: { status: 'approved-before' } })
      expect(await approving.append({ tool: 'mail', openMax: 0 })).toMatchObject({ status: 'stored' })
      expect(await eventCount()).toBe(before + 2)
    })

    it('goes with the claim of a call id: a call that is known asks nobody', async () => {
      const claimed = (id: string) =>
        store.append([entry({ event: 'approval_requested', callId: callId(id) })], {
          claim: callId(id),
          approval: approving.askStep({ callId: callId(id), digest: OTHER_DIGEST }),
        })
      expect(await claimed('a')).toMatchObject({ status: 'stored', approval: { status: 'open' } })
      expect(await claimed('a')).toMatchObject({ status: 'call-known', decided: { callId: 'a' } })
      expect(await approving.find()).toMatchObject([{ asks: 1 }])
      expect(await claimed('b')).toMatchObject({ status: 'stored', approval: { status: 'joined' } })
    })

    it('[P17] many at once are one question', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => approving.ask()))
      expect(all.map(({ status }) => status).toSorted()).toEqual([...Array(19).fill('joined'), 'open'])
      expect(await approving.find()).toMatchObject([{ asks: 20 }])
    })
  })
}
