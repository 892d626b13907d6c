import { readKeyBeside } from '../../audit/key.ts'
import { createMemoryStore } from '../../audit/memory.ts'
import { createSqliteStore } from '../../audit/sqlite/store.ts'
import { DEFAULTS } from '../../config/config.ts'
import type { Decision } from '../../domain/decision.ts'
import type { Detector } from '../../domain/detector.ts'
import type { EpochMs } from '../../domain/units.ts'
import { isSentinelError } from '../../errors.ts'
import { realSurroundings, type Surroundings } from '../../parts.ts'
import { foldEvent } from '../../risk/fold.ts'
import { Sentinel } from '../../sentinel.ts'
import { type Clock, systemClock } from '../../support/clock.ts'
import { withoutUndefined } from '../../support/defined.ts'
import type { RecordedCall } from './calls.ts'
import { type Reviewer, reviewed } from './reviewer.ts'

const DAY_MS = 86_400_000
const PAGE_EVENTS = 1_000

export interface ReplaySettings {
  readonly rulesPath: string | undefined
  /** An audit log whose baselines to start from; only read. */
  readonly database: string | undefined
  readonly reviewer: Reviewer
  /** Key of that log, where it is not in the file beside it. */
  readonly auditKey: string | undefined
}

/** A recorded call and what the guard made of it. */
export interface Replayed {
  readonly call: RecordedCall
  readonly decision: Decision
}

/** What a recorded failure throws, so that the guard records it as one. */
class RecordedFailure extends Error {}

/**
 * Runs recorded calls through a real guard, one after another, with their own times as its clock. The guard has a store in memory, and
 * no stopped call runs; the reviewer has the last word on what is learned.
 */
export async function* replayCalls(
  calls: AsyncIterable<RecordedCall>,
  settings: ReplaySettings,
): AsyncGenerator<Replayed> {
  const now = new ReplayedTime()
  let guard: ReplayGuard | undefined
  try {
    for await (const call of calls) {
      now.current = call
      guard ??= await ReplayGuard.start(settings, now, call.at)
      yield { call, decision: await guard.judge(call) }
    }
  } finally {
    await guard?.close()
  }
}

/** The call that is replayed gives the time. Nothing waits in a replay: outcomes ride with the next call, and nobody is asked. */
class ReplayedTime implements Clock {
  current: RecordedCall | undefined
  #latestMs = 0

  now(): EpochMs {
    return this.current?.at ?? systemClock.now()
  }

  /** Windows go by this: the time that passed between the calls, not what replaying them takes. */
  monotonicMs(): number {
    this.#latestMs = Math.max(this.#latestMs, this.current?.at ?? 0)
    return this.#latestMs
  }

  after(): () => void {
    return () => undefined
  }
}

class ReplayGuard {
  readonly #sentinel: Sentinel
  readonly #tools = new Map<string, (params: object) => Promise<unknown>>()
  readonly #time: ReplayedTime
  #decision: Decision | undefined

  static async start(
    { rulesPath, database, reviewer, auditKey: given }: ReplaySettings,
    time: ReplayedTime,
    first: EpochMs,
  ): Promise<ReplayGuard> {
    const detector = database === undefined ? undefined : await detectorFrom(database, first)
    const surroundings: Partial<Surroundings> = {
      clock: time,
      environment: {},
      review: ({ lesson }) => (time.current === undefined ? lesson : reviewed(lesson, time.current, reviewer)),
      ...(detector === undefined ? {} : { makeDetector: () => detector }),
    }
    const approval = reviewer === 'auto' ? nobody : labels
    const auditKey = database === undefined ? undefined : (given ?? readKeyBeside(database))
    const config = { store: createMemoryStore(), logger: false as const, approval, ...withoutUndefined({ auditKey }) }
    return new ReplayGuard(
      new Sentinel({ ...config, ...(rulesPath === undefined ? {} : { rulesPath }) }, surroundings),
      time,
    )
  }

  constructor(sentinel: Sentinel, time: ReplayedTime) {
    this.#sentinel = sentinel
    this.#time = time
    sentinel.on('decision', ({ decision }) => {
      this.#decision = decision
    })
  }

  async judge(call: RecordedCall): Promise<Decision> {
    this.#decision = undefined
    try {
      await this.#sentinel.as({ agentId: call.agent }, () => this.#tool(call.tool)(call.params))
    } catch (error) {
      if (!isSentinelError(error) && !(error instanceof RecordedFailure)) throw error
      if (this.#decision === undefined) throw error
    }
    if (this.#decision === undefined) throw new Error(`no decision on a call of '${call.tool}'`)
    return this.#decision
  }

  close(): Promise<void> {
    return this.#sentinel.close()
  }

  #tool(name: string): (params: object) => Promise<unknown> {
    const known = this.#tools.get(name)
    if (known !== undefined) return known
    const wrapped = this.#sentinel.wrap(name, async (_params: object) => {
      if (this.#time.current?.outcome === 'failure') throw new RecordedFailure('failed when it was recorded')
    })
    this.#tools.set(name, wrapped)
    return wrapped
  }
}

/** The labels of the file review every stopped call, so all of them are answered; what each teaches `reviewed` says. */
const labels = {
  name: 'labels',
  request: async () => ({ outcome: 'denied', by: 'the labels of the file' }) as const,
}

const nobody = {
  name: 'nobody',
  request: async () => ({ outcome: 'unavailable', because: 'nobody is asked in a replay' }) as const,
}

/** A detector that knows what an audit log would have taught it by the time of the first call. */
async function detectorFrom(path: string, first: EpochMs): Promise<Detector> {
  const detector = realSurroundings.makeDetector(DEFAULTS, 'present')
  const store = createSqliteStore({ path, readOnly: true })
  try {
    // What the log learned after the first call can not have been known by then.
    const history = { since: (first - DEFAULTS.lookbackDays * DAY_MS) as EpochMs, until: (first + 1) as EpochMs }
    for (let after = 0; ; ) {
      const page = await store.query({ ...history, after, order: 'oldest-first', limit: PAGE_EVENTS })
      for (const event of page) foldEvent(detector, event, event.lesson)
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE_EVENTS) return detector
      after = last.seq
    }
  } finally {
    await store.close()
  }
}
