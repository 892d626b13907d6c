import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import { openAnomalies } from '../../src/open-anomalies.ts'

/** Looks through a log for anomalies, again and again while others do, and write to it. */
const LOOKS = 15
const path = process.argv[2] ?? ''
const store = createSqliteStore({ path, durability: 'normal' })
for (let look = 0; look < LOOKS; look++) await openAnomalies({ store }).detect()
await store.close()
process.stdout.write('done')
