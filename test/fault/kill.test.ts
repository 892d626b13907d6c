import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import { systemClock } from '../../src/support/clock.ts'
import { tempDir } from '../support/guards.ts'

/** Runs guarded calls in a process of their own, kills it when the n-th tool starts, and gives the calls whose tool started. */
async function killedAfter(starts: number, auditLogPath: string, callers: number): Promise<readonly string[]> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'guarded-process.ts'), auditLogPath, String(callers)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const started: string[] = []
  const closed = once(child, 'close')
  for await (const call of createInterface({ input: child.stdout })) {
    started.push(call)
    if (started.length === starts) child.kill('SIGKILL')
  }
  await closed
  return started
}

async function eventsIn(path: string): Promise<readonly AuditEvent[]> {
  const store = createSqliteStore({ path, durability: 'full', clock: systemClock })
  const events = await store.query({ limit: 10_000, order: 'oldest-first' })
  await store.close()
  return events
}

it.each([
  [1, 1],
  [2, 1],
  [3, 1],
  [20, 1],
  [1, 8],
  [9, 8],
  [50, 8],
])(
  '[P9] killed when tool %i starts, with %i callers: every tool that started has its decision and its approval in the log',
  async (starts, callers) => {
    const path = join(tempDir(), 'audit.db')
    const started = await killedAfter(starts, path, callers)
    const events = await eventsIn(path)
    const callsOf = (...names: readonly string[]) =>
      new Set(events.filter(({ event }) => names.includes(event)).map(({ params }) => params?.call))
    const decided = callsOf('allow', 'warn', 'approval_requested')
    const approved = callsOf('approval_granted')
    expect(started.length).toBeGreaterThanOrEqual(starts)
    expect(new Set(started).size).toBe(started.length)
    for (const call of started) {
      expect(decided).toContain(call)
      if (Number(call.split('-')[1]) % 2 === 1) expect(approved).toContain(call)
    }
  },
)
