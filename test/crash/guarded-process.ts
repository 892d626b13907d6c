// A process that makes guarded calls until it is killed, or for so long. Each tool says on standard output that it started.
import { writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { isSentinelError, Sentinel } from '../../src/index.ts'
import type { GuardedRun } from './guarded-run.ts'

/** More than any run makes: its calls are counted all the same. */
const NO_LIMIT = 10_000

const {
  auditLogPath,
  durability,
  name,
  callers,
  calls,
  seconds,
  endless,
  limit = NO_LIMIT,
}: GuardedRun = JSON.parse(process.argv[2] ?? '')
const sentinel = new Sentinel({
  auditLogPath,
  auditDurability: durability,
  logger: false,
  approval: () => true,
  rules: {
    version: '1.0',
    rules: [
      { id: 'ask', function_pattern: 'ask', conditions: [], action: 'require_approval' },
      {
        ...{ id: 'limit', function_pattern: 'limited', action: 'block' },
        conditions: [{ operator: 'calls_in_window', value: { window: '1d', max: limit, by: 'tool' } }],
      },
    ],
  },
})
const run = async ({ call }: { call: string }): Promise<void> => {
  writeSync(1, `${call}\n`)
  // A day: a promise alone would not keep the process.
  if (endless) await setTimeout(86_400_000)
}
const tools = ['plain', 'ask', 'limited'].map((tool) => sentinel.wrap(tool, run))
const passBlocked = (error: unknown): void => {
  if (!isSentinelError(error) || error.code !== 'BLOCKED') throw error
}
const endMs = performance.now() + (seconds ?? Number.POSITIVE_INFINITY) * 1_000

await Promise.all(
  Array.from({ length: callers }, async (_, caller) => {
    for (let number = 0; number < (calls ?? Number.POSITIVE_INFINITY) && performance.now() < endMs; number++)
      await tools[number % tools.length]?.({ call: `${name}-${caller}-${number}` }).catch(passBlocked)
  }),
)
await sentinel.close()
