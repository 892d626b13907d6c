import { createSecretKey } from 'node:crypto'
import { writeSync } from 'node:fs'
import { createSqliteStore } from '../../../src/audit/sqlite/store.ts'
import type { Durability } from '../../../src/domain/settings.ts'
import { callId, entry } from '../entries.ts'

/**
 * A process of its own that writes to a log: pairs of events, each claimed where `claims` says so. Tells what was acknowledged, one
 * JSON object a line, as it is acknowledged.
 */
const [path = '', durability = 'normal', name = '', count = '0', claims = ''] = process.argv.slice(2)
const store = createSqliteStore({
  path,
  durability: durability as Durability,
  key: createSecretKey(Buffer.alloc(32, 7)),
})
for (let index = 0; index < Number(count); index++) {
  const id = claims === 'claims' ? callId(`call-${index}`) : undefined
  const about = { tool: name, note: String(index), callId: id }
  const appended = await store.append([entry(about), entry({ ...about, event: 'anomaly_detected' })], { claim: id })
  writeSync(1, `${JSON.stringify({ index, ...appended })}\n`)
}
await store.close()
