import type { z } from 'zod'
import type { ToolCall } from '../../domain/call.ts'
import type { WindowEntry, WindowQuestion } from '../../domain/window.ts'
import type { Condition } from '../condition.ts'
import type { Problem } from '../conditions/operator.ts'
import type { ParamPath } from '../param-path.ts'
import { unknown } from '../truth.ts'
import type { Group } from './values.ts'

/** The part of a call that windows go by. Amounts are read as the log has them, so that no secret is kept to be added up. */
export type CountedCall = Pick<ToolCall, 'tool' | 'agentId' | 'principalId' | 'sessionId' | 'redacted'>

/** Which calls a rule is about. */
export interface RuleScope {
  /** Its patterns, as the file writes them. */
  readonly patterns: readonly string[]
  covers(call: Pick<CountedCall, 'tool' | 'agentId'>): boolean
}

/** What a call adds to be counted later, and what must be known of the calls before it. */
export interface CallWindows {
  readonly entries: readonly WindowEntry[]
  readonly questions: readonly WindowQuestion[]
}

export const NOTHING_COUNTED: CallWindows = { entries: [], questions: [] }

/** Where a condition stands. */
export interface Site {
  /** Its place in the file; names its question. */
  readonly key: string
  readonly scope: RuleScope
  readonly inAllowRule: boolean
}

/** A condition over time, ready to be asked, and what has to happen before. */
export interface OverTime {
  readonly condition: Condition
  /** `limit`: it is about how much there was, and passes by itself. `order`: about what came before what. */
  readonly about: 'limit' | 'order'
  windows(call: CountedCall): CallWindows
}

type Preparation = OverTime | { readonly problems: readonly Problem[] }
type PrepareCall<Value> = (value: Value, site: Site) => Preparation
type PrepareParam<Value> = (value: Value, site: Site & { readonly param: ParamPath }) => Preparation

interface Described<Value> {
  readonly name: string
  /** One sentence: when it is true. Shown by editors. */
  readonly description: string
  readonly schema: z.ZodType<Value>
  /** The keys of its value. */
  readonly keys: readonly string[]
}

/** `value` is what the schema makes of the value in the file. */
type Looking<Value> =
  | { readonly takesParam: false; readonly prepare: PrepareCall<Value> }
  | { readonly takesParam: true; readonly prepare: PrepareParam<Value> }

/** One word that `operator` may be, of those that look at other calls too. */
export type OperatorOverTime = Described<unknown> & Looking<never>

export const operatorOverTime = <Value>(definition: Described<Value> & Looking<Value>): OperatorOverTime => definition

/** What a call counts together with. The agent stands in for a principal or a session that was not given. */
export function groupOf(call: CountedCall, by: Group): readonly string[] {
  const { tool, agentId, principalId, sessionId } = call
  const given = { agent: agentId, principal: principalId, session: sessionId, tool }[by]
  return given === undefined ? [by, 'of agent', agentId] : [by, given]
}

/** One text for each counter, and another for each other. */
export const counterOf = (...parts: readonly string[]): string => JSON.stringify(parts)

const UNANSWERED = 'the calls before this one could not be counted'
const NO_SUM = 'the window holds an amount that is not known, or too many to add up'

/** A condition that is the answer to a question about other calls. */
export const answered =
  (key: string, about: { readonly operator: string; readonly param: string }): Condition =>
  ({ usage }) => {
    const answer = usage?.get(key)
    if (typeof answer === 'boolean') return answer
    return unknown({ ...about, because: answer === undefined ? UNANSWERED : NO_SUM })
  }
