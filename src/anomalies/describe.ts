import type { PlainObject } from '../domain/plain.ts'
import { cut } from '../support/cells.ts'
import { withoutUndefined } from '../support/defined.ts'
import { printable } from '../support/printable.ts'
import type { AgentFacts } from './agent.ts'
import type { HourFacts } from './hours.ts'
import { FIXED } from './limits.ts'
import type { FailureFacts } from './outcomes.ts'
import type { RateFacts } from './pace.ts'

const NAME_CELLS_MAX = 80
/** Beyond this many, "1 in N" is a guess. */
const ONE_IN_MAX = 1e12
const COUNT_FORMAT = new Intl.NumberFormat('en-US')

/** A name that somebody chose, as an operator may see it. */
export const named = (text: string): string => `'${cut(printable(text), NAME_CELLS_MAX)}'`

const counted = (count: number): string => COUNT_FORMAT.format(count)
const percent = (share: number): number => Math.round(100 * share)
/** Two digits are as many as such an estimate has. */
export const rounded = (oneIn: number | undefined): number | undefined =>
  typeof oneIn === 'number' ? Number(Math.min(oneIn, ONE_IN_MAX).toPrecision(2)) : undefined

interface Description {
  readonly description: string
  readonly metadata: PlainObject
}

/** What an agent does that it should not, in a sentence and in figures. The figures keep the names that Grantex gives them. */
export function describeAgent(facts: AgentFacts, agentId: string): Description {
  const agent = `Agent ${named(agentId)}`
  switch (facts.type) {
    case 'rate_spike':
      return ofRate(facts, agent)
    case 'high_failure_rate':
      return ofFailures(facts, agent)
    case 'off_hours_activity':
      return ofHours(facts, agent)
    case 'new_principal': {
      const description = `${agent} acts for ${named(facts.principalId)} for the first time`
      return { description, metadata: { windowHours: 24, known: facts.known } }
    }
    default:
      return facts satisfies never
  }
}

function ofRate({ count, highest, oneIn }: RateFacts, agent: string): Description {
  const usual = highest === undefined ? `more than ${FIXED.callsPerHour}` : `at most about ${counted(highest)} before`
  return {
    description: `${agent} made ${counted(count)} calls in an hour, ${usual}`,
    metadata: given({
      ...{ count, windowHours: 1, judgedBy: judgedBy(highest) },
      ...{ threshold: highest === undefined ? FIXED.callsPerHour : undefined, highest, oneIn: rounded(oneIn) },
    }),
  }
}

function ofFailures({ badCount, totalCount, usualShare, oneIn }: FailureFacts, agent: string): Description {
  const percentFailure = percent(badCount / totalCount)
  const usually = usualShare === undefined ? '' : `, usually ${(100 * usualShare).toFixed(1)} %`
  const what = `${counted(badCount)} of ${counted(totalCount)} calls in 24 hours failed or were refused`
  return {
    description: `${agent}: ${what} (${percentFailure} %)${usually}`,
    metadata: given({
      ...{ badCount, totalCount, percentFailure, windowHours: 24, judgedBy: judgedBy(usualShare) },
      threshold: usualShare === undefined ? FIXED.failedShare : undefined,
      usualPercent: usualShare === undefined ? undefined : Number((100 * usualShare).toFixed(1)),
      oneIn: rounded(oneIn),
    }),
  }
}

function ofHours({ count, totalCount, hours, oneIn }: HourFacts, agent: string): Description {
  const when = oneIn === undefined ? 'between 22 and 6 h' : 'at hours unusual for it'
  return {
    description: `${agent} made ${counted(count)} of ${counted(totalCount)} calls in 24 hours ${when}`,
    metadata: given({
      ...{ count, totalCount, windowHours: 24, judgedBy: judgedBy(oneIn), hours },
      ...{ threshold: oneIn === undefined ? FIXED.offHoursCalls : undefined, oneIn: rounded(oneIn) },
    }),
  }
}

const judgedBy = (usual: number | undefined): string => (usual === undefined ? 'fixed limit' : 'own history')

const given = (metadata: { readonly [key: string]: PlainObject[string] | undefined }): PlainObject =>
  withoutUndefined(metadata) as PlainObject
