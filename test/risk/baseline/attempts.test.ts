import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { EpochMs } from '../../../src/domain/units.ts'
import { ATTEMPT_BUCKETS_MAX, Attempts } from '../../../src/risk/baseline/attempts.ts'

const START = 1_736_900_000_000
const at = (seconds: number): EpochMs => (START + seconds * 1_000) as EpochMs

function recorded(seconds: readonly number[]): Attempts {
  const attempts = new Attempts()
  for (const second of seconds) attempts.record(at(second))
  return attempts
}

test.each`
  seconds             | until     | count | because
  ${[]}               | ${0}      | ${0}  | ${'nothing was tried'}
  ${[0, 0, 0.5]}      | ${0}      | ${3}  | ${'all attempts of one second count'}
  ${[0]}              | ${3_599}  | ${1}  | ${'just within the hour'}
  ${[0]}              | ${3_600}  | ${0}  | ${'an hour ago is not within the last hour'}
  ${[0, 1, 2, 3_601]} | ${3_601}  | ${2}  | ${'second by second they leave the hour'}
  ${[0, 10_000]}      | ${10_000} | ${1}  | ${'a pause empties it'}
  ${[100, 40]}        | ${100}    | ${2}  | ${'a clock a minute behind does not hide an attempt'}
  ${[100]}            | ${40}     | ${1}  | ${'nor does looking from a minute behind'}
  ${[3_700, 100]}     | ${100}    | ${1}  | ${'a clock set back by an hour starts anew'}
  ${[3_700]}          | ${100}    | ${0}  | ${'and looking from there sees nothing yet'}
  ${[1e9, 0, 1]}      | ${2}      | ${2}  | ${'a clock that was years ahead is forgotten'}
`('attempts at $seconds s, seen from $until s: $count, $because', ({ seconds, until, count }) => {
  expect(recorded(seconds).countUntil(at(until))).toBe(count)
})

describe('the window', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 300 })

  it('counts as a plain list of all attempts would, while time runs forward', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 8_000 }), (gaps, pause) => {
        let now = 0
        const times = gaps.map((gap) => {
          now += gap
          return now
        })
        const seen = times.filter((time) => time > now + pause - 3_600).length
        expect(recorded(times).countUntil(at(now + pause))).toBe(seen)
      }),
      { numRuns: 500 },
    )
  })

  it('never breaks and never grows, whatever the clock does [P23] [P24]', () => {
    const jumps = fc.array(fc.integer({ min: -9_000, max: 9_000 }), { maxLength: 300 })
    fc.assert(
      fc.property(jumps, (gaps) => {
        const attempts = new Attempts()
        let now = 0
        for (const [index, gap] of gaps.entries()) {
          now += gap
          attempts.record(at(now))
          const count = attempts.countUntil(at(now))
          expect(count >= 1 && count <= index + 1).toBe(true)
          expect(attempts.buckets).toBeLessThanOrEqual(ATTEMPT_BUCKETS_MAX)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('holds at most one bucket a second after 100,000 attempts [P24]', () => {
    const attempts = new Attempts()
    for (let second = 0; second < 100_000; second += 1) attempts.record(at(second))
    expect(attempts.buckets).toBe(ATTEMPT_BUCKETS_MAX)
    expect(attempts.countUntil(at(99_999))).toBe(3_600)
  })
})
