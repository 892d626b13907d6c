// What the audit log costs. Run with `npm run bench:audit`; `npm run bench:audit -- --rows 100000` for a shorter one.
import { createSecretKey } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { createSqliteStore } from 'sentinel-guard'
import { Chain, GENESIS } from '../dist/audit/chain.js'
import { createRedactor } from '../dist/audit/redact/redactor.js'
import { Secrets } from '../dist/audit/redact/secrets.js'
import { rowOf } from '../dist/audit/sqlite/row.js'
import { createZscoreDetector } from '../dist/risk/zscore.js'
import { parseRules } from '../dist/rules/load.js'
import { snapshotArguments } from '../dist/snapshot/arguments.js'
import { DEFAULT_LIMITS } from '../dist/snapshot/limits.js'
import { bareInsert, call, directory, fill, guard, rules } from './guards.mjs'
import { printTable, sideBySide } from './measure.mjs'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
const ROWS_MAX = Number(values.rows)
const KEY = createSecretKey(Buffer.alloc(32, 7))
const DURABILITIES = ['normal', 'full']
const WRITERS = ['thread', 'inline']
const CALLERS = [1, 8, 64, 256]

const logOf = (durability, writer, name = writer) =>
  createSqliteStore({ path: join(directory, `${durability}-${name}.db`), durability, writer, key: KEY })

async function parts() {
  const { sentinel, wrapped } = await guard({ store: logOf('normal', 'inline') })
  await wrapped(call())
  const [entry] = await sentinel.audit.query({ event: 'allow', limit: 1 })
  await sentinel.close()
  const { params } = snapshotArguments({ tool: 'transfer_funds', args: [call()], limits: DEFAULT_LIMITS })
  const judged = { tool: 'transfer_funds', agentId: 'default', params }
  const set = parseRules(rules(100))
  const detector = createZscoreDetector({ minSamples: 5, timeZone: 'UTC' })
  const traits = { readOnly: false, destinations: { params: [], whenNew: 'warn' }, ignore: [] }
  for (let time = 0; time < 1_000; time++) detector.learn({ ...judged, at: Date.now() }, 'ran')
  const redactor = createRedactor({ key: () => KEY })
  const cells = rowOf(entry)
  const linked = { seq: 1, cells, previous: GENESIS }
  const [plain, keyed] = [new Chain(undefined), new Chain(KEY)]
  const insert = await bareInsert('normal')
  const measured = await sideBySide([
    ['snapshot', () => snapshotArguments({ tool: 'transfer_funds', args: [call()], limits: DEFAULT_LIMITS }), 5_000],
    ['rules, 100', () => set.evaluate(judged), 5_000],
    ['score', () => detector.score({ ...judged, at: Date.now() }, traits), 5_000],
    ['redaction', () => redactor.redact(params, []), 5_000],
    ['event to row', () => rowOf(entry), 5_000],
    ['chain, without a key', () => plain.link(linked), 5_000],
    ['chain, with a key', () => keyed.link(linked), 5_000],
    ['insert, normal', insert, 1_000],
  ])
  printTable('Parts of one call; chain and insert come twice, for the decision and for the outcome', measured, {})
}

/** Calls by so many callers at once; resolves when each has made its share of `times`. */
const together = (callers, times, run) => async () => {
  const each = Math.ceil(times / callers)
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let time = 0; time < each; time++) await run()
    }),
  )
}

/** The same guard with other methods in the place of some; inline only, since the thread has classes of its own. */
const lacking = (Class, methods) => (run) => async () => {
  const usual = Object.fromEntries(Object.keys(methods).map((name) => [name, Class.prototype[name]]))
  Object.assign(Class.prototype, methods)
  await run()
  Object.assign(Class.prototype, usual)
}
/** Links that cost nothing. */
const unchained = lacking(Chain, { link: () => GENESIS })
/** Arguments are walked, and no secret is looked for. */
const unredacted = lacking(Secrets, {
  name: (name) => ({ folded: name, shown: name, usualSecret: false }),
  text: (text) => text,
  isSecretNumber: () => false,
})

async function calls(durability) {
  const times = durability === 'full' ? 512 : 2_048
  const insert = await bareInsert(durability)
  const guards = new Map()
  for (const writer of WRITERS) guards.set(writer, await guard({ store: logOf(durability, writer) }))
  const loose = await guard({ store: logOf(durability, 'inline', 'loose') })
  const plain = await guard({ store: logOf(durability, 'inline', 'plain') })
  const variants = CALLERS.flatMap((callers) => {
    const made = (run) => together(callers, times, () => run(call()))
    return [
      ...WRITERS.map((writer) => [`${callers} callers, ${writer}`, made(guards.get(writer).wrapped), 1, times]),
      [`${callers} callers, inline, no chain`, unchained(made(loose.wrapped)), 1, times],
      [`${callers} callers, inline, no redaction`, unredacted(made(plain.wrapped)), 1, times],
    ]
  })
  const bare = ['bare insert, one by one', together(1, times, insert), 1, times]
  const measured = await sideBySide([bare, ...variants])
  printTable(
    `Guarded calls, ${durability}: microseconds for each call, by how many callers`,
    measured,
    Object.fromEntries(variants.map(([name]) => [name, bare[0]])),
  )
  for (const [writer, { wrapped }] of guards)
    await stall(
      `${durability}, ${writer}`,
      together(64, 4_096, () => wrapped(call())),
    )
  for (const { sentinel } of [...guards.values(), loose, plain]) await sentinel.close()
}

/** How long the event loop stood still at most, while 64 callers were busy. */
async function stall(name, run) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await run()
  delay.disable()
  console.log(`  the event loop stood still for at most ${(delay.max / 1e6).toFixed(1)} ms (${name}, 64 callers)`)
}

async function rows() {
  const lengths = [1e3, 1e4, 1e5, 1e6].filter((length) => length <= ROWS_MAX)
  const guards = []
  for (const length of lengths) {
    const path = join(directory, `rows-${length}.db`)
    await fill(path, length)
    // The baselines are not what is measured here.
    guards.push({
      length,
      ...(await guard({ auditLogPath: path, auditDurability: 'normal', anomalyDetection: false })),
    })
  }
  const name = (length) => `${length} events in the log`
  const measured = await sideBySide(guards.map(({ length, wrapped }) => [name(length), () => wrapped(call()), 1_000]))
  printTable(
    'The same guarded call on logs of growing length, normal',
    measured,
    Object.fromEntries(lengths.slice(1).map((length) => [name(length), name(lengths[0])])),
  )
  console.log('\nReading')
  for (const { length, sentinel } of guards) {
    await timed(`verify, ${name(length)}`, () => sentinel.audit.verify())
    for (const [what, query] of Object.entries(QUERIES))
      await timed(`query ${what}, ${name(length)}`, () => sentinel.audit.query(query))
    await sentinel.close()
  }
}

const QUERIES = {
  'the newest 100': {},
  "one tool's newest 100": { tool: 'tool_7' },
  'one call': { callId: 'fill-500' },
  'an event that is not there': { event: 'block' },
}

async function timed(name, run) {
  const startedAt = performance.now()
  await run()
  console.log(`  ${name.padEnd(60)} ${(performance.now() - startedAt).toFixed(1).padStart(9)} ms`)
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}; medians of 9 rounds, the variants taking turns`,
)
try {
  await parts()
  for (const durability of DURABILITIES) await calls(durability)
  await rows()
} finally {
  rmSync(directory, { recursive: true })
}
