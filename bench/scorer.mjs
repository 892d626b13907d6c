// What the calibrated scorer costs beside the plain one: time and memory by stream, a million calls, and how fast a stored state comes back.
// Run with `npm run bench:scorer` after nothing else; `-- --streams 10000 --calls 100000` for a shorter one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createSqliteStore } from '../dist/audit/sqlite/store.js'
import { SlowBoilAnchor } from '../dist/risk/calibrated/anchor.js'
import { BurstCounter } from '../dist/risk/calibrated/burst.js'
import { SumOfSurprises } from '../dist/risk/calibrated/combine.js'
import { createCalibratedDetector } from '../dist/risk/calibrated/detector.js'
import { Failures } from '../dist/risk/calibrated/failures.js'
import { Hurdle } from '../dist/risk/calibrated/hurdle.js'
import { NumericMixture } from '../dist/risk/calibrated/mixture.js'
import { ToolSequence } from '../dist/risk/calibrated/sequence.js'
import { SessionTrend } from '../dist/risk/calibrated/session.js'
import { TextShape } from '../dist/risk/calibrated/text-shape.js'
import { ValueTable } from '../dist/risk/calibrated/value-table.js'
import { createZscoreDetector } from '../dist/risk/zscore.js'
import { HoursOfDay } from '../dist/statistics/hours-of-day.js'
import { printTable, sideBySide } from './measure.mjs'

const { values } = parseArgs({
  options: { streams: { type: 'string', default: '100000' }, calls: { type: 'string', default: '1000000' } },
})
const STREAMS = Number(values.streams)
const CALLS = Number(values.calls)
const NO_TRAITS = { readOnly: false, destinations: { params: [], whenNew: 'warn' }, ignore: [] }
const METHODS = {
  plain: () => createZscoreDetector({ minSamples: 5, timeZone: 'UTC' }),
  calibrated: () => createCalibratedDetector({ minSamples: 5, timeZone: 'UTC' }),
}

/** A call number `index` with five parameters, of one of `agents` agents and `tools` tools. */
const call = (index, { agents = 1, tools = 1 } = {}) => ({
  tool: `tool ${index % tools}`,
  agentId: `agent ${Math.floor(index / tools) % agents}`,
  at: 1_750_000_000_000 + index * 60_000,
  params: {
    amount: 50 + ((index * 7_919) % 61),
    to: `user${index % 5}@example.com`,
    currency: 'EUR',
    memo: `rent of ${['May', 'June', 'July'][index % 3]}, flat ${index % 40}`,
    urgent: index % 9 === 0,
  },
})

function live(detector, one) {
  const { score } = detector.score(one, NO_TRAITS)
  detector.learn(one, score >= 7 ? 'approved' : score >= 4 ? 'warned' : 'ran')
}

async function timePerCall() {
  const variants = Object.entries(METHODS).map(([name, make]) => {
    const detector = make()
    let index = 0
    for (; index < 5_000; index++) live(detector, call(index))
    return [`score and learn, ${name}`, () => live(detector, call(index++)), 5_000]
  })
  const [plain] = variants
  printTable('one call of five parameters', await sideBySide(variants), { [variants[1][0]]: plain[0] })
}

/** Every statistical idea by itself: one value scored and learned. */
async function timePerIdea() {
  const number = (index) => 50 + ((index * 7_919) % 61)
  const text = (index) => `rent of ${['May', 'June', 'July'][index % 3]}, flat ${index % 4_000}`
  const judged = {
    'number mixture': [new NumericMixture(), (model, at) => [model.surprise(number(at)), model.learn(number(at), 1)]],
    hurdle: [new Hurdle(), (model, at) => [model.surprise(at % 9 ? 0 : at % 40), model.learn(at % 9 ? 0 : at % 40, 1)]],
    'slow-boil anchor': [new SlowBoilAnchor(), (model, at) => [model.shift(number(at), at), model.learn(number(at))]],
    'value table': [new ValueTable(4_096), (model, at) => [model.surprise(`v${at % 50}`), model.learn(`v${at % 50}`)]],
    'text of 25 characters': [new TextShape(), readText],
    'pace of an hour': [new BurstCounter(3.6e6), (model, at) => [model.surprise(at * 6e4), paced(model, at * 6e4)]],
    'hour of the day': [new HoursOfDay(), (model, at) => [model.surprise(at % 24), model.learn(at % 24, at * 6e4)]],
    'tool sequence': [
      new ToolSequence(),
      (model, at) => [model.followers(at * 6e4)?.surprise('t'), model.learn('t', at * 6e4)],
    ],
    session: [new SessionTrend(), (model, at) => [model.surprise(model.with(at % 3, at)), model.learn(at % 3, at, 1)]],
    failures: [new Failures(), (model, at) => [model.surprise, model.learn(at % 9 ? 'returned' : 'threw')]],
    'many small oddities': [new SumOfSurprises(), (model, at) => [model.surprise(at % 20, 9), model.learn(at % 20)]],
  }
  function readText(model, at) {
    const features = model.features(text(at))
    return [at > 0 && model.surprise(features), model.learn(text(at), features, 1)]
  }
  const paced = (model, at) => [model.learn(at), model.move(at)]
  const variants = Object.entries(judged).map(([name, [model, use]]) => {
    let at = 0
    for (; at < 3_000; at++) use(model, at)
    return [name, () => use(model, at++), 5_000]
  })
  printTable('one value, scored and learned', await sideBySide(variants), {})
}

const heapNow = () => {
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function memoryPerStream() {
  console.log('\nmemory of one tool and agent with five parameters, after 100 calls')
  for (const [name, make] of Object.entries(METHODS)) {
    const detector = make()
    const before = heapNow()
    const streams = 1_000
    for (let index = 0; index < streams * 100; index++) detector.learn(call(index, { tools: streams }), 'ran')
    const bytes = (heapNow() - before) / streams
    const rows = detector.takeState('all')
    const stored = rows.reduce((sum, row) => sum + row.bytes.length, 0) / streams
    console.log(`  ${name.padEnd(12)} ${(bytes / 1024).toFixed(1)} kB, stored ${(stored / 1024).toFixed(1)} kB`)
  }
}

function manyCalls() {
  console.log(
    `\n${CALLS.toLocaleString('en')} calls of a thousand tools, every second agent new: memory after each fifth`,
  )
  const detector = METHODS.calibrated()
  const before = heapNow()
  const fifths = []
  for (let index = 0; index < CALLS; index++) {
    const one = call(index, { tools: 1_000 })
    live(detector, index % 2 === 0 ? one : { ...one, agentId: `agent ${index}` })
    if ((index + 1) % (CALLS / 5) === 0) fifths.push(`${Math.round((heapNow() - before) / 2 ** 20)} MiB`)
  }
  console.log(`  ${fifths.join(', ')}`)
}

async function comeBack() {
  const directory = mkdtempSync(join(tmpdir(), 'sentinel-bench-'))
  const path = join(directory, 'audit.db')
  const detector = METHODS.calibrated()
  const shape = { tools: STREAMS / 100, agents: 100 }
  for (let index = 0; index < 2 * STREAMS; index++) detector.learn(call(index, shape), 'ran')
  const store = createSqliteStore({ path, durability: 'normal' })
  const rows = detector.takeState('all')
  await store.saveBaselines({ make: detector.make, seq: 1, since: undefined, rows })
  await store.close()
  const variants = [['load and restore', () => restored(path, detector.make), 1]]
  const took = (await sideBySide(variants)).get('load and restore') / 1_000
  console.log(`\nthe state of ${STREAMS.toLocaleString('en')} streams from the database: ${took.toFixed(0)} ms`)
  rmSync(directory, { recursive: true })
}

async function restored(path, make) {
  const store = createSqliteStore({ path, readOnly: true })
  const state = await store.loadBaselines()
  if (state.make !== make) throw new Error('another state came back')
  METHODS.calibrated().restoreState(state.rows)
  await store.close()
}

if (globalThis.gc === undefined) throw new Error('run with node --expose-gc, as `npm run bench:scorer` does')
await timePerCall()
await timePerIdea()
memoryPerStream()
await comeBack()
manyCalls()
