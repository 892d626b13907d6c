import type { UsualCalls, UsualNumbers, UsualParameter, ValueCount } from '../../domain/baseline.ts'
import { recentNumbers } from '../recent-numbers.ts'
import type { NumberBaseline } from './number-baseline.ts'
import { type ParameterBaseline, shownValue } from './parameter.ts'
import type { CallStream } from './stream.ts'
import type { ValueTable } from './value-table.ts'

const TOP_VALUES = 10

/** What is usual for one tool and agent, in plain numbers. */
export const usualCalls = (name: Pick<UsualCalls, 'tool' | 'agentId'>, stream: CallStream): UsualCalls => ({
  ...name,
  samples: stream.samples,
  parameters: [...stream.parameters].map(([param, baseline]) => usualParameter(param, baseline)),
  hours: stream.hours.counts,
  rate: {
    perHour: stream.hours.perHour,
    peakPerMinute: stream.bursts.minute.highest,
    peakPerHour: stream.bursts.hour.highest,
  },
})

const usualParameter = (param: string, baseline: ParameterBaseline): UsualParameter => ({
  param,
  numbers: usualNumbers(baseline.numbers),
  lengths: usualNumbers(baseline.counts),
  topValues: topOf(baseline.values),
  topDestinations: topOf(baseline.destinations),
  distinct: baseline.values.distinct,
})

function usualNumbers(baseline: NumberBaseline | undefined): UsualNumbers | undefined {
  if (baseline === undefined || baseline.moments.samples === 0) return undefined
  const { samples: count, mean, sd, latest } = baseline.moments
  return { count, mean, sd, ...recentNumbers(latest) }
}

const topOf = (table: ValueTable): readonly ValueCount[] =>
  table.top(TOP_VALUES).map(({ value, count }) => ({ value: shownValue(value), count, share: count / table.samples }))
