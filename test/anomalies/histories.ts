import { type AgentFacts, AgentHistory } from '../../src/anomalies/agent.ts'
import type { ActivityEventName } from '../../src/domain/activity.ts'
import { fromBytes, toBytes } from '../../src/support/archive.ts'
import { hourReader } from '../../src/support/hours.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS: number = 60 * MINUTE_MS
export const DAY_MS: number = 24 * HOUR_MS
/** A Monday. */
export const MIDNIGHT: number = Date.parse('2026-01-05T00:00:00.000Z')
export const START: number = MIDNIGHT + 9 * HOUR_MS

/** An agent whose events come when a test says. */
export class Told {
  history: AgentHistory = new AgentHistory(hourReader('UTC'))
  at: number = START
  #seq = 0

  tell(
    event: ActivityEventName,
    about: { readonly at?: number; readonly principalId?: string } = {},
  ): readonly AgentFacts[] {
    const { at = this.at, principalId } = about
    const time = new Date(at).toISOString()
    const seq = ++this.#seq
    return this.history.take({ seq, time, event, agentId: 'a', principalId, enforced: true }, at)
  }

  /** So many calls that end well, from `at` on, one every so often; resolves to what was wrong, by type. */
  calls(count: number, everyMs: number, event: ActivityEventName = 'allow'): ReadonlySet<AgentFacts['type']> {
    const types = new Set<AgentFacts['type']>()
    for (let call = 0; call < count; call++) {
      for (const { type } of this.tell(event)) types.add(type)
      this.at += everyMs
    }
    return types
  }

  /** Days of so many calls, an hour each from the first hour on, every call followed by how it ended. */
  days(
    count: number,
    { hours = 8, firstHour = 9, perHour = 10, failing = 0 }: Partial<Days> = {},
  ): ReadonlySet<AgentFacts['type']> {
    const types = new Set<AgentFacts['type']>()
    let calls = 0
    for (let day = 0; day < count; day++) {
      const midnight = Math.floor(this.at / DAY_MS) * DAY_MS
      for (let hour = firstHour; hour < firstHour + hours; hour++)
        for (let call = 0; call < perHour; call++) {
          const at = midnight + hour * HOUR_MS + (call * HOUR_MS) / perHour
          const isBad = failing > 0 && ++calls % failing === 0
          const said = [...this.tell('allow', { at }), ...this.tell(isBad ? 'failed' : 'executed', { at })]
          for (const { type } of said) types.add(type)
        }
      this.at = midnight + DAY_MS
    }
    return types
  }

  /** As a start in another process finds it. */
  restore(): void {
    this.history = fromBytes(new AgentHistory(hourReader('UTC')), toBytes(this.history))
  }
}

interface Days {
  readonly hours: number
  readonly firstHour: number
  readonly perHour: number
  /** One of so many calls fails; 0: none. */
  readonly failing: number
}
