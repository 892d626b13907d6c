// A process that makes guarded calls until it is killed, or for so long. Each tool says on standard output that it started.
import { writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Sentinel } from '../../src/index.ts'
import type { GuardedRun } from './guarded-run.ts'

const { auditLogPath, durability, name, callers, calls, seconds, endless }: GuardedRun = JSON.parse(
  process.argv[2] ?? '',
)
const sentinel = new Sentinel({
  auditLogPath,
  auditDurability: durability,
  logger: false,
  approval: () => true,
  rules: {
    version: '1.0',
    rules: [{ id: 'ask', function_pattern: 'ask', conditions: [], action: 'require_approval' }],
  },
})
const run = async ({ call }: { call: string }): Promise<void> => {
  writeSync(1, `${call}\n`)
  // A day: a promise alone would not keep the process.
  if (endless) await setTimeout(86_400_000)
}
const tools = [sentinel.wrap('plain', run), sentinel.wrap('ask', run)]
const endMs = performance.now() + (seconds ?? Number.POSITIVE_INFINITY) * 1_000

await Promise.all(
  Array.from({ length: callers }, async (_, caller) => {
    for (let number = 0; number < (calls ?? Number.POSITIVE_INFINITY) && performance.now() < endMs; number++)
      await tools[number % 2]?.({ call: `${name}-${caller}-${number}` })
  }),
)
await sentinel.close()
