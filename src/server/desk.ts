import { readSignature } from '../approval/answer.ts'
import type { Approvals } from '../approval/approvals.ts'
import type { Approval, ApprovalState } from '../domain/approval.ts'
import type { Params } from '../domain/plain.ts'
import { isSentinelError, type SentinelErrorCode } from '../errors.ts'
import type { Clock } from '../support/clock.ts'
import { Allowance } from './allowance.ts'
import { type Refusal, tooMany, UNKNOWN } from './refusal.ts'

export const ID_CHARS_MAX = 200
/** The interface of the queue lists no more. */
const REACHABLE_MAX = 10_000
const MISSES_AT_ONCE_MAX = 60
const MISS_REFILL_MS = 1_000

/** What somebody wants done with one approval. */
export type Choice = { readonly note?: string | undefined } & (
  | { readonly kind: 'approve'; readonly digest: string }
  | { readonly kind: 'edit'; readonly digest: string; readonly params: Params }
  /** A refusal is safe whatever was shown. */
  | { readonly kind: 'deny'; readonly digest?: string | undefined }
)

export type Answered = { readonly approval: Approval } | { readonly refusal: Refusal }

export interface Listed {
  readonly approvals: readonly Approval[]
  /** Whether there are more after these. */
  readonly more: boolean
}

/** Approvals as one named person may see and decide them. */
export class Desk {
  readonly #approvals: Approvals
  readonly #clock: Clock
  /** By name: how many ids that are not there somebody may still ask for. As many entries as names of tokens. */
  readonly #misses = new Map<string, Allowance>()

  constructor(options: { readonly approvals: Approvals; readonly clock: Clock }) {
    this.#approvals = options.approvals
    this.#clock = options.clock
  }

  /** The most urgent first. @param range `from` 0 on; together at most 10,000. */
  async list(
    name: string,
    range: { readonly state: ApprovalState; readonly from: number; readonly count: number },
  ): Promise<Listed> {
    const { state, from, count } = range
    const end = from + count
    // What is not theirs to see takes no place on their pages; so few lists have any of it that a longer look is rarely needed.
    for (let limit = end + 1; ; limit *= 4) {
      const found = await this.#approvals.list({ state, limit: Math.min(limit, REACHABLE_MAX) })
      const own = found.filter((each) => mayDecide(each, name))
      if (own.length > end || found.length < limit) return { approvals: own.slice(from, end), more: own.length > end }
    }
  }

  /** An approval that is not there, and one that this person may not decide, are the same: neither can be told from the other. */
  async find(name: string, id: string): Promise<Answered> {
    const approval = id.length > ID_CHARS_MAX ? undefined : await this.#approvals.get(id)
    if (approval !== undefined && mayDecide(approval, name)) return { approval }
    return { refusal: this.#missesOf(name).take() ? UNKNOWN : GUESSING }
  }

  /** Decides what was shown, and nothing else: the record must be the one whose digest the person saw. */
  async decide(name: string, id: string, choice: Choice): Promise<Answered> {
    const found = await this.find(name, id)
    if ('refusal' in found) return found
    if (choice.digest !== undefined && choice.digest !== found.approval.digest) return { refusal: CHANGED }
    try {
      return { approval: await this.#take(name, found.approval, choice) }
    } catch (error) {
      return { refusal: refusalOf(error) }
    }
  }

  #take(by: string, { id }: Approval, choice: Choice): Promise<Approval> {
    const { note } = choice
    switch (choice.kind) {
      case 'approve':
        return this.#approvals.approve(id, { by, note })
      case 'edit':
        return this.#approvals.approve(id, { by, note, params: choice.params })
      case 'deny':
        return this.#approvals.deny(id, { by, note })
      default:
        return choice satisfies never
    }
  }

  #missesOf(name: string): Allowance {
    const known = this.#misses.get(name)
    if (known !== undefined) return known
    const made = new Allowance({ burst: MISSES_AT_ONCE_MAX, refillMs: MISS_REFILL_MS, clock: this.#clock })
    this.#misses.set(name, made)
    return made
  }
}

/** Nobody decides what they, or an agent of their name, ask for; nor what others were named for. */
const mayDecide = (approval: Approval, name: string): boolean =>
  typeof readSignature(name, undefined, approval) !== 'string'

const GUESSING = tooMany('Too many ids that are not there were asked for. Wait a minute.')

const CHANGED: Refusal = {
  status: 409,
  code: 'DIGEST_DIFFERS',
  message: 'This is not the call that was shown, so nothing was decided. Look at it again.',
}

const STATUS: ReadonlyMap<SentinelErrorCode, Refusal['status']> = new Map<SentinelErrorCode, Refusal['status']>([
  ['APPROVAL_UNKNOWN', 404],
  ['APPROVAL_ALREADY_DECIDED', 409],
  ['APPROVAL_NOT_ALLOWED', 403],
  ['ARGUMENT_REFUSED', 400],
])

/** What the queue says no with. @throws what is no answer to the person, such as a store that fails. */
function refusalOf(error: unknown): Refusal {
  const status = isSentinelError(error) ? STATUS.get(error.code) : undefined
  if (status === undefined || !isSentinelError(error)) throw error
  return { status, code: error.code, message: error.message }
}
