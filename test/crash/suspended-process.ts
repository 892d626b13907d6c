// A process that suspends a call, approves it, and runs it, and that kills itself after so many writes to its store. The tool leaves a
// line in a file. Says on standard output how many writes there were, when it came to its end.
import { appendFileSync } from 'node:fs'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import { Sentinel } from '../../src/index.ts'
import { systemClock } from '../../src/support/clock.ts'
import { forwarding } from '../support/stores.ts'
import { CONFIG, type SuspendedRun } from './suspended-run.ts'

const run: SuspendedRun = JSON.parse(process.argv[2] ?? '')
let writes = 0

const lastOne = (): void => {
  if (writes === run.writes) process.kill(process.pid, 'SIGKILL')
}
async function counted<Result>(work: () => Promise<Result>): Promise<Result> {
  const result = await work()
  writes += 1
  lastOne()
  return result
}

const inner = createSqliteStore({ path: run.path, durability: 'normal', writer: 'inline', clock: systemClock })
const store: AuditStore = {
  ...forwarding(inner),
  open: () => counted(() => inner.open()),
  append: (...args) => counted(() => inner.append(...args)),
  reserve: (...args) => counted(() => inner.reserve(...args)),
  release: (...args) => counted(() => inner.release(...args)),
  saveBaselines: (...args) => counted(() => inner.saveBaselines(...args)),
}
lastOne()
const sentinel = new Sentinel({ ...CONFIG, store })
const pay = sentinel.wrap('pay', async (_: { amount: number }) => appendFileSync(run.ranPath, 'ran\n'))
const call = { amount: 5 }

await pay(call).catch(() => undefined)
const [waiting] = await sentinel.approvals.list()
const id = waiting?.id ?? ''
await sentinel.approvals.approve(id, { by: 'ann' })
await (run.how === 'resume' ? sentinel.resume(id) : pay(call))
await sentinel.close()
process.stdout.write(`${writes}\n`)
