import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SentinelConfig } from '../../src/config/config.ts'

/** What `suspended-process.ts` is told. */
export interface SuspendedRun {
  readonly path: string
  /** Gets a line each time the tool runs. */
  readonly ranPath: string
  readonly how: 'resume' | 'repeat'
  /** After so many writes to the store it kills itself; `undefined`: never. */
  readonly writes?: number | undefined
}

export const CONFIG: SentinelConfig = {
  approvalMode: 'suspend',
  logger: false,
  auditKey: 'k'.repeat(32),
  rules: {
    version: '1.0',
    rules: [
      { id: 'ask', function_pattern: 'pay', conditions: [], action: 'require_approval' },
      {
        ...{ id: 'limit', function_pattern: 'pay', action: 'block' },
        conditions: [{ operator: 'calls_in_window', value: { window: '1d', max: 100, by: 'tool' } }],
      },
    ],
  },
}

/** Runs it to its end, or to where it kills itself; resolves to how many writes it said it made, undefined when it was killed. */
export async function suspendedRun(run: SuspendedRun): Promise<number | undefined> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'suspended-process.ts'), JSON.stringify(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  const [code, signal] = await once(child, 'close')
  if (signal === 'SIGKILL') return undefined
  if (code !== 0) throw new Error(`it ended with ${code}`)
  return Number(said)
}
