import { execFileSync } from 'node:child_process'
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuditStore } from '../../../src/audit/store.ts'
import { SentinelAuditUnavailableError } from '../../../src/errors.ts'
import { callId, entry } from '../entries.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

let place: SqlitePlace
let store: AuditStore
beforeEach(() => {
  place = sqlitePlace()
  store = place.open({ writer: 'thread' })
})
afterEach(async () => {
  await store.close()
  place.remove()
})

describe('a thread of its own', () => {
  it('[P22] leaves the event loop free while it stands still at a lock', async () => {
    await store.open()
    const other = place.connect()
    other.exec('BEGIN EXCLUSIVE')
    let stored = false
    const appended = store.append([entry()]).then(() => {
      stored = true
    })
    for (let turn = 0; turn < 1_000; turn++) await setImmediate()
    expect(stored).toBe(false)
    other.exec('ROLLBACK')
    other.close()
    await place.clock.advance(100)
    await appended
  })

  it('[P22] and while it writes much', async () => {
    await store.open()
    const note = 'x'.repeat(100_000)
    let writing = true
    const appends = Promise.all(Array.from({ length: 200 }, () => store.append([entry({ note })]))).finally(() => {
      writing = false
    })
    let turns = 0
    for (; writing; turns++) await setImmediate()
    await appends
    expect(turns).toBeGreaterThan(10)
  })

  it('[P11] names what is wrong as the other does, and goes on when the cause is gone', async () => {
    mkdirSync(place.path, { recursive: true })
    await expect(store.append([entry()])).rejects.toThrow(/audit\.db' is a directory, expected a file\. Move it away/)
    await expect(store.query()).rejects.toThrow(SentinelAuditUnavailableError)
    rmdirSync(place.path)
    await store.append([entry()])
    expect(await store.query()).toHaveLength(1)
  })

  it('[P11] names the errors of SQLite', async () => {
    mkdirSync(dirname(place.path))
    writeFileSync(place.path, 'a shopping list, long enough to have a header\n'.repeat(100))
    await expect(store.open()).rejects.toThrow(/the file is not a SQLite database \(SQLITE_NOTADB/)
  })

  it('[P11] that ends acknowledges nothing, and is made anew by the next call', async () => {
    const posting = vi.spyOn(Worker.prototype, 'postMessage')
    await store.append([entry({ tool: 'a' })])
    const [worker] = posting.mock.contexts
    const other = place.connect()
    other.exec('BEGIN EXCLUSIVE')
    const lost = expect(store.append([entry({ tool: 'lost' })])).rejects.toThrow(
      /the thread of the audit log ended with code 1/,
    )
    await setImmediate()
    await (worker as Worker).terminate()
    await lost
    other.close()
    await store.append([entry({ tool: 'b' })])
    expect((await store.query({ order: 'oldest-first' })).map(({ tool }) => tool)).toEqual(['a', 'b'])
  })

  it('tells a call that is known, and a row as it is', async () => {
    const claim = () => store.append([entry({ callId: callId('call-1'), note: 'a\0b' })], { claim: callId('call-1') })
    await claim()
    expect(await claim()).toMatchObject({ status: 'call-known', decided: { seq: 1, note: 'a\0b' } })
  })

  it('keeps a process alive while something waits, and not longer', () => {
    const program = `
      import { createSqliteStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/audit/sqlite/store.ts'))}
      import { entry } from ${JSON.stringify(join(import.meta.dirname, '../entries.ts'))}
      const store = createSqliteStore({ path: ${JSON.stringify(place.path)} })
      store.append([entry()]).then(({ status }) => console.log(status))
    `
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect(output).toBe('stored\n')
  })

  it('keeps it alive until it is closed, whatever else is asked of it meanwhile', () => {
    const program = `
      import { ThreadExecutor } from ${JSON.stringify(join(import.meta.dirname, '../../../src/audit/sqlite/thread.ts'))}
      const options = { path: ${JSON.stringify(place.path)}, durability: 'full', readOnly: false, key: undefined }
      const executor = new ThreadExecutor(() => options)
      await executor.perform({ name: 'open', input: undefined, standstillMs: 0 })
      void executor.perform({ name: 'loadBaselines', input: undefined, standstillMs: 0 })
      await executor.close()
      console.log('closed')
    `
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect(output).toBe('closed\n')
  })
})
