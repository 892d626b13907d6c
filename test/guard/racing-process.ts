// A process that makes calls which were approved before, all at once, when it is told to begin. Says which of them ran.
import { once } from 'node:events'
import { createSqliteStore, Sentinel } from '../../src/index.ts'

const { path, amounts, rules }: { path: string; amounts: number; rules: object } = JSON.parse(process.argv[2] ?? '')
const ran: number[] = []
const sentinel = new Sentinel({
  ...{ store: createSqliteStore({ path, durability: 'normal', writer: 'inline' }), logger: false },
  ...{ rules, approvalMode: 'suspend' },
})
const pay = sentinel.wrap('pay', async ({ amount }: { amount: number }) => void ran.push(amount))
await sentinel.ready()
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const calls = Array.from({ length: amounts }, (_, amount) => [pay({ amount }), pay({ amount })]).flat()
await Promise.allSettled(calls)
await sentinel.close()
process.stdout.write(`${JSON.stringify(ran)}\n`)
process.stdin.destroy()
