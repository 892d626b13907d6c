import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import type { ApprovalState } from '../../src/domain/approval.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { endOf } from '../support/approvals.ts'
import { tempDir } from '../support/guards.ts'
import { CONFIG, type SuspendedRun, suspendedRun } from './suspended-run.ts'

/** Processes that run beside each other. */
const AT_ONCE = 4

/** Until the call waits to be approved, resuming and making it again are one. */
const WRITES_BOTH_MAKE = 4

interface Finished {
  /** As it stood when the next process had started. */
  readonly found: ApprovalState | undefined
  /** How often the tool ran before the process was killed, and in all. */
  readonly ranBefore: number
  readonly ran: number
  readonly ends: readonly unknown[]
  readonly executed: number
  readonly states: readonly ApprovalState[]
}

const linesOf = (path: string): number => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0)

/** What the next process finds, and what it makes of it: a human approves what waits, and the call is resumed and made again. */
async function finish({ path, ranPath }: SuspendedRun): Promise<Finished> {
  const ranBefore = linesOf(ranPath)
  let ran = ranBefore
  const store = createSqliteStore({ path, durability: 'normal', writer: 'inline' })
  const sentinel = new Sentinel({ ...CONFIG, store })
  const pay = sentinel.wrap('pay', async (_: { amount: number }) => ++ran)
  await sentinel.ready()
  const [first] = await sentinel.approvals.list()
  if (first?.state === 'pending') await sentinel.approvals.approve(first.id, { by: 'ann' })
  const ends = [await endOf(sentinel.resume(first?.id ?? '')), await endOf(pay({ amount: 5 }))]
  const states = (await sentinel.approvals.list()).map(({ state }) => state)
  const executed = (await sentinel.audit.query({ event: 'executed' })).length
  await sentinel.close()
  return { found: first?.state, ranBefore, ran, ends, states, executed }
}

for (const how of ['resume', 'repeat'] as const)
  test(`[P16] [P12] [P9] killed after each write to the log, ${how}: it runs once at most, and what may have run is never run again`, async () => {
    const directory = tempDir()
    const runFor = (writes: number | undefined): SuspendedRun => ({
      ...{ path: join(directory, `${writes}`, 'audit.db'), ranPath: join(directory, `ran-${writes}`) },
      ...{ how, writes },
    })
    const all = (await suspendedRun(runFor(undefined))) ?? 0
    expect(all).toBeGreaterThan(6)
    const found = new Set<ApprovalState | undefined>()
    for (let first = how === 'resume' ? 0 : WRITES_BOTH_MAKE; first < all; first += AT_ONCE) {
      const runs = Array.from({ length: Math.min(AT_ONCE, all - first) }, (_, index) => runFor(first + index))
      expect(await Promise.all(runs.map(suspendedRun))).toEqual(runs.map(() => undefined))
      for (const run of runs) found.add(await check(run))
    }
    expect([...found]).toEqual(expect.arrayContaining(['approved', 'outcome_unknown']))
  })

/** @returns how the approval stood when the next process started. */
async function check(run: SuspendedRun): Promise<ApprovalState | undefined> {
  const finished = await finish(run)
  const { found, ranBefore, ran, ends } = finished
  const told = `killed after write ${run.writes}: ${JSON.stringify(finished)}`
  expect(ran, told).toBeLessThanOrEqual(1)
  switch (found) {
    case undefined:
      expect([ran, ...ends], told).toEqual([0, 'APPROVAL_UNKNOWN', 'APPROVAL_PENDING'])
      break
    case 'pending':
    case 'approved':
      expect([ranBefore, ran, ...ends], told).toEqual([0, 1, 1, 'APPROVAL_PENDING'])
      break
    default:
      expect(['outcome_unknown', 'consumed'], told).toContain(found)
      expect([ran, ...ends], told).toEqual([ranBefore, 'CALL_ALREADY_RAN', 'APPROVAL_PENDING'])
      // What reads as run has its end in the log.
      if (found === 'consumed') expect(finished.executed, told).toBe(1)
  }
  return found
}
