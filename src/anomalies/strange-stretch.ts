import type { Archive, Kept } from '../support/archive.ts'
import { DAY_MS, NEWS_MAX_MS } from './limits.ts'

/** Not seen for so long, it has ended, and what comes next is news again. */
const ENDED_AFTER_MS = DAY_MS

/** How long something strange has been going on. */
export class StrangeStretch implements Kept {
  #since: number | undefined
  #last: number | undefined

  /** It was seen. Answers whether it is news still: what goes on for longer is what this agent does now, and is learned. */
  seen(at: number): boolean {
    if (this.#last === undefined || at - this.#last > ENDED_AFTER_MS) this.#since = at
    this.#last = at
    return at - (this.#since ?? at) < NEWS_MAX_MS
  }

  exchange(archive: Archive): void {
    this.#since = archive.optional(this.#since, (at = 0) => archive.number(at))
    this.#last = archive.optional(this.#last, (at = 0) => archive.number(at))
  }
}
