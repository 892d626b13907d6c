// A process that makes guarded calls until it is killed. Each tool says on standard output that it started.
import { writeSync } from 'node:fs'
import { Sentinel } from '../../src/index.ts'

const [auditLogPath = '', callers = '1'] = process.argv.slice(2)
const sentinel = new Sentinel({
  auditLogPath,
  logger: false,
  approval: () => true,
  rules: {
    version: '1.0',
    rules: [{ id: 'ask', function_pattern: 'ask', conditions: [], action: 'require_approval' }],
  },
})
const run = async ({ call }: { call: string }): Promise<void> => {
  writeSync(1, `${call}\n`)
}
const tools = [sentinel.wrap('plain', run), sentinel.wrap('ask', run)]

await Promise.all(
  Array.from({ length: Number(callers) }, async (_, caller) => {
    for (let number = 0; ; number++) await tools[number % 2]?.({ call: `${caller}-${number}` })
  }),
)
