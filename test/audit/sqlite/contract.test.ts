import { auditStoreContract } from '../../contract/audit-store.ts'
import { sqlitePlace } from './place.ts'

auditStoreContract('sqlite', sqlitePlace)
