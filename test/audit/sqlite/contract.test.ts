import { auditStoreContract } from '../../contract/audit-store.ts'
import { windowsContract } from '../../contract/windows.ts'
import { sqlitePlace } from './place.ts'

auditStoreContract('sqlite', sqlitePlace)
windowsContract('sqlite', sqlitePlace)
