// A process that makes guarded calls under limits over time. Each tool that starts says so on standard output.
import { writeSync } from 'node:fs'
import { isSentinelError, Sentinel } from '../../src/index.ts'

const [auditLogPath = '', calls = '0', max = '0'] = process.argv.slice(2)
const CALLERS = 5
const byTool = { window: '1h', max: Number(max), by: 'tool' }
const sentinel = new Sentinel({
  ...{ auditLogPath, auditDurability: 'normal', logger: false, anomalyDetection: false },
  agentId: `agent-${process.pid}`,
  rules: {
    version: '1.0',
    rules: [
      {
        ...{ id: 'calls', function_pattern: 'count', action: 'block' },
        conditions: [{ operator: 'calls_in_window', value: byTool }],
      },
      {
        ...{ id: 'sum', function_pattern: 'spend', action: 'block' },
        conditions: [{ param: 'amount', operator: 'sum_in_window', value: byTool }],
      },
    ],
  },
})
const starts = (name: string) =>
  sentinel.wrap(name, async (_: { amount: string }) => {
    writeSync(1, `${name}\n`)
  })
const tools = [starts('count'), starts('spend')]

await Promise.all(
  Array.from({ length: CALLERS }, async () => {
    for (let call = 0; call < Number(calls); call++) {
      await tools[call % 2]?.({ amount: '0.1' }).catch((error: unknown) => {
        if (!isSentinelError(error) || error.code !== 'BLOCKED') throw error
      })
    }
  }),
)
await sentinel.close()
