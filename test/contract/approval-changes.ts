import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { Asked } from '../../src/audit/approval-step.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { APPROVAL_STATES, type ApprovalState } from '../../src/domain/approval.ts'
import type { ApprovalId } from '../../src/domain/units.ts'
import { callId, entry } from '../audit/entries.ts'
import { Approving, outcomeOf } from './approving.ts'
import type { AuditPlace } from './audit-store.ts'

/** To decide and to start; everything else may come late. */
const NEED_TIME: readonly ApprovalState[] = ['approved', 'edited', 'denied', 'consumed']

/** What every audit store must do when approvals change. */
export function approvalChangesContract(name: string, makePlace: () => AuditPlace): void {
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

  describe(`${name}: a change of an approval`, () => {
    test.each(APPROVAL_STATES)(
      '[P17] of one that is %s is done when it is wanted from there, and not else',
      async (state) => {
        for (const from of APPROVAL_STATES) {
          const approval = await approving.inState(state, { tool: `from-${from}` })
          const before = await approving.byId(approval.id)
          const to = from === 'pending' ? 'outcome_unknown' : 'pending'
          const changed = await approving.change(approval, { from: [from], to, by: 'eve' })
          if (from === state)
            expect(changed).toMatchObject({ status: 'changed', approval: { id: approval.id, state: to } })
          else {
            expect(changed).toEqual({ status: 'conflict', because: 'state', approval: before })
            expect(await approving.byId(approval.id)).toEqual(before)
          }
        }
      },
    )

    test.each(APPROVAL_STATES)('[P16] to %s: a millisecond before the deadline, and at it', async (to) => {
      const intime = await approving.opened({ tool: 'in-time', timeoutMs: 1_000 })
      expect(await approving.change(intime, { to, at: 999 })).toMatchObject({
        status: 'changed',
        approval: { state: to },
      })
      const late = await approving.opened({ tool: 'late', timeoutMs: 1_000 })
      const changed = await approving.change(late, { to, at: 1_000 })
      if (!NEED_TIME.includes(to)) expect(changed).toMatchObject({ status: 'changed', approval: { state: to } })
      else expect(changed).toMatchObject({ status: 'conflict', because: 'state', approval: { state: 'expired' } })
    })

    test.each<ApprovalState>(['approved', 'edited'])(
      '[P16] one that is %s in time can not start at the deadline',
      async (state) => {
        const approval = await approving.inState(state, { timeoutMs: 1_000 })
        const start = { from: ['approved', 'edited'], to: 'consumed' } as const
        expect(await approving.change(approval, { ...start, at: 1_000 })).toMatchObject({
          approval: { state: 'expired' },
        })
        expect(await approving.change(approval, { ...start, at: 999 })).toMatchObject({
          approval: { state: 'consumed' },
        })
      },
    )

    const eventAt = (ms: number) => store.append([entry({ time: new Date(approving.at(ms)).toISOString() })])
    test.each<{ before: number[]; after: number[]; status: string; because: string }>([
      { before: [], after: [999], status: 'changed', because: 'there is a millisecond left' },
      { before: [], after: [1_000], status: 'conflict', because: 'the log is past the deadline' },
      {
        before: [],
        after: [1_000, 500],
        status: 'conflict',
        because: 'and stays so when the clock that was set back goes on',
      },
      { before: [5_000], after: [], status: 'changed', because: 'a clock that was wrong before has no say' },
      { before: [5_000], after: [10], status: 'changed', because: 'nor when it is put right' },
    ])(
      '[P23] 500 ms after the request, events at $before ms before it and at $after ms after it: $status, $because',
      async (row) => {
        for (const ms of row.before) await eventAt(ms)
        const approval = await approving.opened({ timeoutMs: 1_000 })
        for (const ms of row.after) await eventAt(ms)
        expect(await approving.change(approval, { at: 500 })).toMatchObject({ status: row.status })
      },
    )

    test.each`
      backMs   | status        | because
      ${2_000} | ${'changed'}  | ${'a clock may be adjusted a little'}
      ${2_001} | ${'conflict'} | ${'before it was asked nothing can be decided: how much time has passed is not known'}
    `('[P23] by a clock $backMs ms before the request: $status, $because', async ({ backMs, status }) => {
      const asked = await store.append([], { approval: approving.askStep() })
      const { approval } = outcomeOf<Extract<Asked, { status: 'open' }>>(asked)
      expect(await approving.change(approval, { at: -backMs })).toMatchObject({ status })
    })

    it('stores its events with it, and none when it is not done', async () => {
      const approval = await approving.opened()
      const decided = (to: ApprovalState) =>
        store.append([entry({ event: 'approval_granted' })], { approval: approving.changeStep(approval, { to }) })
      expect(await decided('approved')).toMatchObject({ status: 'stored', lastSeq: 2, approval: { status: 'changed' } })
      expect(await decided('denied')).toMatchObject({ status: 'approval-stands', approval: { status: 'conflict' } })
      expect(await eventCount()).toBe(2)
    })

    it('keeps what is left out, and when it was decided first', async () => {
      const approval = await approving.opened()
      await approving.change(approval, { to: 'edited', by: 'ann', note: 'less', edited: { amount: 1 }, at: 5 })
      await approving.change(approval, { from: ['edited'], to: 'consumed', startedCall: callId('b'), at: 9 })
      expect(await approving.byId(approval.id)).toEqual({
        ...{ ...approval, state: 'consumed', by: 'ann', note: 'less', edited: { amount: 1 } },
        ...{ startedCall: 'b', decidedAt: approving.at(5) },
      })
    })

    it('of none that is known is a conflict', async () => {
      for (const id of ['', 'approval-0', '\0', '\ud800', "' OR 1=1 --", '__proto__', 'constructor'])
        expect(await approving.change({ id: id as ApprovalId })).toEqual({
          ...{ status: 'conflict', because: 'state', approval: undefined },
        })
    })

    it('[P17] of many at once one is done', async () => {
      const stores = place.shared ? [store, place.open(), place.open()] : [store]
      const approval = await approving.opened()
      const all = await Promise.all(
        Array.from({ length: 24 }, (_, index) =>
          stores[index % stores.length]?.append([entry({ note: `${index}` })], {
            approval: approving.changeStep(approval, {
              to: index % 2 === 0 ? 'denied' : 'approved',
              by: `by-${index}`,
            }),
          }),
        ),
      )
      expect(all.filter((appended) => appended?.status === 'stored')).toHaveLength(1)
      const stands = await approving.byId(approval.id)
      for (const appended of all) expect(appended).toMatchObject({ approval: { approval: stands } })
      expect(await eventCount()).toBe(2)
      for (const other of stores.slice(1)) await other.close()
    })

    it('[P19] takes each message once, whatever it is about', async () => {
      const [one, other] = [await approving.opened({ tool: 'one' }), await approving.opened({ tool: 'other' })]
      expect(await approving.change(one, { messageId: 'm' })).toMatchObject({ status: 'changed' })
      expect(await approving.change(other, { messageId: 'm' })).toMatchObject({
        status: 'conflict',
        because: 'message-known',
      })
      expect(await approving.byId(other.id)).toMatchObject({ state: 'pending' })
      expect(await approving.change(other, { messageId: 'M' })).toMatchObject({ status: 'changed' })
    })

    it('[P19] that is not done has not taken its message', async () => {
      const [one, other] = [
        await approving.inState('denied', { tool: 'one' }),
        await approving.opened({ tool: 'other' }),
      ]
      expect(await approving.change(one, { messageId: 'm' })).toMatchObject({ status: 'conflict', because: 'state' })
      expect(await approving.change(other, { messageId: 'm' })).toMatchObject({ status: 'changed' })
    })

    it('[P19] tells any two message ids apart', async () => {
      const ids = ['m', 'm\0', 'm\0n', 'm\ud800', 'm\udc00', String.raw`m\u0000`, 'm\ufffd', ' m', 'é', 'e\u0301']
      for (const [index, messageId] of ids.entries())
        expect(await approving.change(await approving.opened({ tool: `${index}` }), { messageId })).toMatchObject({
          status: 'changed',
        })
    })
  })
}
