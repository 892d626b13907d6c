import type { NonEmpty } from '../../domain/decision.ts'
import { SentinelAuditUnavailableError } from '../../errors.ts'
import { isAboutOneUnit } from './failure.ts'

/** Units in one transaction: some milliseconds of work. */
const GROUP_UNITS_MAX = 1_000
/** From so many units on, two halves take turns. */
const HALVED_UNITS_MIN = 32
/** Some milliseconds of what callers do when they go on. */
const TOLD_PER_TURN = 16
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

type Tell = () => void
type Group<Unit, Stored> = NonEmpty<Waiting<Unit, Stored>>

/** A group on its way to the disk. */
interface Begun<Unit, Stored> {
  readonly group: Group<Unit, Stored>
  readonly stored: Promise<readonly Stored[]>
}

/**
 * Gathers what is to be stored: the units of one turn of the event loop, and those that come while a group is being stored, share a
 * transaction, and so the one sync to the disk that takes most of the time. Units are stored in the order they came in.
 *
 * Where another thread stores, many are taken in two halves that take turns: while one is stored, the callers of the other go on.
 */
export class GroupCommit<Unit, Stored extends object | boolean> {
  readonly #commit: CommitUnits<Unit, Stored>
  readonly #halvedUnitsMin: number
  readonly #waiting: Waiting<Unit, Stored>[] = []
  #working: Promise<void> | undefined
  #groupsSinceTurn = 0
  #toldSinceTurn = 0

  /** @param by who stores: this thread, which does nothing else meanwhile, or another. */
  constructor(commit: CommitUnits<Unit, Stored>, by: 'this-thread' | 'another-thread') {
    this.#commit = commit
    this.#halvedUnitsMin = by === 'another-thread' ? HALVED_UNITS_MIN : Number.POSITIVE_INFINITY
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
    let begun = await this.#firstBegun()
    while (begun !== undefined) {
      const tells = await this.#finished(begun)
      // Handed over first: the callers that are told go on, and keep this thread from it.
      const next = this.#waiting.length >= this.#halvedUnitsMin / 2 ? this.#begin(GROUP_UNITS_MAX) : undefined
      await this.#tell(tells)
      begun = next ?? (await this.#firstBegun())
    }
    this.#working = undefined
  }

  async #firstBegun(): Promise<Begun<Unit, Stored> | undefined> {
    await this.#pause()
    const { length } = this.#waiting
    return this.#begin(length < this.#halvedUnitsMin ? length : Math.ceil(length / 2))
  }

  /** Until everything that runs now, and what it resolves, has run; now and then until the event loop has turned. */
  async #pause(): Promise<void> {
    if (++this.#groupsSinceTurn >= GROUPS_PER_TURN) return this.#turn()
    return new Promise((resolve) => process.nextTick(resolve))
  }

  /**
   * Those who are told go on at once, with all that their next call takes: the event loop gets its turn between some and some. By
   * itself it would get none while another thread answers faster than they are done.
   */
  async #tell(tells: readonly Tell[]): Promise<void> {
    for (const tell of tells) {
      if (this.#toldSinceTurn >= TOLD_PER_TURN) await this.#turn()
      this.#toldSinceTurn++
      tell()
    }
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#groupsSinceTurn = 0
    this.#toldSinceTurn = 0
  }

  /** Undefined when nothing waits. */
  #begin(unitsMax: number): Begun<Unit, Stored> | undefined {
    const [first, ...others] = this.#waiting.splice(0, Math.min(unitsMax, GROUP_UNITS_MAX))
    return first && this.#begun([first, ...others])
  }

  #begun(group: Group<Unit, Stored>): Begun<Unit, Stored> {
    const [first, ...others] = group
    const stored = this.#commit([first.unit, ...others.map(({ unit }) => unit)], first.deadlineMs)
    // Looked at when those before it were told.
    stored.catch(() => undefined)
    return { group, stored }
  }

  /** Resolves to what tells those who wait, one by one. */
  async #finished({ group, stored }: Begun<Unit, Stored>): Promise<readonly Tell[]> {
    try {
      const outcomes = await stored
      return group.map(
        ({ outcome }, index) =>
          () =>
            settle(outcome, outcomes[index]),
      )
    } catch (error) {
      if (group.length > 1 && error instanceof SentinelAuditUnavailableError && isAboutOneUnit(error))
        return this.#finishedEach(group)
      return group.map(
        ({ outcome }) =>
          () =>
            outcome.reject(error),
      )
    }
  }

  /** One of them can not be stored: the others need not suffer for it. */
  async #finishedEach(group: Group<Unit, Stored>): Promise<readonly Tell[]> {
    const tells: Tell[] = []
    for (const waiting of group) tells.push(...(await this.#finished(this.#begun([waiting]))))
    return tells
  }
}

function settle<Stored>(outcome: PromiseWithResolvers<Stored>, stored: Stored | undefined): void {
  if (stored === undefined) outcome.reject(new Error('the log did not say what became of what was handed to it'))
  else outcome.resolve(stored)
}
