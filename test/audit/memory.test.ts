import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import { anomaliesContract } from '../contract/anomalies.ts'
import { approvalChangesContract } from '../contract/approval-changes.ts'
import { approvalListsContract } from '../contract/approval-lists.ts'
import { approvalsContract } from '../contract/approvals.ts'
import { type AuditPlace, auditStoreContract } from '../contract/audit-store.ts'
import { windowsContract } from '../contract/windows.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { callId, entries, entry } from './entries.ts'

function memoryPlace(): AuditPlace {
  const clock = new FakeClock()
  return { clock, open: () => createMemoryStore({ clock }), shared: false, remove: () => undefined }
}

auditStoreContract('memory', memoryPlace)
windowsContract('memory', memoryPlace)
anomaliesContract('memory', memoryPlace)
approvalsContract('memory', memoryPlace)
approvalChangesContract('memory', memoryPlace)
approvalListsContract('memory', memoryPlace)

describe('a store of limited capacity', () => {
  it('[P24] drops the oldest events, and numbers on', async () => {
    const store = createMemoryStore({ capacity: 5 })
    await store.append(entries(3))
    await store.append(entries(4))
    const events = await store.query({ order: 'oldest-first' })
    expect(events.map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7])
    expect((await store.query({ limit: 2 })).map(({ seq }) => seq)).toEqual([7, 6])
    expect(await store.query({ before: 3 })).toEqual([])
  })

  it('takes more entries at once than it holds', async () => {
    const store = createMemoryStore({ capacity: 2 })
    expect(await store.append(entries(5))).toEqual({ status: 'stored', lastSeq: 5 })
    expect((await store.query()).map(({ seq }) => seq)).toEqual([5, 4])
  })

  it('knows a call for as long as it holds its decision', async () => {
    const store = createMemoryStore({ capacity: 3 })
    const claim = () => store.append([entry({ callId: callId('call-1') })], { claim: callId('call-1') })
    await claim()
    await store.append(entries(2))
    expect(await claim()).toMatchObject({ status: 'call-known', decided: { seq: 1 } })
    await store.append(entries(1))
    expect(await claim()).toEqual({ status: 'stored', lastSeq: 5 })
    expect(await claim()).toMatchObject({ status: 'call-known', decided: { seq: 5 } })
  })

  it.each([0, -1, 1.5, Number.NaN])('a capacity of %s is refused', (capacity) => {
    expect(() => createMemoryStore({ capacity })).toThrow(RangeError)
  })
})
