// What the benches have in common: a usual call, rules, guards, and logs to write to.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createMemoryStore, createSqliteStore, Sentinel } from 'sentinel-guard'

export const directory = mkdtempSync(join(tmpdir(), 'sentinel-bench-'))

/** Five parameters, about 400 bytes as JSON. */
let turn = 0
export const call = () => ({
  amount: 50 + ((turn++ * 17) % 41),
  destination: `user${turn % 5}@example.com`,
  currency: 'EUR',
  note: 'invoice '.repeat(30),
  items: [
    { sku: 'a-1', count: 2, price: 12.5 },
    { sku: 'b-7', count: 1, price: 25 },
  ],
})
export const tool = async ({ amount }) => amount

/** Rules of which most name other tools, some this one, and none matches the usual call. */
export const rules = (count) => ({
  version: '1.0',
  rules: Array.from({ length: count }, (_, index) => ({
    id: `rule-${index}`,
    function_pattern: index % 10 === 0 ? 'transfer_*' : `tool_${index}`,
    conditions: [
      { param: 'amount', operator: 'gt', value: 1_000 + index },
      { param: 'destination', operator: 'endswith', value: `@blocked-${index}.example` },
    ],
    action: 'block',
  })),
})

/** In shadow mode: a burst of calls is unusual, and a refusal would end the measuring. */
export const guard = async (config) => {
  const sentinel = new Sentinel({ logger: false, shadow: true, rules: rules(100), ...config })
  await sentinel.ready()
  const wrapped = sentinel.wrap('transfer_funds', tool)
  for (let time = 0; time < 100; time++) await wrapped(call())
  return { sentinel, wrapped }
}

let bareLogs = 0

/** The row that the guard writes for an allowed call, inserted by hand, each in a transaction of its own. */
export async function bareInsert(durability) {
  const path = join(directory, `bare-${bareLogs++}.db`)
  const { sentinel, wrapped } = await guard({ auditLogPath: path, auditDurability: durability })
  await wrapped(call())
  await sentinel.close()
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.pragma(`synchronous = ${durability}`)
  const { seq: _, ...row } = database.prepare("SELECT * FROM events WHERE event = 'allow' LIMIT 1").get()
  const columns = Object.keys(row)
  const insert = database.prepare(`INSERT INTO events (${columns}) VALUES (${columns.map((name) => `@${name}`)})`)
  let made = 0
  return () => insert.run({ ...row, id: `bare-${made++}`, call_id: `bare-${made}` })
}

/** Writes the decisions of so many calls of 100 tools, one every two seconds up to now. */
export async function fill(path, length) {
  const store = createSqliteStore({ path, durability: 'normal', writer: 'inline' })
  const { sentinel, wrapped } = await guard({ store: createMemoryStore() })
  await wrapped(call())
  const [sample] = await sentinel.audit.query({ event: 'allow', limit: 1 })
  await sentinel.close()
  const { seq: _, ...entry } = sample
  const now = Date.now()
  for (let written = 0; written < length; written += 1_000) {
    const page = Array.from({ length: Math.min(1_000, length - written) }, (_, index) => {
      const number = written + index
      const time = new Date(now - (length - number) * 2_000).toISOString()
      return { ...entry, id: `fill-${number}`, callId: `fill-${number}`, time, tool: `tool_${number % 100}` }
    })
    await store.append(page)
  }
  await store.close()
}
