// How well the calibrated scorer tells anomalies from normal calls, on recorded and labelled calls.
// Run with `npm run quality -- DIR [clean|human|auto|all]` after a build. DIR holds one *.jsonl file for each source, a call a line, oldest first:
// {ts, agent, tool, params, outcome, label: 'normal'|'anomaly', split: 'train'|'test', incident?}; the train part is all normal.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const WARN = 4
const ESCALATE = 7

/** What is learned of a call: by its risk, and whether it is an anomaly. */
const POLICIES = {
  /** Nobody reviews: what is stopped is not learned, nothing else is known. */
  auto: ({ risk }) => risk < ESCALATE,
  /** A truthful reviewer approves stopped calls that are normal; anomalies that were missed are learned. */
  human: ({ risk, isAnomaly }) => risk < ESCALATE || !isAnomaly,
  /** As `human`, and no anomaly is ever learned: each incident stands alone. */
  clean: ({ isAnomaly }) => !isAnomaly,
  /** Everything, refused or not. */
  all: () => true,
}

/** Lets a detector live through the calls of one file. Returns the judged calls of the test part. */
export function replay(rows, detector, policy) {
  const judged = []
  const startedAt = performance.now()
  for (const row of rows) {
    const call = { t: Date.parse(row.ts), agent: row.agent, tool: row.tool, params: row.params, outcome: row.outcome }
    const { risk } = detector.score(call)
    const isAnomaly = row.label === 'anomaly'
    if (row.split === 'train' || POLICIES[policy]({ risk, isAnomaly })) detector.learn(call, risk)
    else detector.refused(call, risk)
    if (row.split === 'test') judged.push({ risk, isAnomaly, incident: row.incident })
  }
  return { judged, usPerCall: ((performance.now() - startedAt) * 1_000) / rows.length }
}

/** All figures of one source, as shares; NaN where there is nothing to share out. */
export function figuresOf(judged) {
  const anomalies = judged.filter(({ isAnomaly }) => isAnomaly).map(({ risk }) => risk)
  const normals = judged.filter(({ isAnomaly }) => !isAnomaly).map(({ risk }) => risk)
  const incidents = incidentRisks(judged)
  return {
    events: judged.length,
    anomalies: anomalies.length,
    recallEscalated: shareFrom(anomalies, ESCALATE),
    falseEscalated: shareFrom(normals, ESCALATE),
    recallWarned: shareFrom(anomalies, WARN),
    falseWarned: shareFrom(normals, WARN),
    incidents: incidents.length,
    incidentsEscalated: shareFrom(incidents, ESCALATE),
    incidentsWarned: shareFrom(incidents, WARN),
    auc: areaUnderCurve(anomalies, normals),
    averagePrecision: averagePrecision(judged),
    recallAt1Percent: shareAbove(anomalies, quantileFromTop(normals, 0.01)),
    incidentsAtHalfPercent: shareAbove(incidents, quantileFromTop(normals, 0.005)),
  }
}

const share = (values, isCounted) =>
  values.length === 0 ? Number.NaN : values.filter(isCounted).length / values.length
const shareFrom = (values, least) => share(values, (value) => value >= least)
const shareAbove = (values, bound) => share(values, (value) => value > bound)

/** The risk that only the given share of values exceeds. */
function quantileFromTop(values, top) {
  const descending = values.toSorted((a, b) => b - a)
  return descending[Math.min(descending.length - 1, Math.floor(top * descending.length))] ?? 0
}

/** An incident is found when one of its calls is. */
function incidentRisks(judged) {
  const highest = new Map()
  for (const { isAnomaly, incident, risk } of judged)
    if (isAnomaly) highest.set(incident, Math.max(highest.get(incident) ?? 0, risk))
  return [...highest.values()]
}

/** The chance that an anomaly has a higher risk than a normal call, ties half (Mann, Whitney). */
function areaUnderCurve(anomalies, normals) {
  if (anomalies.length === 0 || normals.length === 0) return Number.NaN
  const ascending = normals.toSorted((a, b) => a - b)
  const wins = anomalies.reduce(
    (sum, risk) => sum + (below(ascending, risk, false) + below(ascending, risk, true)) / 2,
    0,
  )
  return wins / (anomalies.length * normals.length)
}

/** How many of ascending values are less than a bound, or also equal to it. */
function below(ascending, bound, includesEqual) {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const isBelow = includesEqual ? ascending[middle] <= bound : ascending[middle] < bound
    if (isBelow) low = middle + 1
    else high = middle
  }
  return low
}

/** The area under precision over recall, in steps; calls of equal risk count together. */
function averagePrecision(judged) {
  const total = judged.filter(({ isAnomaly }) => isAnomaly).length
  if (total === 0) return Number.NaN
  const byRisk = Map.groupBy(judged, ({ risk }) => risk)
  let found = 0
  let seen = 0
  let area = 0
  for (const risk of [...byRisk.keys()].sort((a, b) => b - a)) {
    const calls = byRisk.get(risk)
    const anomalies = calls.filter(({ isAnomaly }) => isAnomaly).length
    found += anomalies
    seen += calls.length
    area += (anomalies / total) * (found / seen)
  }
  return area
}

const percent = (value) => (Number.isNaN(value) ? '--' : (value * 100).toFixed(value < 0.1 ? 2 : 1)).padStart(5)
const plain = (value) => (Number.isNaN(value) ? '--' : value.toFixed(3)).padStart(5)

function line(name, f, usPerCall) {
  const counts = `${name.padEnd(12)}${String(f.events).padStart(7)}${String(f.anomalies).padStart(6)}`
  const rates = `${percent(f.recallEscalated)} ${percent(f.falseEscalated)} | ${percent(f.recallWarned)} ${percent(f.falseWarned)}`
  const incidents = `${String(f.incidents).padStart(5)} ${percent(f.incidentsEscalated)} ${percent(f.incidentsWarned)}`
  const ranking = `${plain(f.auc)} ${plain(f.averagePrecision)}  ${percent(f.recallAt1Percent)}   ${percent(f.incidentsAtHalfPercent)}`
  return `${counts} | ${rates} | ${incidents} | ${ranking} | ${usPerCall.toFixed(1)}`
}

async function main([directory, policy = 'clean']) {
  if (directory === undefined || POLICIES[policy] === undefined)
    throw new Error(`usage: npm run quality -- DIR [${Object.keys(POLICIES).join('|')}]`)
  const { createDetector } = await import('../dist/testing/index.js')
  console.log(
    `calibrated scorer, learning: ${policy} (percent of calls; recall and false alarms from risk ${ESCALATE} and ${WARN} on)`,
  )
  console.log(
    'source       events  anom | rec>=7  fa>=7 | rec>=4 fa>=4 | incid  >=7   >=4 |  AUC    AP   rec@1% inc@0.5% | us/call',
  )
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()) {
    const rows = readFileSync(join(directory, file), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((row) => JSON.parse(row))
    const { judged, usPerCall } = replay(rows, createDetector(), policy)
    console.log(line(file.slice(0, -'.jsonl'.length), figuresOf(judged), usPerCall))
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2))
