import { afterEach } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import type { Approval } from '../../src/domain/approval.ts'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import { isSentinelError, type SentinelError } from '../../src/errors.ts'
import { Sentinel } from '../../src/sentinel.ts'
import type { ToolOptions } from '../../src/tool.ts'
import { FakeClock } from './fake-clock.ts'
import { surviving } from './stores.ts'

const opened: Sentinel[] = []
afterEach(async () => {
  for (const sentinel of opened.splice(0)) await sentinel.close()
})

/** Every payment needs a human, and one of more than 1,000 is blocked whoever says yes. */
export const PAY_RULES = {
  version: '1.0',
  rules: [
    { id: 'ask', function_pattern: 'pay', conditions: [], action: 'require_approval', message: 'Over to a human.' },
    {
      ...{ id: 'much', function_pattern: 'pay', action: 'block', priority: 1, message: 'Too much.' },
      conditions: [{ param: 'amount', operator: 'gt', value: 1_000 }],
    },
  ],
}
const ALL_BLOCKED = {
  version: '1.0',
  rules: [{ id: 'closed', function_pattern: '*', conditions: [], action: 'block', message: 'Closed today.' }],
}

export interface Till {
  readonly sentinel: Sentinel
  /** The guarded tool, in the way the agent calls it. */
  readonly pay: (...args: never[]) => Promise<unknown>
}

/** Guards of several processes, as it were, on one log that outlives them, and what their one tool was run with. */
export class Office {
  readonly clock: FakeClock = new FakeClock()
  readonly kept: AuditStore
  readonly ran: unknown[][] = []
  readonly #config: SentinelConfig

  constructor(config: SentinelConfig = {}, kept: AuditStore = createMemoryStore()) {
    this.#config = config
    this.kept = kept
  }

  /** A guard in front of `pay`. */
  open(config: SentinelConfig = {}, options: ToolOptions<Promise<unknown>> = {}): Till {
    const store = surviving(this.kept)
    const given = { rules: PAY_RULES, logger: false, auditKey: 'k'.repeat(32), store, ...this.#config, ...config }
    if (given.auditLog === false) delete (given as { store?: AuditStore }).store
    const sentinel = new Sentinel(given as SentinelConfig, { clock: this.clock, environment: {} })
    opened.push(sentinel)
    const pay = sentinel.wrap('pay', async (...args: unknown[]): Promise<unknown> => this.run(args), options)
    return { sentinel, pay: pay as Till['pay'] }
  }

  /** A guard of a process that started when everything became forbidden. */
  openBlocked(): Till {
    return this.open({ rules: ALL_BLOCKED })
  }

  run(args: unknown[]): string {
    this.ran.push(args)
    return `paid ${this.ran.length}`
  }

  approvals(): Promise<readonly Approval[]> {
    return this.kept.approvals({ now: this.clock.now(), limit: 10_000, order: 'oldest-first' })
  }

  async states(): Promise<readonly string[]> {
    return (await this.approvals()).map(({ state }) => state)
  }

  /** The one that was asked for last. */
  async last(): Promise<Approval> {
    const approval = (await this.approvals()).at(-1)
    if (approval === undefined) throw new Error('nothing was asked for')
    return approval
  }

  async events(): Promise<readonly AuditEvent[]> {
    await this.clock.advance(100)
    return this.kept.query({ order: 'oldest-first', limit: 10_000 })
  }

  /** Names of what was written since the rules were loaded. */
  async names(): Promise<readonly string[]> {
    return (await this.events()).map(({ event }) => event).filter((event) => event !== 'rules_loaded')
  }
}

/** The refusal that a call ends with. Fails when it does not, or with anything else. */
export async function refusalOf(call: Promise<unknown>): Promise<SentinelError> {
  const ended = await call.then(
    (result) => new Error(`expected a refusal, found ${String(result)}`),
    (error: unknown) => error,
  )
  if (isSentinelError(ended)) return ended
  throw ended
}

/** The code of the refusal, or the result. */
export const endOf = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => {
    if (isSentinelError(error)) return error.code
    throw error
  })
