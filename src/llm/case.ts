import type { Action } from '../domain/action.ts'
import type { UsualCalls, UsualNumbers, UsualParameter } from '../domain/baseline.ts'
import type { Params, Plain, PlainObject } from '../domain/plain.ts'
import { withoutDigests } from '../domain/redacted.ts'
import type { EpochMs } from '../domain/units.ts'
import { withoutUndefined } from '../support/defined.ts'
import { toJsonText } from '../support/json.ts'
import { bounded } from './bounded.ts'

const PARAMS_CHARS_MAX = 12_000
const RECENT_CHARS_MAX = 6_000
const DESCRIPTION_CHARS_MAX = 1_000
const PARAMETERS_MAX = 20
const TOP_VALUES_MAX = 5
const TOP_VALUE_CHARS_MAX = 100
const SIGNALS_MAX = 10

/** A call that was made before, as a judge is told of it. */
export interface RecentCall {
  readonly tool: string
  readonly at: EpochMs
  readonly decision: Action
  /** Redacted and cut. */
  readonly params: Plain
}

/** All that a judge learns of a call. */
export interface JudgedCase {
  readonly tool: string
  /** What the wrapping code says the tool does. */
  readonly description: string | undefined
  readonly readOnly: boolean
  readonly agentId: string
  readonly at: EpochMs
  /** Redacted, without digests. */
  readonly params: Params
  readonly statistics:
    | { readonly risk: number; readonly learnedCalls: number; readonly found: readonly string[] }
    | 'off'
    | 'failed'
  /** What is usual for this tool and agent; undefined before the first learned call. */
  readonly usual: UsualCalls | undefined
  /** Calls of the same session, oldest first. */
  readonly recent: readonly RecentCall[]
}

/** The case as JSON text of bounded length. Times are UTC. */
export function caseText(judged: JudgedCase): string {
  const { tool, readOnly, agentId, at, statistics, usual, recent } = judged
  const description = judged.description?.slice(0, DESCRIPTION_CHARS_MAX)
  return toJsonText({
    tool: withoutUndefined({ name: tool, description, readOnly }),
    call: {
      agent: agentId,
      time: new Date(at).toISOString(),
      parameters: bounded(judged.params, PARAMS_CHARS_MAX),
    },
    statistics:
      typeof statistics === 'string' ? statistics : { ...statistics, found: statistics.found.slice(0, SIGNALS_MAX) },
    usual: usual === undefined ? 'nothing is learned yet' : usualOf(usual),
    earlierCallsOfThisSession: bounded(
      recent.map((call) => earlier(call, at)),
      RECENT_CHARS_MAX,
    ),
  })
}

const earlier = ({ tool, at, decision, params }: RecentCall, now: EpochMs): PlainObject => ({
  tool,
  secondsAgo: Math.max(0, Math.round((now - at) / 1_000)),
  decision,
  parameters: params,
})

function usualOf({ samples, parameters, rate }: UsualCalls): PlainObject {
  return {
    learnedCalls: samples,
    ...(rate.perHour === undefined ? {} : { callsPerHour: rounded(rate.perHour) }),
    parameters: Object.fromEntries(parameters.slice(0, PARAMETERS_MAX).map((each) => [each.param, usualValues(each)])),
  }
}

function usualValues({ numbers, lengths, topValues, topDestinations, distinct }: UsualParameter): PlainObject {
  const frequent = (counts: UsualParameter['topValues']): readonly string[] =>
    counts.slice(0, TOP_VALUES_MAX).map(({ value }) => withoutDigests(value).slice(0, TOP_VALUE_CHARS_MAX))
  return {
    ...(numbers === undefined ? {} : { numbers: rangeOf(numbers) }),
    ...(lengths === undefined ? {} : { lengths: rangeOf(lengths) }),
    ...(topValues.length === 0 ? {} : { frequentValues: frequent(topValues), distinctValues: distinct }),
    ...(topDestinations.length === 0 ? {} : { frequentDestinations: frequent(topDestinations) }),
  }
}

const rangeOf = ({ mean, quantiles: { p5, p50, p95 } }: UsualNumbers): PlainObject => ({
  mean: rounded(mean),
  median: rounded(p50),
  middle90Percent: [rounded(p5), rounded(p95)],
})

const rounded = (value: number): number => Number(value.toPrecision(4))
