import { createSecretKey } from 'node:crypto'
import { anomaliesContract } from '../../contract/anomalies.ts'
import { auditStoreContract } from '../../contract/audit-store.ts'
import { windowsContract } from '../../contract/windows.ts'
import { sqlitePlace } from './place.ts'

auditStoreContract('sqlite, sealed with a key', () => {
  const place = sqlitePlace()
  return { ...place, open: () => place.open({ key: createSecretKey(Buffer.alloc(32, 7)) }) }
})

auditStoreContract(
  'sqlite, in a thread of its own',
  () => {
    const place = sqlitePlace()
    return { ...place, open: () => place.open({ writer: 'thread' }) }
  },
  'slow',
)

anomaliesContract('sqlite', sqlitePlace)
anomaliesContract('sqlite, in a thread of its own', () => {
  const place = sqlitePlace()
  return { ...place, open: () => place.open({ writer: 'thread' }) }
})
windowsContract('sqlite', sqlitePlace)
windowsContract('sqlite, in a thread of its own', () => {
  const place = sqlitePlace()
  return { ...place, open: () => place.open({ writer: 'thread' }) }
})
