import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tempDir } from '../support/guards.ts'
import { startedCalls } from './guarded-run.ts'
import { inspect } from './inspect.ts'

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
    const auditLogPath = join(tempDir(), 'audit.db')
    const started = await startedCalls(
      { auditLogPath, durability: 'full', name: 'killed', callers },
      (child, count) => void (count === starts && child.kill('SIGKILL')),
    )
    expect(started.length).toBeGreaterThanOrEqual(starts)
    expect(new Set(started).size).toBe(started.length)
    const { unrecorded, uncounted, gaps, verification } = await inspect(auditLogPath, started)
    expect({ unrecorded, uncounted, gaps }).toEqual({ unrecorded: [], uncounted: [], gaps: 0 })
    expect(verification.status).not.toBe('broken')
  },
)

it('[F12] [P12] the calls that were cut short are told at the next start', async () => {
  const auditLogPath = join(tempDir(), 'audit.db')
  const run = { auditLogPath, durability: 'full', callers: 4 } as const
  const killed = { ...run, name: 'killed', endless: true }
  await startedCalls(killed, (child, count) => void (count === 4 && child.kill('SIGKILL')))
  expect(await inspect(auditLogPath, [])).toMatchObject({ orphans: 4 })
  await startedCalls({ ...run, name: 'next', calls: 1 })
  expect(await inspect(auditLogPath, [])).toMatchObject({ orphans: 0 })
})

// Elsewhere the system does not tell when a process started.
it.runIf(process.platform === 'linux')(
  '[P12] what another process is at is not told while it runs, and is told at the first start after it was killed',
  async () => {
    const auditLogPath = join(tempDir(), 'audit.db')
    const run = { auditLogPath, durability: 'full', callers: 4 } as const
    const beside = { ...run, callers: 1, name: 'beside', calls: 1 }
    let whileItRuns: number | undefined
    await startedCalls({ ...run, name: 'long', endless: true }, (child, count) => {
      if (count !== 4) return
      void startedCalls(beside)
        .then(() => inspect(auditLogPath, []))
        .then(({ orphans }) => {
          whileItRuns = orphans
        })
        .finally(() => child.kill('SIGKILL'))
    })
    expect(whileItRuns).toBe(4)
    await startedCalls({ ...run, name: 'next', calls: 1 })
    expect(await inspect(auditLogPath, [])).toMatchObject({ orphans: 0 })
  },
)
