import { createMemoryStore } from '../../audit/memory.ts'
import type { Decision } from '../../domain/decision.ts'
import type { EpochMs } from '../../domain/units.ts'
import { isSentinelError } from '../../errors.ts'
import { Sentinel } from '../../sentinel.ts'
import { type Clock, systemClock } from '../../support/clock.ts'
import { durationMs } from '../../support/duration.ts'
import type { PlacedCase } from './files.ts'
import type { CallBefore, PolicyCase } from './schema.ts'

/** A case and what came of it. */
export interface CaseResult extends PlacedCase {
  readonly decision: Decision
  /** What is otherwise than expected; empty when the case passes. */
  readonly failures: readonly Failure[]
}

export interface Failure {
  /** `before`: a call before the case was not let through, so that the case is not what it says. */
  readonly about: 'action' | 'rules' | 'reasons' | 'before'
  readonly message: string
}

/** Judges a case with a guard of its own, which has seen the calls before it and nothing else. Writes no log and asks nobody. */
export async function runCase(placed: PlacedCase, rulesPath: string): Promise<CaseResult> {
  const time = new CaseTime(placed.case)
  const config = { rulesPath, store: createMemoryStore(), logger: false, approval: () => true } as const
  const guard = new Sentinel(config, { clock: time, environment: {} })
  try {
    const refused = await callsBefore(placed.case, guard, time)
    const decision = await guard.as(contextOf(placed.case), () => guard.check(callOf(placed.case)))
    return { ...placed, decision, failures: [...refused, ...differences(placed.case, decision)] }
  } finally {
    await guard.close()
  }
}

/** The time of each call of a case: the last one is made now. Nothing waits in a case. */
class CaseTime implements Clock {
  #at: number

  constructor({ before }: PolicyCase) {
    this.#at = systemClock.now() - before.reduce((sum, call) => sum + call.times * everyMs(call), 0)
  }

  advance(ms: number): void {
    this.#at += ms
  }

  now(): EpochMs {
    return this.#at as EpochMs
  }

  monotonicMs(): number {
    return this.#at
  }

  after(): () => void {
    return () => undefined
  }
}

const everyMs = ({ every }: CallBefore): number => durationMs(every) ?? 0

/** Makes the calls before the case. */
async function callsBefore({ before }: PolicyCase, guard: Sentinel, time: CaseTime): Promise<readonly Failure[]> {
  for (const [index, call] of before.entries()) {
    const tool = guard.wrap(call.tool, async (_params: object) => undefined)
    const make = (): Promise<undefined> => guard.as(contextOf(call), () => tool(call.params))
    for (let number = 1; number <= call.times; number++) {
      const message = await refusalOf(make)
      if (message !== undefined) return [{ about: 'before', message: `before[${index}] was refused: ${message}` }]
      time.advance(everyMs(call))
    }
  }
  return []
}

async function refusalOf(make: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await make()
    return undefined
  } catch (error) {
    if (isSentinelError(error)) return error.message
    throw error
  }
}

type Caller = Pick<PolicyCase, 'agent' | 'principal' | 'session'>

const contextOf = ({ agent, principal, session }: Caller) => ({
  ...(agent === undefined ? {} : { agentId: agent }),
  ...(principal === undefined ? {} : { principalId: principal }),
  ...(session === undefined ? {} : { sessionId: session }),
})

const callOf = ({ tool, params }: PolicyCase) => ({ tool, params })

function* differences({ expect }: PolicyCase, decision: Decision): Generator<Failure> {
  const action = expect.action === 'require_approval' ? 'escalate' : expect.action
  if (decision.action !== action) yield { about: 'action', message: `expected ${action}, got ${decision.action}` }
  if (expect.rules !== undefined && !isSameSet(expect.rules, decision.ruleIds))
    yield { about: 'rules', message: `expected rules ${listed(expect.rules)}, got ${listed(decision.ruleIds)}` }
  const messages = [decision.message, ...decision.reasons.map(({ message }) => message)]
  for (const reason of expect.reasons ?? [])
    if (!messages.some((message) => message.includes(reason)))
      yield { about: 'reasons', message: `no reason says '${reason}'` }
}

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  [...new Set(one)].toSorted().join('\0') === [...new Set(other)].toSorted().join('\0')

const listed = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : ids.join(', '))
