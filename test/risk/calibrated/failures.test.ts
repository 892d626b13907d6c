import { describe, expect, it, test } from 'vitest'
import { Failures } from '../../../src/risk/calibrated/failures.ts'

/** A tool that failed every n-th time, and then ended as the letters say: r(eturned), t(hrew). */
function lived(calls: number, everyNth: number, then: string): Failures {
  const failures = new Failures()
  for (let call = 1; call <= calls; call++) failures.learn(call % everyNth === 0 ? 'threw' : 'returned')
  for (const end of then) failures.learn(end === 't' ? 'threw' : 'returned')
  return failures
}

describe('failures', () => {
  test.each`
    calls  | everyNth    | then              | surprise | because
    ${200} | ${Infinity} | ${'tttttt'}       | ${16.2}  | ${'it never failed before, and six of twenty are one in ten million'}
    ${200} | ${Infinity} | ${'tt'}           | ${0}     | ${'two failures are no stretch'}
    ${200} | ${Infinity} | ${'ttttttr'}      | ${0}     | ${'it works again'}
    ${200} | ${2}        | ${'tttttt'}       | ${1.9}   | ${'it fails half the time anyway'}
    ${15}  | ${Infinity} | ${'tttttt'}       | ${0}     | ${'nothing is known of it yet'}
    ${200} | ${20}       | ${'tttttttttttt'} | ${23.1}  | ${'it failed one time in twenty'}
  `('$calls calls, every $everyNth. failed, then $then: $because', ({ calls, everyNth, then, surprise }) => {
    expect(lived(calls, everyNth, then).surprise).toBeCloseTo(surprise, 0)
  })

  it('is the tail of a beta-binomial: with nothing known of the rate every count of failures is as likely', () => {
    // B(1/2, 1/2) prior, no failure in 20 earlier: P(K >= 3 of 20), summed by hand with 30 digits.
    const { surprise } = lived(20, Number.POSITIVE_INFINITY, `${'r'.repeat(17)}ttt`)
    expect(surprise).toBeCloseTo(-Math.log(betaBinomialTail(20, 0.5, 20.5)), 10)
  })

  it('says how many of the latest failed, and what is usual', () => {
    const failures = lived(220, 10, 'ttt')
    expect(failures.recent).toEqual({ failed: 5, of: 20 })
    expect(failures.usualShare).toBeCloseTo(0.1, 2)
  })
})

/** P(K >= 3) of 20 by the recurrence of the beta-binomial, another way than the code under test goes. */
function betaBinomialTail(n: number, a: number, b: number): number {
  let p = 1
  for (let i = 0; i < n; i++) p *= (b + i) / (a + b + i)
  let below = p
  for (let k = 1; k < 3; k++) {
    p *= ((n - k + 1) / k) * ((a + k - 1) / (b + n - k))
    below += p
  }
  return 1 - below
}
