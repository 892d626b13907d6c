import { describe, expect, it, test } from 'vitest'
import type { Detector } from '../../src/domain/detector.ts'
import type { EpochMs } from '../../src/domain/units.ts'
import { createZscoreDetector } from '../../src/risk/zscore.ts'
import { call, detector, HOUR_MS, later, MINUTE_MS, NINE, noTraits, signalOf } from './calls.ts'

const at = (hours: number): EpochMs => later(NINE, hours * HOUR_MS)

/** Learned calls at these hours after nine. */
function calledAt(hours: readonly number[]): Detector {
  const made = detector()
  for (const hour of hours) made.learn(call({}, at(hour)), 'ran')
  return made
}

/** `count` attempts, half a second apart, the first at `hour`. */
function attempts(made: Detector, hour: number, count: number): Detector {
  for (let attempt = 0; attempt < count; attempt += 1) made.refused(call({}, later(at(hour), attempt * 500)), 'denied')
  return made
}

const spike = (made: Detector, hour: number): string | undefined =>
  signalOf(made, call({}, at(hour)), 'rate_spike')?.message

/** One call every half hour from 0 to 9.5: 20 calls in 9.5 hours, 2.105 an hour, so 6.32 is the limit. */
const halfHourly = Array.from({ length: 20 }, (_, index) => index / 2)

describe('frequency', () => {
  test.each`
    extra | hour    | found    | because
    ${0}  | ${9.6}  | ${false} | ${'three within the hour are usual'}
    ${3}  | ${9.6}  | ${false} | ${'six, this one included, are not more than three times the average'}
    ${4}  | ${9.6}  | ${true}  | ${'seven are'}
    ${4}  | ${10.2} | ${false} | ${'unless one of the learned ones is over an hour ago: six again'}
    ${9}  | ${10.7} | ${false} | ${'attempts of an hour ago are forgotten'}
  `('$extra more attempts at 9.6 h, then a call at $hour h: $because', ({ extra, hour, found }) => {
    expect(spike(attempts(calledAt(halfHourly), 9.55, extra), hour) !== undefined).toBe(found)
  })

  it('says how many, and what is usual', () => {
    const made = attempts(calledAt(halfHourly), 9.55, 30)
    expect(signalOf(made, call({}, at(9.6)), 'rate_spike')).toEqual({
      kind: 'rate_spike',
      param: undefined,
      risk: 6,
      z: undefined,
      message: 'Called 33 times in the last 60 min, more than 3 times the usual 2.11 an hour',
    })
  })

  test.each`
    hours                  | when   | found    | because
    ${[0, 0, 0, 0, 3]}     | ${3.1} | ${false} | ${'three hours of history are not enough'}
    ${[0, 0, 0, 0, 3.001]} | ${3.1} | ${false} | ${'two calls an hour are not above three times 1.67'}
    ${[0, 0, 0, 0, 6.1]}   | ${6.2} | ${false} | ${'two are not above three times 0.82'}
    ${[0, 0, 0, 0, 7.6]}   | ${7.7} | ${true}  | ${'two are above three times 0.66'}
    ${[0, 24, 48, 72, 96]} | ${120} | ${true}  | ${'for a tool used once a day, a single call is: the rule as it is documented'}
    ${[0, 24, 48, 72, 96]} | ${95}  | ${true}  | ${'also by a clock that is behind'}
  `('history at hours $hours, called at $when: $found, $because', ({ hours, when, found }) => {
    expect(spike(calledAt(hours), when) !== undefined).toBe(found)
  })

  it('counts refused attempts, but they never become the average [P8]', () => {
    const made = attempts(calledAt(halfHourly), 9.55, 1_000)
    expect(spike(made, 9.7)).toContain('usual 2.11 an hour')
    expect(spike(attempts(made, 20, 6), 20.1)).toContain('usual 2.11 an hour')
    expect(made.score(call({}, at(20.1)), noTraits).samples).toBe(20)
  })

  it('is that of one tool and agent', () => {
    const made = calledAt(halfHourly)
    for (let attempt = 0; attempt < 50; attempt += 1)
      made.refused({ ...call({}, at(9.55)), agentId: 'other' }, 'denied')
    expect(spike(made, 9.6)).toBeUndefined()
  })

  it('follows a clock that is set back, and finds nothing wrong with it [P23]', () => {
    const made = calledAt([...halfHourly, 5_000])
    made.learn(call({}, at(10)), 'ran')
    expect(spike(made, 10.1)).toBeUndefined()
    expect(spike(attempts(made, 10.1, 10), 10.2)).toContain('Called 12 times')
  })
})

describe('timing', () => {
  /** 20 calls, each a day after the other, at 9 and 10 o'clock UTC. */
  const officeHours = (zone = 'UTC', count = 20): Detector => {
    const made = createZscoreDetector({ minSamples: 5, timeZone: zone })
    for (let day = 0; day < count; day += 1) made.learn(call({}, at(day * 24 + (day % 2))), 'ran')
    return made
  }
  const offHours = (made: Detector, hour: number): string | undefined =>
    signalOf(made, call({}, at(hour)), 'off_hours_activity')?.message

  test.each`
    hour     | found    | because
    ${480}   | ${false} | ${'nine is usual'}
    ${481}   | ${false} | ${'so is ten'}
    ${480.9} | ${false} | ${'to its end'}
    ${482}   | ${true}  | ${'eleven was never seen'}
    ${479.9} | ${true}  | ${'nor was eight'}
    ${498}   | ${true}  | ${'nor three at night'}
  `('$hour hours after nine: $found, $because', ({ hour, found }) => {
    expect(offHours(officeHours(), hour) !== undefined).toBe(found)
  })

  it('says when, and how much is known', () => {
    expect(signalOf(officeHours(), call({}, at(498)), 'off_hours_activity')).toEqual({
      kind: 'off_hours_activity',
      param: undefined,
      risk: 4,
      z: undefined,
      message: 'Called at 03 h (UTC), an hour never seen in 20 calls',
    })
  })

  it('needs 20 calls', () => {
    expect(offHours(officeHours('UTC', 19), 498)).toBeUndefined()
  })

  it('goes by the hours of the zone, summer time included', () => {
    // Learned in January, when nine in UTC is ten in Berlin. In July eight in UTC is ten in Berlin.
    const july = (hour: number): EpochMs => Date.UTC(2025, 6, 16, hour) as EpochMs
    const made = officeHours('Europe/Berlin')
    expect(signalOf(made, call({}, july(8)), 'off_hours_activity')).toBeUndefined()
    expect(signalOf(made, call({}, july(10)), 'off_hours_activity')?.message).toContain('12 h (Europe/Berlin)')
  })

  it('does not learn an hour from refused calls [P8]', () => {
    const made = officeHours()
    for (let attempt = 0; attempt < 50; attempt += 1)
      made.refused(call({}, later(at(498), attempt * MINUTE_MS)), 'denied')
    expect(offHours(made, 498)).toContain('never seen in 20 calls')
  })

  it('refuses a zone that does not exist', () => {
    expect(() => createZscoreDetector({ minSamples: 5, timeZone: 'Mars/Olympus' })).toThrow(RangeError)
  })
})
