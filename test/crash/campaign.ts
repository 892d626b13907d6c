// Kills guards, cuts the power under them, and lets four write at once. Run with `npm run crash`; `npm run crash -- --rounds 20
// --losses 20 --seconds 5` for a shorter one. Exits with 1 when a tool ran without a record or past a limit, or a log is not whole.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startedCalls } from './guarded-run.ts'
import { type Inspected, inspect, isLimited } from './inspect.ts'
import { powerLoss } from './power-loss.ts'
import { canTrace } from './trace.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    losses: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
})
const [rounds, losses, seconds, seed] = [values.rounds, values.losses, values.seconds, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
]
/** Every fourth round is killed while it starts, the others when calls are being made. */
const STARTS_EVERY_ROUNDS = 4
const KILL_WITHIN_MS = 500
/** Fewer than four processes make in a second, on a slow machine too, so that the limit is reached. */
const LIMITED_CALLS_EACH_SECOND = 5

const directory = mkdtempSync(join(tmpdir(), 'sentinel-crash-'))
let failed = false

function tell(title: string, found: string, isWell: boolean): void {
  console.log(`${isWell ? 'ok  ' : 'FAIL'} ${title}: ${found}`)
  failed ||= !isWell
}

const isWhole = ({ unrecorded, uncounted, gaps, verification }: Inspected): boolean =>
  unrecorded.length === 0 && uncounted.length === 0 && gaps === 0 && verification.status !== 'broken'

const told = (started: number, { events, unrecorded, uncounted, gaps, verification }: Inspected): string =>
  `${started} tools started, ${unrecorded.length} without a record, ${uncounted.length} under a limit not counted; ${events} events, ${gaps} gaps, chain ${
    verification.status === 'broken' ? `broken: ${verification.because}` : 'whole'
  }`

/** All on one log, so that each round begins with what the one before left behind. */
async function killRounds(): Promise<void> {
  const auditLogPath = join(directory, 'kill', 'audit.db')
  const started: string[] = []
  for (let round = 1; round <= rounds; round++) {
    const callers = [1, 8, 64][round % 3] ?? 1
    const run = { auditLogPath, durability: 'full', name: `round${round}`, callers } as const
    const calls = await startedCalls(run, (child, count) => {
      const begins = round % STARTS_EVERY_ROUNDS === 0 ? 0 : 1
      if (count === begins) setTimeout(() => child.kill('SIGKILL'), Math.random() * KILL_WITHIN_MS)
    })
    started.push(...calls)
    const found = await inspect(auditLogPath, calls)
    if (!isWhole(found)) return tell(`SIGKILL, round ${round}`, told(calls.length, found), false)
  }
  const found = await inspect(auditLogPath, started)
  tell(`SIGKILL, ${rounds} rounds`, told(started.length, found), isWhole(found) && started.length > 0)
}

async function powerLosses(): Promise<void> {
  for (const durability of ['full', 'normal'] as const) {
    const report = await powerLoss({ durability, callers: 8, calls: 100, losses, seed })
    const title = `power loss, ${durability}, ${report.losses} times in one run, seed ${seed}`
    const found = `${report.started} tools had started, ${report.unrecorded} of them without a record, ${report.uncounted} not counted; ${report.broken.length} logs broken`
    const isKept = durability === 'normal' || (report.unrecorded === 0 && report.uncounted === 0)
    tell(title, [found, ...report.broken].join('\n     '), report.started > 0 && report.broken.length === 0 && isKept)
  }
}

async function fourProcesses(): Promise<void> {
  const auditLogPath = join(directory, 'four', 'audit.db')
  const names = ['a', 'b', 'c', 'd']
  const limit = LIMITED_CALLS_EACH_SECOND * seconds
  const run = { auditLogPath, durability: 'full', callers: 4, seconds, limit } as const
  const started = (await Promise.all(names.map((name) => startedCalls({ ...run, name })))).flat()
  const found = await inspect(auditLogPath, started)
  const limited = started.filter(isLimited).length
  const title = `four processes, ${seconds} s`
  tell(title, told(started.length, found), isWhole(found) && found.orphans === 0)
  tell(`${title}, a limit of ${limit} calls`, `${limited} started`, limited === limit)
}

try {
  await killRounds()
  if (canTrace()) await powerLosses()
  else console.log('skip power loss: it needs strace, to see what reaches the disk')
  await fourProcesses()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
