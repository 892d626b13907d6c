import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import { createRedactor } from '../../src/audit/redact/redactor.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { importFile } from '../../src/cli/import/import-log.ts'
import { FaultyStore } from '../fault/faulty-store.ts'
import { tempDir } from '../support/guards.ts'

const TYPES = ['allow', 'block', 'approval_requested', 'approval_granted', 'anomaly_detected'] as const
/** Few different lines, so that equal ones are common. */
const anyLine = fc
  .record({ type: fc.constantFrom(...TYPES), amount: fc.nat(2), action: fc.constantFrom(undefined, 'a', 'b') })
  .map(({ type, amount, action }) =>
    JSON.stringify({
      timestamp: '2026-01-05T09:00:00Z',
      event_type: type,
      function_name: 'pay',
      parameters: { amount },
      ...(action === undefined ? {} : { action_id: `${type}-${amount}-${action}` }),
    }),
  )

const redactor = createRedactor({ key: () => undefined })
const now = Date.parse('2026-02-01')

/** Imports lines as a file of their own, and gives the ids in the log. */
async function imported(lines: readonly string[], store: AuditStore): Promise<readonly string[]> {
  const file = join(tempDir(), 'log.jsonl')
  writeFileSync(file, lines.join('\n'))
  const { signal } = new AbortController()
  await importFile(file, { store, redactor, agentId: 'default', by: 'dana', now, signal, onRead: () => undefined })
  return (await store.query({ order: 'oldest-first', limit: 10_000 })).map(({ id }) => id)
}

describe('importing a file', () => {
  it('again, whole or grown, leaves what importing it once leaves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLine, { maxLength: 12 }), fc.nat(12), async (lines, cut) => {
        const once = await imported(lines, createMemoryStore())
        const store = createMemoryStore()
        await imported(lines.slice(0, cut), store)
        expect(await imported(lines, store)).toEqual(once)
        expect(await imported(lines, store)).toEqual(once)
        expect(new Set(once).size).toBe(once.length)
      }),
      { numRuns: 50 },
    )
  })

  it.each(['before', 'after'] as const)(
    'that the store failed in, %s any of its operations was done, is finished by importing it again',
    async (fault) => {
      const lines = fc.sample(fc.array(anyLine, { minLength: 8, maxLength: 8 }), { numRuns: 1, seed: 7 })[0] ?? []
      const once = new Set(await imported(lines, createMemoryStore()))
      const clean = new FaultyStore()
      await imported(lines, clean)
      for (let number = 1; number <= clean.operations.length; number++) {
        const store = new FaultyStore((_, at) => at === number, fault)
        await expect(imported(lines, store)).rejects.toThrow()
        store.failing = () => false
        expect(new Set(await imported(lines, store)), `operation ${number}`).toEqual(once)
      }
    },
  )
})
