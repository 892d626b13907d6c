import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Durability } from '../../src/domain/settings.ts'
import { Disk } from './disk.ts'
import { guardedCommand } from './guarded-run.ts'
import { inspect } from './inspect.ts'
import { type Step, stepsIn, trace } from './trace.ts'

export interface PowerLossPlan {
  readonly durability: Durability
  readonly callers: number
  /** Of each caller. */
  readonly calls: number
  /** How often the power goes, each time at another point of the same run. */
  readonly losses: number
  /** Where; the same seed, the same points. */
  readonly seed: number
}

export interface PowerLossReport {
  readonly losses: number
  /** Tools that had started when the power went, over all losses. */
  readonly started: number
  /** Those without a record. */
  readonly unrecorded: number
  /** Those under a limit that are not counted any more. */
  readonly uncounted: number
  /** Logs that are broken: damaged, with a hole, or behind their head. */
  readonly broken: readonly string[]
}

/** Runs guarded calls once, and lets the power go at many points of what reached the disk. */
export async function powerLoss(plan: PowerLossPlan): Promise<PowerLossReport> {
  const directory = mkdtempSync(join(tmpdir(), 'sentinel-power-'))
  const { durability, callers, calls } = plan
  const log = join(directory, 'log', 'audit.db')
  const file = join(directory, 'trace')
  try {
    await trace(guardedCommand({ auditLogPath: log, durability, name: 'call', callers, calls }), file)
    const steps: Step[] = []
    for await (const step of stepsIn(file)) if (step.kind === 'said' || isOf(log, step)) steps.push(step)
    return await lose(steps, plan, directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The log, its companions and its head; what is shared in memory is not on the disk. */
const isOf = (log: string, step: Exclude<Step, { kind: 'said' }>): boolean =>
  ('path' in step ? step.path : step.to).startsWith(log) && !('path' in step && step.path.endsWith('-shm'))

async function lose(steps: readonly Step[], plan: PowerLossPlan, directory: string): Promise<PowerLossReport> {
  const random = randomFrom(plan.seed)
  const first = steps.findIndex(({ kind }) => kind === 'said')
  const points = new Set(
    Array.from({ length: plan.losses }, () => first + Math.floor(random() * (steps.length - first))),
  )
  const disk = new Disk()
  const said: string[] = []
  const report = { losses: 0, started: 0, unrecorded: 0, uncounted: 0, broken: [] as string[] }
  for (const [index, step] of steps.entries()) {
    disk.apply(step)
    if (step.kind === 'said') said.push(step.text)
    if (!points.has(index)) continue
    const found = await examine(disk.afterPowerLoss(random), join(directory, `loss-${index}`), said)
    report.losses++
    report.started += said.length
    report.unrecorded += found.unrecorded
    report.uncounted += found.uncounted
    if (found.broken !== undefined) report.broken.push(`after step ${index}: ${found.broken}`)
  }
  return report
}

async function examine(
  files: ReadonlyMap<string, Buffer>,
  directory: string,
  started: readonly string[],
): Promise<{ readonly unrecorded: number; readonly uncounted: number; readonly broken: string | undefined }> {
  mkdirSync(directory)
  for (const [path, bytes] of files) writeFileSync(join(directory, basename(path)), bytes)
  try {
    const { unrecorded, uncounted, gaps, verification } = await inspect(join(directory, 'audit.db'), started)
    const broken = verification.status === 'broken' ? verification.because : gaps > 0 ? `${gaps} gaps` : undefined
    return { unrecorded: unrecorded.length, uncounted: uncounted.length, broken }
  } catch (error) {
    return { unrecorded: started.length, uncounted: started.length, broken: String(error) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
