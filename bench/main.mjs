// What a guarded call costs, part by part. Run with `npm run bench`; `npm run bench -- --rows 100000` for a shorter one.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createMemoryStore } from 'sentinel-guard'
import { createZscoreDetector } from '../dist/risk/zscore.js'
import { parseRules } from '../dist/rules/load.js'
import { snapshotArguments } from '../dist/snapshot/arguments.js'
import { DEFAULT_LIMITS } from '../dist/snapshot/limits.js'
import { systemClock } from '../dist/support/clock.js'
import { bareInsert, call, directory, fill, guard, rules, tool } from './guards.mjs'
import { printTable, sideBySide } from './measure.mjs'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
const ROWS_MAX = Number(values.rows)
async function parts() {
  const limits = DEFAULT_LIMITS
  const snapshot = () => snapshotArguments({ tool: 'transfer_funds', args: [call()], limits })
  const sets = new Map([1, 100, 1_000].map((count) => [count, parseRules(rules(count))]))
  const detector = createZscoreDetector({ minSamples: 5, timeZone: 'UTC' })
  const scored = () => ({
    tool: 'transfer_funds',
    agentId: 'default',
    at: systemClock.now(),
    params: snapshot().params,
  })
  for (let time = 0; time < 1_000; time++) detector.learn(scored(), 'ran')
  const traits = { readOnly: false, destinations: { params: [], whenNew: 'warn' }, ignore: [] }
  const one = scored()
  const judged = { tool: one.tool, agentId: one.agentId, params: one.params }
  const measured = await sideBySide([
    ['make the arguments', call, 20_000],
    ['snapshot and digest', snapshot, 20_000],
    ...[...sets].map(([count, set]) => [`rules: ${count}`, () => set.evaluate(judged), 20_000]),
    ['score, five parameters', () => detector.score(one, traits), 20_000],
    ['learn', () => detector.learn(one, 'ran'), 20_000],
  ])
  printTable('Parts of one decision', measured, { 'rules: 100': 'rules: 1', 'rules: 1000': 'rules: 1' })
}

async function calls() {
  const memory = await guard({ store: createMemoryStore() })
  const normal = await guard({ auditLogPath: join(directory, 'normal.db'), auditDurability: 'normal' })
  const full = await guard({ auditLogPath: join(directory, 'full.db'), auditDurability: 'full' })
  const [bareNormal, bareFull] = [await bareInsert('normal'), await bareInsert('full')]
  const measured = await sideBySide([
    ['bare function', () => tool(call()), 20_000],
    ['decision alone, 100 rules', () => memory.sentinel.check({ tool: 'transfer_funds', params: call() }), 5_000],
    ['guarded call, memory store', () => memory.wrapped(call()), 3_000],
    ['bare insert, normal', bareNormal, 2_000],
    ['guarded call, SQLite normal', () => normal.wrapped(call()), 2_000],
    ['bare insert, full', bareFull, 500],
    ['guarded call, SQLite full', () => full.wrapped(call()), 500],
  ])
  printTable('One guarded call, 100 rules, one caller', measured, {
    'guarded call, SQLite normal': 'bare insert, normal',
    'guarded call, SQLite full': 'bare insert, full',
  })
  for (const { sentinel } of [memory, normal, full]) await sentinel.close()
}

/** Logs of calls of 100 tools, of growing length; the same guarded call on each, taking turns. */
async function rows() {
  const lengths = [1e3, 1e4, 1e5, 1e6].filter((length) => length <= ROWS_MAX)
  const guards = []
  console.log('\nStart, with baselines restored from the log')
  for (const length of lengths) {
    const auditLogPath = join(directory, `rows-${length}.db`)
    await fill(auditLogPath, length)
    const startedAt = performance.now()
    const { sentinel, wrapped } = await guard({ auditLogPath, auditDurability: 'normal' })
    console.log(
      `  ${`${length} calls in the log`.padEnd(44)} ${((performance.now() - startedAt) / 1_000).toFixed(2).padStart(9)} s`,
    )
    guards.push({ length, sentinel, wrapped })
  }
  const shortest = `decision, ${lengths[0]} calls in the log`
  const decision = await sideBySide(
    guards.map(({ length, sentinel }) => [
      `decision, ${length} calls in the log`,
      () => sentinel.check({ tool: 'transfer_funds', params: call() }),
      3_000,
    ]),
  )
  printTable(
    'The same decision on logs of growing length',
    decision,
    Object.fromEntries([...decision.keys()].slice(1).map((name) => [name, shortest])),
  )
  const measured = await sideBySide(
    guards.map(({ length, wrapped }) => [`${length} calls in the log`, () => wrapped(call()), 1_000]),
  )
  const first = `${lengths[0]} calls in the log`
  printTable(
    'The same guarded call, SQLite normal',
    measured,
    Object.fromEntries([...measured.keys()].slice(1).map((name) => [name, first])),
  )
  for (const { sentinel } of guards) await sentinel.close()
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}; medians of 9 rounds, the variants taking turns`,
)
try {
  await parts()
  await calls()
  await rows()
} finally {
  rmSync(directory, { recursive: true })
}
