import { AFTER } from './after.ts'
import { CALLS_IN_WINDOW } from './calls.ts'
import type { OperatorOverTime } from './operator.ts'
import { SUM_IN_WINDOW } from './sum.ts'

/** Every operator that looks at other calls too, by name. */
export const OPERATORS_OVER_TIME: ReadonlyMap<string, OperatorOverTime> = new Map(
  [CALLS_IN_WINDOW, SUM_IN_WINDOW, AFTER].map((operator) => [operator.name, operator]),
)
