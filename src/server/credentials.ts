import type { Clock } from '../support/clock.ts'
import { Allowance } from './allowance.ts'
import { type ApprovalToken, TOKEN_CHARS_MAX, type TokenBook, tokenBook } from './tokens.ts'

export type Checked =
  | { readonly status: 'known'; readonly name: string }
  | { readonly status: 'unknown' }
  | { readonly status: 'too-many'; readonly waitSeconds: number }

const FAILURES_AT_ONCE_MAX = 20
const FAILURE_REFILL_MS = 3_000
const NOTICE_MS = 60_000

/**
 * Tells tokens from guesses. What makes a guess hopeless is the length of a token; the bound on failures keeps an attack from filling
 * logs, and never stands in the way of a right token, or an attacker could lock everybody out.
 */
export class Credentials {
  readonly #book: TokenBook
  readonly #failures: Allowance
  readonly #notices: Allowance
  readonly #onNotice: (message: string) => void

  constructor(options: {
    readonly tokens: readonly ApprovalToken[]
    readonly clock: Clock
    readonly onNotice: (message: string) => void
  }) {
    const { clock } = options
    this.#book = tokenBook(options.tokens)
    this.#failures = new Allowance({ burst: FAILURES_AT_ONCE_MAX, refillMs: FAILURE_REFILL_MS, clock })
    this.#notices = new Allowance({ burst: 1, refillMs: NOTICE_MS, clock })
    this.#onNotice = options.onNotice
  }

  check(given: string): Checked {
    const name = given.length > TOKEN_CHARS_MAX ? undefined : this.#book(given)
    if (name !== undefined) return { status: 'known', name }
    if (this.#failures.take()) return { status: 'unknown' }
    if (this.#notices.take())
      this.#onNotice('somebody tries many wrong tokens; more of them are turned away, right ones still work')
    return { status: 'too-many', waitSeconds: this.#failures.waitSeconds }
  }
}
