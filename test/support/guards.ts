import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import type { Surroundings } from '../../src/parts.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { FakeClock } from './fake-clock.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** An empty directory that is gone after the test. */
export function tempDir(): string {
  const path = mkdtempSync(join(tmpdir(), 'sentinel-'))
  undo.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export interface TestGuard {
  readonly sentinel: Sentinel
  readonly clock: FakeClock
  /** All events so far, oldest first. */
  events(): Promise<readonly AuditEvent[]>
  /** Their names. */
  names(): Promise<readonly string[]>
}

/** A guard with a store in memory, a clock that stands still, nobody to ask, and no logger; closed after the test. */
export function testGuard(config: SentinelConfig = {}, surroundings: Partial<Surroundings> = {}): TestGuard {
  const clock = new FakeClock()
  const store = config.store ?? (config.auditLogPath === undefined ? createMemoryStore() : undefined)
  const sentinel = new Sentinel(
    { logger: false, ...(store === undefined ? {} : { store }), ...config } as SentinelConfig,
    { clock, environment: {}, ...surroundings },
  )
  undo.push(() => sentinel.close())
  const events = async (): Promise<readonly AuditEvent[]> => {
    await clock.advance(100)
    return sentinel.audit.query({ order: 'oldest-first', limit: 10_000 })
  }
  return { sentinel, clock, events, names: async () => (await events()).map(({ event }) => event) }
}

/** A tool that remembers how it was called. */
export function recorder<Result>(result: Result): { run: (params: object) => Promise<Result>; calls: object[] } {
  const calls: object[] = []
  return {
    calls,
    async run(params) {
      calls.push(params)
      return result
    },
  }
}
