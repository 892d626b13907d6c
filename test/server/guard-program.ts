import { Sentinel } from '../../src/sentinel.ts'

/** An agent in a process of its own: makes calls that wait for approval in the log it is given, and says how each ended. */
const [auditLogPath = '', count = '1'] = process.argv.slice(2)
const sentinel = new Sentinel({
  auditLogPath,
  auditDurability: 'normal',
  agentId: 'agent-7',
  rules: { version: '1.0', default_action: 'require_approval', rules: [] },
  approval: 'queue',
  logger: false,
})
const pay = sentinel.wrap('pay', async ({ amount }: { amount: number }): Promise<number | string> => amount, {
  onRefused: (error) => error.code,
})
for (let amount = 0; amount < Number(count); amount++)
  void pay({ amount }).then((ended) => process.stdout.write(`${JSON.stringify({ amount, ended })}\n`))
