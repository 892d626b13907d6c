import { createSqliteStore } from '../../../src/audit/sqlite/store.ts'

/** Tells whether the native part of SQLite is in this process: after the import, after making a store, after its first use. */
const isLoaded = (): boolean => JSON.stringify(process.report.getReport()).includes('better-sqlite3')

const afterImport = isLoaded()
const store = createSqliteStore({ path: process.argv[2] ?? '' })
const afterMaking = isLoaded()
await store.open()
process.stdout.write(JSON.stringify({ afterImport, afterMaking, afterOpening: isLoaded() }))
await store.close()
