// A process that makes guarded calls one after another, and prints how often its event loop turned while each waited for the disk.
import { writeSync } from 'node:fs'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import { Sentinel } from '../../src/index.ts'

const [path = '', writer] = process.argv.slice(2)
const store = createSqliteStore({ path, writer: writer === 'thread' ? 'thread' : 'inline' })
const sentinel = new Sentinel({ store, logger: false, anomalyDetection: false })
await sentinel.ready()
const tool = sentinel.wrap('tool', async (_: { call: number }) => undefined)
const turns: number[] = []
for (let call = 0; call < 3; call++) {
  let [turned, isWaiting] = [0, true]
  const turn = (): void => {
    turned++
    if (isWaiting) setImmediate(turn)
  }
  setImmediate(turn)
  await tool({ call })
  isWaiting = false
  turns.push(turned)
}
writeSync(1, JSON.stringify(turns))
await sentinel.close()
