import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApprovalQuery } from '../../src/audit/approval-query.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { APPROVAL_STATES } from '../../src/domain/approval.ts'
import { type ApprovalId, type CallId, type Digest, riskScore } from '../../src/domain/units.ts'
import { DAY_MS, MINUTE_MS } from '../approval/requests.ts'
import { anyParams, anyText, callId } from '../audit/entries.ts'
import { Approving, type Asking } from './approving.ts'
import type { AuditPlace } from './audit-store.ts'

/** How every audit store must give back the approvals that it holds. */
export function approvalListsContract(name: string, makePlace: () => AuditPlace): void {
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

  const idsOf = async (query: Partial<ApprovalQuery> = {}): Promise<readonly string[]> =>
    (await approving.find(query)).map(({ id }) => id)
  const named = (id: string, asking: Asking = {}) => approving.opened({ id: id as ApprovalId, tool: id, ...asking })
  const oneOfEachState = async (asking: Asking = {}): Promise<void> => {
    for (const state of APPROVAL_STATES)
      await approving.inState(state, { id: state as ApprovalId, tool: state, ...asking })
  }

  describe(`${name}: the list of approvals`, () => {
    it('has the highest risk first, then the oldest; or the oldest first', async () => {
      await named('c', { risk: riskScore(7), requestedAt: approving.at(1) })
      await named('a', { risk: riskScore(9.5), requestedAt: approving.at(2) })
      await named('b', { risk: riskScore(7), requestedAt: approving.at(0) })
      await named('e', { risk: riskScore(7), requestedAt: approving.at(1) })
      expect(await idsOf()).toEqual(['a', 'b', 'c', 'e'])
      expect(await idsOf({ order: 'oldest-first' })).toEqual(['b', 'c', 'e', 'a'])
      expect(await idsOf({ limit: 2 })).toEqual(['a', 'b'])
      expect(await idsOf({ limit: 2, states: ['pending'] })).toEqual(['a', 'b'])
    })

    it('finds by state', async () => {
      await oneOfEachState()
      for (const state of APPROVAL_STATES) {
        expect(await idsOf({ states: [state] })).toEqual([state])
        const others = APPROVAL_STATES.filter((one) => one !== state)
        expect((await idsOf({ states: others })).toSorted()).toEqual(others.toSorted())
      }
    })

    it('[P16] has what is past its deadline as expired, whether or not anybody wrote that down', async () => {
      await oneOfEachState({ timeoutMs: 1_000 })
      const expiredAt = async (ms: number) => (await idsOf({ states: ['expired'], now: approving.at(ms) })).toSorted()
      expect(await expiredAt(999)).toEqual(['expired'])
      expect(await expiredAt(1_000)).toEqual(['approved', 'edited', 'expired', 'pending'])
      expect(await idsOf({ states: ['pending', 'approved'], now: approving.at(1_000) })).toEqual([])
      expect(await approving.byId('approved', approving.at(1_000))).toMatchObject({ state: 'expired', by: 'ann' })
      expect(await approving.byId('consumed', approving.at(1_000))).toMatchObject({ state: 'consumed' })
    })

    it('[P23] says of a clock that was set back what a decision by that clock says', async () => {
      const { id } = await approving.opened()
      expect(await approving.byId(id, approving.at(-2_000))).toMatchObject({ state: 'pending' })
      expect(await approving.byId(id, approving.at(-2_001))).toMatchObject({ state: 'expired' })
      expect(await idsOf({ states: ['pending'], now: approving.at(-2_001) })).toEqual([])
    })

    it('finds what is overdue and not written down', async () => {
      await oneOfEachState({ timeoutMs: 1_000 })
      const overdueSince = async (ms: number) =>
        (await idsOf({ overdueSince: approving.at(ms), now: approving.at(1_001) })).toSorted()
      expect(await overdueSince(1_000)).toEqual([])
      expect(await overdueSince(1_001)).toEqual(['approved', 'edited', 'pending'])
    })

    it('finds by id and by the call that asked, and all conditions must hold', async () => {
      await named('a', { callId: callId('one') })
      await named('b', { callId: callId('two') })
      expect(await idsOf({ ids: ['b', 'nobody'] })).toEqual(['b'])
      expect(await idsOf({ callIds: ['one', 'three'] })).toEqual(['a'])
      expect(await idsOf({ ids: ['b'], callIds: ['one'] })).toEqual([])
      expect(await idsOf({ ids: ['a'], states: ['denied'] })).toEqual([])
      expect(await idsOf({ ids: [] })).toEqual([])
      expect(await idsOf({ states: [] })).toEqual([])
    })

    it('finds nothing for what nobody has', async () => {
      await named('a')
      for (const hostile of ['', '\0', '\ud800', "'; DROP TABLE approvals; --", '__proto__', '"]', 'a\0']) {
        expect(await approving.find({ ids: [hostile] })).toEqual([])
        expect(await approving.find({ callIds: [hostile] })).toEqual([])
      }
      expect(await idsOf()).toEqual(['a'])
    })

    it('[P18] has what waits for years', async () => {
      const approval = await approving.opened({ timeoutMs: 3_650 * DAY_MS })
      const lastMoment = 3_650 * DAY_MS - 1
      expect(await approving.byId(approval.id, approving.at(lastMoment))).toMatchObject({ state: 'pending' })
      expect(await approving.change(approval, { at: lastMoment })).toMatchObject({ status: 'changed' })
    })
  })

  it(`${name}: approvals come back as they were whatever their texts, and are told apart`, async () => {
    const anyOptional = () => fc.option(anyText(), { nil: undefined })
    const anyAsking = fc.record({
      ...{ callId: anyText() as fc.Arbitrary<CallId>, tool: anyText(), agentId: anyText() },
      ...{ principalId: anyOptional(), sessionId: anyOptional(), params: anyParams(), context: anyParams() },
      ...{ redactedPaths: fc.array(anyText(), { maxLength: 2 }), approvers: fc.array(anyText(), { maxLength: 2 }) },
    })
    const anyChange = fc.record({
      ...{ by: anyText(), note: anyOptional(), edited: fc.option(anyParams(), { nil: undefined }) },
    })
    let runs = 0
    await fc.assert(
      fc.asyncProperty(anyAsking, anyChange, async (asking, changing) => {
        const digest = (runs++).toString(16).padStart(64, '0') as Digest
        const approval = approving.askStep({ ...asking, digest, callId: callId(`${runs} ${asking.callId}`) })
        const { id, callId: asked } = approval.request
        await store.append([], { approval })
        const waiting = await approving.byId(id)
        expect(waiting).toEqual({ ...approval.request, state: 'pending', asks: 1 })
        expect(await approving.find({ callIds: [asked] })).toEqual([waiting])
        await approving.change({ id }, { to: 'edited', ...changing })
        const edited = { ...waiting, ...changing, state: 'edited', decidedAt: approving.at(1) }
        expect(await approving.byId(id)).toEqual(edited)
        expect(await approving.ask({ ...asking, digest })).toMatchObject({ status: 'approved-before' })
        const another = { ...asking, digest, agentId: `${asking.agentId}\0` }
        expect(await approving.ask(another)).toMatchObject({ status: 'open' })
      }),
      { numRuns: 25 },
    )
  })

  it(`${name}: approvals are there for whoever opens the log next`, async () => {
    if (!place.shared) return
    const approval = await approving.inState('approved', { timeoutMs: 60 * MINUTE_MS })
    const other = place.open()
    const found = await other.approvals({ ids: [approval.id], now: approving.at(MINUTE_MS), limit: 1 })
    expect(found).toMatchObject([{ state: 'approved', by: 'ann' }])
    await Promise.all([store.close(), other.close()])
    store = place.open()
    const again = await new Approving(store, place.clock).ask({ requestedAt: approving.at(MINUTE_MS) })
    expect(again).toMatchObject({ status: 'approved-before', approval: { id: approval.id } })
  })
}
