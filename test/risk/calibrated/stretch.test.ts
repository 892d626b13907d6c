import { describe, expect, it, test } from 'vitest'
import { noTraits } from '../calls.ts'
import { calibrated, callNumber, live, normals, randomNumbers } from './streams.ts'

/** A metric of 100 +- 10, read for `calls` times. */
function metric(calls: number, approver: 'present' | 'absent' = 'present'): ReturnType<typeof calibrated> {
  const detector = calibrated(approver)
  const normal = normals(randomNumbers(2))
  live(
    detector,
    Array.from({ length: calls }, (_, index) => callNumber(index, { value: 100 + 10 * normal() })),
  )
  return detector
}

/** The risks of values that are tried one after another and refused. */
function tried(detector: ReturnType<typeof calibrated>, values: readonly number[]): readonly number[] {
  return values.map((value, index) => {
    const call = callNumber(600 + index, { value })
    const { score } = detector.score(call, noTraits)
    detector.refused(call, 'denied')
    return score
  })
}

const times = (count: number, value: number): readonly number[] => Array.from({ length: count }, () => value)

describe('a stretch of odd numbers', () => {
  test.each`
    values                       | low  | high  | because
    ${[121]}                     | ${3} | ${7}  | ${'one value at two standard deviations comes every twentieth call'}
    ${times(12, 124)}            | ${7} | ${11} | ${'a dozen of them in a row do not'}
    ${times(8, 105)}             | ${0} | ${4}  | ${'values that are not odd make no stretch'}
    ${[...times(200, 900), 103]} | ${0} | ${7}  | ${'a usual value is not stopped for what was tried before'}
  `('$because', ({ values, low, high }) => {
    const last = tried(metric(600), values).at(-1)
    expect(last).toBeGreaterThanOrEqual(low)
    expect(last).toBeLessThan(high)
  })

  it('is warned about and not stopped where nobody could accept it', () => {
    const risks = tried(metric(600, 'absent'), times(30, 124))
    expect(Math.max(...risks)).toBe(6.9)
  })

  it('does not save a value that is far off by itself', () => {
    expect(tried(metric(600, 'absent'), times(3, 900)).at(-1)).toBe(10)
  })
})
