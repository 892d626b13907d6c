import { expect, it, test } from 'vitest'
import type { EpochMs } from '../../../src/domain/units.ts'
import { Pace } from '../../../src/risk/baseline/pace.ts'

const paceOf = (hours: readonly number[]): Pace => {
  const pace = new Pace()
  for (const hour of hours) pace.learn((hour * 3_600_000) as EpochMs)
  return pace
}

test.each`
  hours                  | span | average | because
  ${[10, 12, 14]}        | ${4} | ${0.75} | ${'three calls in four hours'}
  ${[10, 14, 13.5]}      | ${4} | ${0.75} | ${'half an hour of disorder changes nothing'}
  ${[10, 5_000, 11, 14]} | ${4} | ${1}    | ${'a clock that was ahead and was set right is forgotten'}
  ${[5_000, 10, 14]}     | ${4} | ${0.75} | ${'also when it was ahead from the start'}
`('calls at hours $hours: $average an hour over $span h, $because', ({ hours, span, average }) => {
  const pace = paceOf(hours)
  expect(pace.spanHours).toBe(span)
  expect(pace.hourlyAverage).toBe(average)
  expect(pace.calls).toBe(hours.length)
})

it('spans nothing before the second call', () => {
  expect(paceOf([]).spanHours).toBe(0)
  expect(paceOf([10]).spanHours).toBe(0)
})
