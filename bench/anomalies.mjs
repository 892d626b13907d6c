// What looking for anomalies costs. Run with `npm run bench:anomalies`; `-- --rows 100000` for a shorter one.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import { createSqliteStore, Sentinel } from 'sentinel-guard'
import { BLANK_ENTRY } from '../dist/domain/audit-event.js'
import { randomIds } from '../dist/support/ids.js'
import { directory } from './guards.mjs'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
const ROWS = Number(values.rows)
const DAYS = 60
const AGENTS = 20
const PRINCIPALS = 50
const MORE = 1_000
const BATCH = 1_000

/** Two events of the n-th of `ROWS / 2` calls, spread over the days up to now. */
function eventsOf(call, now) {
  const time = new Date(now - (1 - call / (ROWS / 2)) * DAYS * 86_400_000).toISOString()
  const about = { ...BLANK_ENTRY, time, callId: randomIds.callId(), tool: 'transfer_funds', digest: 'a'.repeat(64) }
  const who = { agentId: `agent-${call % AGENTS}`, principalId: `principal-${call % PRINCIPALS}` }
  const params = { amount: 50 + (call % 50), destination: 'bob@example.com', memo: 'rent of the month' }
  return [
    { ...about, ...who, id: randomIds.auditId(), event: 'allow', params, risk: 0, level: 'LOW', lesson: 'ran' },
    { ...about, ...who, id: randomIds.auditId(), event: call % 50 === 0 ? 'failed' : 'executed', durationMs: 1.5 },
  ]
}

async function fill(path, count, first = 0) {
  const store = createSqliteStore({ path, durability: 'normal', writer: 'inline' })
  const now = Date.now()
  for (let call = first; call < first + count; ) {
    const entries = []
    for (; entries.length < 2 * BATCH && call < first + count; call++) entries.push(...eventsOf(call, now))
    await store.append(entries)
  }
  await store.close()
}

async function timed(run) {
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  await run()
  const { user, system } = process.cpuUsage(cpu)
  const [ms, cpuMs] = [performance.now() - started, (user + system) / 1_000]
  return { 'ms passed': Number(ms.toFixed(1)), 'ms of CPU, all threads': Number(cpuMs.toFixed(1)) }
}

/** What a look reads, with SQL alone: a first look is to be held against it. */
function bareRead(path) {
  const database = new Database(path, { readonly: true })
  const read = database.prepare(
    'SELECT seq, time, event, agent, principal, enforced FROM events WHERE seq > ? LIMIT 10000',
  )
  for (let seq = 0, rows = read.raw().all(seq); rows.length > 0; rows = read.all(seq)) seq = rows.at(-1)[0]
  database.close()
}

for (const writer of ['thread', 'inline']) {
  const path = join(directory, `anomalies-${writer}.db`)
  await fill(path, ROWS / 2)
  const store = createSqliteStore({ path, durability: 'normal', writer })
  const sentinel = new Sentinel({ store, anomalyDetection: false, logger: false })
  await sentinel.ready()
  const bare = await timed(() => bareRead(path))
  const first = await timed(() => sentinel.anomalies.detect())
  const nothingNew = await timed(() => sentinel.anomalies.detect())
  await fill(path, MORE / 2, ROWS / 2 - MORE / 2)
  const more = await timed(() => sentinel.anomalies.detect())
  const found = await sentinel.anomalies.list()
  console.log(`${writer}: ${ROWS.toLocaleString('en')} events in the log, ${found.total} anomalies`)
  console.table({ 'a bare read': bare, 'first look': first, 'nothing new': nothingNew, [`${MORE} events more`]: more })
  await sentinel.close()
}
rmSync(directory, { recursive: true, force: true })
