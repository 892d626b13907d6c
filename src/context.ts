import { AsyncLocalStorage } from 'node:async_hooks'
import { z } from 'zod'
import { configErrorAt } from './config/issues.ts'
import type { CallId } from './domain/units.ts'
import { SentinelConfigError, SentinelError } from './errors.ts'
import { withoutUndefined } from './support/defined.ts'

/** Who and what stands behind the calls made inside `as()`. What is left out is taken from the surrounding `as()`. */
export interface CallContext {
  readonly agentId?: string | undefined
  readonly principalId?: string | undefined
  readonly sessionId?: string | undefined
  /** What the user typed. Kept in memory only. */
  readonly request?: string | undefined
  /** Aborting it ends a wait for approval, as not approved. */
  readonly signal?: AbortSignal | undefined
  /** Names exactly one call; a second call inside is an error. */
  readonly callId?: string | undefined
}

/** A call id on its way to the one call it names. */
interface CallTicket {
  readonly id: CallId
  spent: boolean
}

type Inherited = Omit<CallContext, 'callId'> & {
  readonly ticket: CallTicket | undefined
  /** Named calls whose tools surround the running code; as many as they are nested. */
  readonly within?: readonly CallId[] | undefined
}

const text = z.string().min(1).max(1_000)
const schema = z.strictObject({
  agentId: text.optional(),
  principalId: text.optional(),
  sessionId: text.optional(),
  request: z.string().optional(),
  signal: z.instanceof(AbortSignal).optional(),
  callId: text.optional(),
})

/** The context that surrounds the running code, through every `await`. */
export class Contexts {
  readonly #storage = new AsyncLocalStorage<Inherited>()

  /** @throws SentinelConfigError when a part of the context is not what it should be. */
  run<Result>(context: CallContext, work: () => Result): Result {
    const parsed = schema.safeParse(context)
    if (!parsed.success) throw configErrorAt('as()', parsed.error, { given: context, keys: Object.keys(schema.shape) })
    if (typeof work !== 'function')
      throw new SentinelConfigError([
        { path: 'as()', code: 'wrong_type', message: 'expected a function as its second argument, to run inside' },
      ])
    const { callId, ...rest } = parsed.data
    const outer = this.#storage.getStore()
    const ticket = callId === undefined ? outer?.ticket : { id: callId as CallId, spent: false }
    return this.#storage.run({ ...outer, ...withoutUndefined(rest), ticket }, work)
  }

  /** Runs a tool as part of the named call it belongs to. */
  runWithin<Result>(id: CallId, work: () => Result): Result {
    const outer = this.#storage.getStore()
    return this.#storage.run({ ...outer, ticket: undefined, within: [...(outer?.within ?? []), id] }, work)
  }

  /** Whether the running code is part of that call: it can not wait for the call's end. */
  isWithin(id: CallId): boolean {
    return this.#storage.getStore()?.within?.includes(id) ?? false
  }

  current(): Omit<CallContext, 'callId'> {
    return this.#storage.getStore() ?? {}
  }

  /**
   * The call id given to the next call, once.
   * @throws SentinelError `CALL_ID_REUSED` for the second call inside one `as({ callId })`.
   */
  takeCallId(): CallId | undefined {
    const ticket = this.#storage.getStore()?.ticket
    if (ticket === undefined) return undefined
    if (ticket.spent) {
      throw new SentinelError(
        'CALL_ID_REUSED',
        `as({ callId: '${ticket.id}' }) covers exactly one call, and this is the second; give each call its own as()`,
      )
    }
    ticket.spent = true
    return ticket.id
  }
}
