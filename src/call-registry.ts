import type { OpenAuthorization } from './authorization.ts'
import type { ToolCall } from './domain/call.ts'
import type { CallId, Digest } from './domain/units.ts'
import { SentinelError } from './errors.ts'
import { Lru } from './support/lru.ts'

/** Authorizations that were never run; the oldest is forgotten first, and its call id is then found in the log. */
const OPEN_AUTHORIZATIONS_MAX = 10_000

interface Known<Thing> {
  readonly digest: Digest
  readonly thing: Thing
}

/** Calls that ended; a repeat of an older one is found in the log, when there is one. */
const ENDED_CALLS_MAX = 10_000

/** Calls of this process whose id the caller gave: the same id with the same digest is one call. */
export class CallRegistry {
  /** Bounded by the calls that run. */
  readonly #running = new Map<CallId, Known<Promise<unknown>>>()
  readonly #open = new Lru<CallId, Known<Promise<OpenAuthorization>>>(OPEN_AUTHORIZATIONS_MAX)

  readonly #ended = new Lru<CallId, Known<true>>(ENDED_CALLS_MAX)

  /**
   * The result of the same call, which still runs.
   * @throws SentinelError `CALL_ID_REUSED` when the id belongs to another call, `CALL_ALREADY_RAN` when this call has ended.
   */
  running(call: ToolCall): Promise<unknown> | undefined {
    if (same(call, this.#ended.get(call.id))) throw alreadyRan(call)
    return same(call, this.#running.get(call.id))
  }

  /** @throws SentinelError `CALL_ID_REUSED` when the id belongs to another call. */
  open(call: ToolCall): Promise<OpenAuthorization> | undefined {
    return same(call, this.#open.get(call.id))
  }

  keepWhileRunning<Result>(call: ToolCall, result: Promise<Result>): Promise<Result> {
    this.#running.set(call.id, { digest: call.digest, thing: result })
    const end = (): void => {
      this.#running.delete(call.id)
      this.ended(call)
    }
    result.then(end, end)
    return result
  }

  ended(call: ToolCall): void {
    this.#open.delete(call.id)
    this.#ended.set(call.id, { digest: call.digest, thing: true })
  }

  keepOpen(call: ToolCall, authorization: Promise<OpenAuthorization>): void {
    this.#open.set(call.id, { digest: call.digest, thing: authorization })
    authorization.catch(() => this.#open.delete(call.id))
  }
}

function same<Thing>(call: ToolCall, known: Known<Thing> | undefined): Thing | undefined {
  if (known === undefined || known.digest === call.digest) return known?.thing
  throw new SentinelError(
    'CALL_ID_REUSED',
    `The call id '${call.id}' belongs to another call; give each call an id of its own`,
    {
      forModel: { message: 'This call id is already in use.' },
    },
  )
}

const alreadyRan = ({ id, tool }: ToolCall): SentinelError =>
  new SentinelError(
    'CALL_ALREADY_RAN',
    `The call '${id}' of '${tool}' was made before; a call runs at most once. Make a new call with a new id.`,
    {
      forModel: { message: 'This call was already made.' },
    },
  )
