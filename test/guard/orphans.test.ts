import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { type AuditEntry, BLANK_ENTRY } from '../../src/domain/audit-event.ts'
import type { AuditId, CallId } from '../../src/domain/units.ts'
import type { Logger } from '../../src/observers.ts'
import { orphanedCalls } from '../../src/orphans.ts'
import { testGuard } from '../support/guards.ts'

let made = 0
const event = (text: string): AuditEntry => {
  const [name = '', callId = '', mode = ''] = text.split(' ')
  const id = `event-${++made}` as AuditId
  const about = { callId: callId as CallId, tool: 'pay', enforced: mode !== 'shadow' }
  return { ...BLANK_ENTRY, id, time: '2026-01-05T09:00:00.000Z', event: name as AuditEntry['event'], ...about }
}
async function logOf(...texts: readonly string[]): Promise<AuditStore> {
  const store = createMemoryStore()
  for (const text of texts) await store.append([event(text)])
  return store
}

describe('[P12] a call that may have run and has no end', () => {
  test.each`
    log                                                           | orphans       | because
    ${['allow 1']}                                                | ${['1']}      | ${'it may run from its decision on'}
    ${['warn 1']}                                                 | ${['1']}      | ${'a warning stops nothing'}
    ${['block 1']}                                                | ${[]}         | ${'what is blocked does not run'}
    ${['block 1 shadow']}                                         | ${['1']}      | ${'unless nothing is enforced'}
    ${['allow 1', 'executed 1']}                                  | ${[]}         | ${'it ended'}
    ${['allow 1', 'failed 1']}                                    | ${[]}         | ${'it ended, badly'}
    ${['allow 1', 'outcome_unknown 1']}                           | ${[]}         | ${'it is told once'}
    ${['approval_requested 1']}                                   | ${[]}         | ${'nobody said that it may run'}
    ${['approval_requested 1', 'approval_granted 1']}             | ${['1']}      | ${'then somebody did'}
    ${['approval_requested 1', 'approval_timeout 1']}             | ${[]}         | ${'nobody did in time'}
    ${['approval_requested 1 shadow']}                            | ${['1']}      | ${'nobody was asked'}
    ${['allow 1', 'approval_denied 1']}                           | ${[]}         | ${'it was taken back before it ran'}
    ${['allow 1', 'allow 2', 'executed 1', 'warn 3', 'failed 3']} | ${['2']}      | ${'calls that run beside each other'}
    ${['allow 1', 'anomaly_detected 1', 'fault 1', 'allow 2']}    | ${['2', '1']} | ${'newest first, other events do not matter'}
  `('$log -> $orphans: $because', async ({ log, orphans }) => {
    expect((await orphanedCalls(await logOf(...log))).map(({ callId }) => callId)).toEqual(orphans)
  })

  it('[P24] is looked for among the latest events only', async () => {
    const store = await logOf('allow old')
    for (let page = 0; page < 6; page++)
      await store.append([event('allow x'), ...Array.from({ length: 999 }, () => event('executed x'))])
    expect(await orphanedCalls(store)).toEqual([])
  })

  it('is reported at the next start, once, and never as a success', async () => {
    const store = await logOf('allow 1', 'allow 2', 'executed 2', 'approval_granted 3')
    const warned: string[] = []
    const logger: Logger = { debug() {}, info() {}, error() {}, warn: (_, message) => void warned.push(message) }
    const { sentinel, events } = testGuard({ store, logger, approval: () => true })
    await sentinel.ready()
    const told = (await events()).filter((one) => one.event === 'outcome_unknown')
    expect(told.map(({ callId }) => callId)).toEqual(['3', '1'])
    expect(told[0]).toMatchObject({
      tool: 'pay',
      lesson: undefined,
      note: expect.stringContaining('before the outcome was recorded'),
    })
    expect(warned).toEqual([expect.stringContaining('2 calls have no recorded outcome')])
    const next = testGuard({ store })
    await next.sentinel.ready()
    expect((await next.events()).filter((one) => one.event === 'outcome_unknown')).toHaveLength(2)
  })
})
