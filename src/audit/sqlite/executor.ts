import type { DatabaseOptions } from './database.ts'
import { Keeper, type Output, type Task, type WorkName } from './keeper.ts'
import type { Driver } from './open.ts'
import { Refusal } from './refusal.ts'

/** Where the work on the file is done: in this thread or in one of its own. */
export interface Executor {
  /** Who does the work. */
  readonly by: 'this-thread' | 'another-thread'
  /** Rejects with the errors of SQLite and of the operating system, and with `Refusal`. */
  perform<Name extends WorkName>(task: Task<Name>): Promise<Output<Name>>
  /** Idempotent. */
  close(): Promise<void>
}

/** Does the work in this thread, which stands still meanwhile. */
export class InlineExecutor implements Executor {
  readonly by = 'this-thread'
  readonly #options: () => DatabaseOptions
  readonly #driver: () => Promise<Driver>
  #keeper: Keeper | undefined
  #closed = false

  constructor(options: () => DatabaseOptions, driver: () => Promise<Driver>) {
    this.#options = options
    this.#driver = driver
  }

  async perform<Name extends WorkName>(task: Task<Name>): Promise<Output<Name>> {
    const keeper = this.#keeper ?? (await this.#made())
    return keeper.perform(task)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#keeper?.close()
  }

  async #made(): Promise<Keeper> {
    const Connection = await this.#driver()
    if (this.#closed) throw closedMeanwhile()
    this.#keeper ??= new Keeper(Connection, this.#options())
    return this.#keeper
  }
}

export const closedMeanwhile = (): Refusal => new Refusal('it was closed meanwhile', 'Make a new store.')
