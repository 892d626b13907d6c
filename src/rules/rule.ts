import type { Action } from '../domain/action.ts'
import type { Condition } from './condition.ts'
import type { Glob } from './glob.ts'
import type { FileAction } from './schema.ts'
import type { OverTime } from './windows/operator.ts'

/** A rule as it is used. */
export interface Rule {
  readonly id: string
  /** Place in the file, from 0. */
  readonly index: number
  readonly action: Action
  readonly priority: number
  readonly message: string | undefined
  readonly tools: Glob
  /** Undefined: every agent. */
  readonly agents: Glob | undefined
  readonly skipAnomaly: boolean
  readonly enabled: boolean
  /** Conditions at the top of the rule; 0: it matches every call of its tools. */
  readonly conditionCount: number
  readonly condition: Condition
  /** The parameters its conditions look at, as the file writes them. */
  readonly params: readonly string[]
  /** Those of its conditions that look at other calls too. */
  readonly overTime: readonly OverTime[]
}

/** A rule as people see it. */
export interface RuleSummary {
  readonly id: string
  readonly name: string | undefined
  /** Place in the file, from 0. */
  readonly index: number
  readonly functionPattern: string
  readonly agentPattern: string | undefined
  readonly action: Action
  readonly priority: number
  readonly message: string | undefined
  readonly enabled: boolean
  readonly skipAnomaly: boolean
  /** Conditions at the top of the rule; 0: it matches every call of its tools. */
  readonly conditionCount: number
}

/** Rules files say `require_approval`, the language of people; decisions say `escalate`, what the guard then does. */
export const actionOf = (action: FileAction): Action => (action === 'require_approval' ? 'escalate' : action)
