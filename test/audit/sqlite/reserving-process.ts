import { writeSync } from 'node:fs'
import { createSqliteStore } from '../../../src/audit/sqlite/store.ts'
import type { EpochMs } from '../../../src/domain/units.ts'
import { callId, entry } from '../entries.ts'

/** A process that counts one call, says so, and does nothing more. With an event, the log shows that of it. */
const [path = '', id = '', event] = process.argv.slice(2)
const store = createSqliteStore({ path })
await store.reserve({
  callId: callId(id),
  entries: [{ counter: 'c', amount: undefined, keepMs: 1e9 }],
  questions: [],
  ...{ holdMs: 1e8, waitMs: 1e8, now: Date.now() as EpochMs, steadyMs: undefined },
})
if (event === 'allow' || event === 'approval_requested') await store.append([entry({ callId: callId(id), event })])
writeSync(1, 'counted\n')
setInterval(() => undefined, 1e6)
