import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { tempDir } from '../support/guards.ts'

const LIMITED = join(import.meta.dirname, 'limited-process.ts')

interface Running {
  readonly path: string
  readonly calls: number
  readonly max: number
  /** Kills the process when so many tools have started. */
  readonly killAfter?: number
}

/** Runs one process to its end, or kills it without warning. Resolves to the tools that started. */
async function started({ path, calls, max, killAfter }: Running): Promise<readonly string[]> {
  const child = spawn(process.execPath, [LIMITED, path, String(calls), String(max)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const tools: string[] = []
  let complaints = ''
  child.stderr.on('data', (data) => {
    complaints += data
  })
  createInterface(child.stdout).on('line', (tool) => {
    tools.push(tool)
    if (tools.length === killAfter) child.kill('SIGKILL')
  })
  await once(child, 'close')
  expect(complaints).toBe('')
  return tools
}

const count = (tools: readonly string[], name: string): number => tools.filter((tool) => tool === name).length

it('[P21] four processes on one database let through exactly as many calls, and as much, as the limits say', async () => {
  const path = join(tempDir(), 'audit.db')
  const running = { path, calls: 24, max: 35 }
  const tools = (await Promise.all(Array.from({ length: 4 }, () => started(running)))).flat()
  expect(count(tools, 'count')).toBe(35)
  // 0.1 for each of 240 tries is 24: all of it is within 35.
  expect(count(tools, 'spend')).toBe(240)
})

it('[P21] and no more when amounts add up to the limit without a remainder', async () => {
  const path = join(tempDir(), 'audit.db')
  const tools = (await Promise.all(Array.from({ length: 4 }, () => started({ path, calls: 24, max: 3 })))).flat()
  expect([count(tools, 'count'), count(tools, 'spend')]).toEqual([3, 30])
})

it.each([1, 9, 30])(
  '[P21] nor when one of them is killed as its tool %i starts, and starts again',
  async (killAfter) => {
    const path = join(tempDir(), 'audit.db')
    const running = { path, calls: 24, max: 25 }
    const tools = [
      ...(await Promise.all([started({ ...running, killAfter }), started(running)])).flat(),
      ...(await started(running)),
    ]
    expect(count(tools, 'count')).toBeLessThanOrEqual(25)
    expect(count(tools, 'spend')).toBeLessThanOrEqual(250)
    // What was under way when it was killed may hold a place for a while.
    expect(count(tools, 'count')).toBeGreaterThanOrEqual(20)
  },
)
