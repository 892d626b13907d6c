import type { NonEmpty } from '../../domain/decision.ts'
import { SentinelAuditUnavailableError } from '../../errors.ts'
import { isAboutOneUnit } from './failure.ts'

/** Units in one transaction: some milliseconds of work. */
const GROUP_UNITS_MAX = 1_000
/** Groups before the event loop gets its turn: callers that never wait for anything else would keep it from everyone. */
const GROUPS_PER_TURN = 8

/** A unit that nobody has stored yet. */
interface Waiting<Unit, Stored> {
  readonly unit: Unit
  /** Monotonic: when it is given up. */
  readonly deadlineMs: number
  readonly outcome: PromiseWithResolvers<Stored>
}

/** What came of each unit. Rejects with `SentinelAuditUnavailableError`. */
export type CommitUnits<Unit, Stored> = (units: NonEmpty<Unit>, deadlineMs: number) => Promise<readonly Stored[]>

/**
 * Gathers what is to be stored: the units of one turn of the event loop, and those that come while a group is being stored, share a
 * transaction, and so the one sync to the disk that takes most of the time. Units are stored in the order they came in.
 */
export class GroupCommit<Unit, Stored extends object | boolean> {
  readonly #commit: CommitUnits<Unit, Stored>
  readonly #waiting: Waiting<Unit, Stored>[] = []
  #working: Promise<void> | undefined
  #groups = 0

  constructor(commit: CommitUnits<Unit, Stored>) {
    this.#commit = commit
  }

  /** Units that are in no group yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Resolves once the unit is stored; rejects with the error of its group, or with its own. */
  add(unit: Unit, deadlineMs: number): Promise<Stored> {
    const outcome = Promise.withResolvers<Stored>()
    this.#waiting.push({ unit, deadlineMs, outcome })
    this.#working ??= this.#work()
    return outcome.promise
  }

  /** Resolves when all that was handed in is stored, or has failed. */
  async empty(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    await this.#pause()
    for (let group = this.#nextGroup(); group !== undefined; group = this.#nextGroup()) {
      await this.#store(group)
      await this.#pause()
    }
    this.#working = undefined
  }

  /** Until everything that runs now, and what it resolves, has run; now and then until the event loop has turned. */
  #pause(): Promise<void> {
    const turns = ++this.#groups % GROUPS_PER_TURN === 0
    return new Promise((resolve) => (turns ? setImmediate(resolve) : process.nextTick(resolve)))
  }

  #nextGroup(): NonEmpty<Waiting<Unit, Stored>> | undefined {
    const [first, ...others] = this.#waiting.splice(0, GROUP_UNITS_MAX)
    return first && [first, ...others]
  }

  async #store(group: NonEmpty<Waiting<Unit, Stored>>): Promise<void> {
    const [first, ...others] = group
    try {
      const outcomes = await this.#commit([first.unit, ...others.map(({ unit }) => unit)], first.deadlineMs)
      for (const [index, { outcome }] of group.entries()) settle(outcome, outcomes[index])
    } catch (error) {
      if (others.length > 0 && error instanceof SentinelAuditUnavailableError && isAboutOneUnit(error))
        return this.#storeEach(group)
      for (const { outcome } of group) outcome.reject(error)
    }
  }

  /** One of them can not be stored: the others need not suffer for it. */
  async #storeEach(group: NonEmpty<Waiting<Unit, Stored>>): Promise<void> {
    for (const waiting of group) await this.#store([waiting])
  }
}

function settle<Stored>(outcome: PromiseWithResolvers<Stored>, stored: Stored | undefined): void {
  if (stored === undefined) outcome.reject(new Error('the log did not say what became of what was handed to it'))
  else outcome.resolve(stored)
}
