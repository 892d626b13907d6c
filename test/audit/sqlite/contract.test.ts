import { createSecretKey } from 'node:crypto'
import { anomaliesContract } from '../../contract/anomalies.ts'
import { approvalChangesContract } from '../../contract/approval-changes.ts'
import { approvalListsContract } from '../../contract/approval-lists.ts'
import { approvalsContract } from '../../contract/approvals.ts'
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
windowsContract(
  'sqlite, in a thread of its own',
  () => {
    const place = sqlitePlace()
    return { ...place, open: () => place.open({ writer: 'thread' }) }
  },
  'slow',
)
approvalsContract('sqlite', sqlitePlace)
approvalChangesContract('sqlite', sqlitePlace)
approvalListsContract('sqlite', sqlitePlace)
// What crosses to the thread and back is what is stored and read; the rest is the same code.
approvalListsContract('sqlite, in a thread of its own', () => {
  const place = sqlitePlace()
  return { ...place, open: () => place.open({ writer: 'thread' }) }
})
