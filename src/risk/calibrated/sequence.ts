import { type Archive, type Kept, kept } from '../../support/archive.ts'
import { Lru } from '../../support/lru.ts'
import { ValueTable } from './value-table.ts'

/** Tools of one agent whose followers are remembered. */
const TOOLS_MAX = 256
const FOLLOWERS_MAX = 256
/** After a pause the next call starts a new piece of work. */
export const PAUSE_MS: number = 30 * 60_000
const START = ''

/** Which tools an agent calls, and which one after which: the rule of values on the tool, and on the tool given the one before. */
export class ToolSequence implements Kept {
  readonly tools: ValueTable = new ValueTable(TOOLS_MAX)
  readonly #followers = new Lru<string, ValueTable>(TOOLS_MAX)
  #last = START
  #lastAt: number | undefined

  /** The tool before a call at `at`; empty at the start of a piece of work. */
  before(at: number): string {
    return this.#lastAt === undefined || at - this.#lastAt > PAUSE_MS ? START : this.#last
  }

  /** Undefined where what came before is not known well enough. */
  followers(at: number): ValueTable | undefined {
    return this.#followers.peek(this.before(at))
  }

  /** Tools and pairs of tools that are remembered. */
  get entries(): number {
    let entries = this.tools.distinct
    for (const [, followers] of this.#followers) entries += followers.distinct
    return entries
  }

  exchange(archive: Archive): void {
    this.tools.exchange(archive)
    archive.entries(
      this.#followers,
      kept(archive, () => new ValueTable(FOLLOWERS_MAX)),
    )
    this.#last = archive.text(this.#last)
    this.#lastAt = archive.optional(this.#lastAt, (at = 0) => archive.number(at))
  }

  learn(tool: string, at: number): void {
    this.#followers.getOrMake(this.before(at), () => new ValueTable(FOLLOWERS_MAX)).learn(tool)
    this.tools.learn(tool)
    this.#last = tool
    this.#lastAt = at
  }
}
