import type { Archive, Kept } from '../support/archive.ts'
import { DAY_MS, NEWS_MAX_MS } from './limits.ts'

/** Not seen for so long, it has ended, and what comes next is news again. */
const ENDED_AFTER_MS = DAY_MS

/**
 * How long something strange has been going on. While it is news it is not learned; what goes on for longer is what this agent does
 * now.
 */
export class StrangeStretch implements Kept {
  #since: number | undefined
  #last: number | undefined
  #isNews = true

  /** It was seen. `turns-usual` is said once. */
  seen(at: number): 'news' | 'turns-usual' | 'usual' {
    if (this.#last === undefined || at - this.#last > ENDED_AFTER_MS) {
      this.#since = at
      this.#isNews = true
    }
    this.#last = at
    const wasNews = this.#isNews
    this.#isNews = at - (this.#since ?? at) < NEWS_MAX_MS
    if (this.#isNews) return 'news'
    return wasNews ? 'turns-usual' : 'usual'
  }

  exchange(archive: Archive): void {
    this.#since = archive.optional(this.#since, (at = 0) => archive.number(at))
    this.#last = archive.optional(this.#last, (at = 0) => archive.number(at))
    this.#isNews = archive.number(Number(this.#isNews)) === 1
  }
}
