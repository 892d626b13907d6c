import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScoredCall, ToolTraits } from '../../src/domain/call.ts'
import type { Detector } from '../../src/domain/detector.ts'
import type { Params, Plain } from '../../src/domain/plain.ts'
import type { EpochMs } from '../../src/domain/units.ts'
import { createZscoreDetector, SIGNALS_MAX, STREAMS_MAX } from '../../src/risk/zscore.ts'
import { call, detector, later, NINE, noTraits, taught } from './calls.ts'

const hostileNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e308, -1e308, Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** 53, 1e-200),
)
const hostileScalar: fc.Arbitrary<Plain> = fc.oneof(
  hostileNumber,
  fc.constantFrom(2n ** 53n + 1n, -(10n ** 400n), '9'.repeat(400), `-${'9'.repeat(400)}.5`, '0.'.padEnd(399, '0')),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ maxLength: 20 }),
  fc.emailAddress(),
  fc.webUrl(),
)
const name = fc.constantFrom('amount', 'to', 'constructor', '__proto__', 'toString', '', 'a.b')
const params: fc.Arbitrary<Params> = fc
  .array(fc.tuple(name, fc.oneof(hostileScalar, fc.array(hostileScalar, { maxLength: 4 }))), { maxLength: 4 })
  .map((entries) => Object.assign(Object.create(null), Object.fromEntries(entries)))

/** Mostly forward, sometimes back, sometimes absurd. */
const time: fc.Arbitrary<EpochMs> = fc
  .oneof(
    fc.integer({ min: 0, max: 90_000_000 }),
    fc.integer({ min: -1e9, max: 1e12 }),
    fc.constantFrom(8.64e15, -8.64e15),
  )
  .map((ms) => (Math.abs(ms) === 8.64e15 ? ms : NINE + ms) as EpochMs)

interface Step {
  readonly call: ScoredCall
  readonly refused: boolean
}
const step: fc.Arbitrary<Step> = fc.record({
  call: fc.record({
    tool: fc.constantFrom('transfer_funds', 'constructor'),
    agentId: fc.constantFrom('default', '__proto__'),
    at: time,
    params,
  }),
  refused: fc.boolean(),
})
const traits: fc.Arbitrary<ToolTraits> = fc.record({
  readOnly: fc.boolean(),
  destinations: fc.record({ params: fc.array(name, { maxLength: 2 }), whenNew: fc.constantFrom('warn', 'escalate') }),
  ignore: fc.array(name, { maxLength: 1 }),
})

function apply(made: Detector, steps: readonly Step[]): Detector {
  for (const { call: learned, refused } of steps) refused ? made.refused(learned, 'denied') : made.learn(learned, 'ran')
  return made
}

const numbersIn = (value: unknown): readonly number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbersIn)
      : []

describe('scoring', () => {
  it('changes nothing, however often it is done', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(step, { minLength: 1, maxLength: 5 }),
        traits,
        (past, next, toolTraits) => {
          const scored = apply(detector(2), past)
          const untouched = apply(detector(2), past)
          for (const { call: probe } of next) {
            const first = scored.score(probe, toolTraits)
            for (let again = 0; again < 20; again += 1) expect(scored.score(probe, toolTraits)).toEqual(first)
            expect(untouched.score(probe, toolTraits)).toEqual(first)
          }
        },
      ),
    )
  })

  it('gives the same answer a hundred times', () => {
    const made = taught('amount', [50, 60, 70, 80, 90])
    const first = made.score(call({ amount: 5000, to: 'bob@example.com' }), noTraits)
    for (let again = 0; again < 100; again += 1)
      expect(made.score(call({ amount: 5000, to: 'bob@example.com' }), noTraits)).toEqual(first)
  })

  it('is the same after the same lessons in the same order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), step, traits, (past, probe, toolTraits) => {
        const one = apply(detector(2), past).score(probe.call, toolTraits)
        expect(apply(detector(2), past).score(probe.call, toolTraits)).toEqual(one)
      }),
    )
  })

  it('does not depend on what other tools and agents do', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), traits, (past, toolTraits) => {
        const probe = call({ amount: 5000, to: 'x@evil.example' })
        const own = past.filter((one) => one.call.tool === probe.tool && one.call.agentId === probe.agentId)
        const alone = apply(detector(2), own).score(probe, toolTraits)
        expect(apply(detector(2), past).score(probe, toolTraits)).toEqual(alone)
      }),
    )
  })

  it('does not depend on the order in which usual calls were learned, beyond rounding', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 5, maxLength: 30 })
    const orders = amounts.chain((values) =>
      fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length })),
    )
    fc.assert(
      fc.property(orders, fc.integer({ min: -5_000, max: 5_000 }), ([values, shuffled], amount) => {
        const [one] = taught('amount', values).score(call({ amount }), noTraits).readings
        const [other] = taught('amount', shuffled).score(call({ amount }), noTraits).readings
        expect(other?.z).toBeCloseTo(one?.z ?? Number.NaN, 8)
      }),
    )
  })

  it('is never anything but finite numbers, and a risk from 0 to 10 [P7]', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), step, traits, (past, probe, toolTraits) => {
        const assessment = apply(detector(2), past).score(probe.call, toolTraits)
        expect(assessment.score >= 0 && assessment.score <= 10).toBe(true)
        expect(assessment.score).toBe(Math.max(0, ...assessment.signals.map(({ risk }) => risk)))
        expect(numbersIn(assessment).every(Number.isFinite)).toBe(true)
        for (const { message } of assessment.signals) expect(message).not.toMatch(/NaN|Infinity|undefined/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('survives 100,000 hostile values in one baseline [P7]', () => {
    const made = detector()
    const values = fc.sample(hostileScalar, { numRuns: 100_000, seed: 7 })
    values.forEach((amount, index) => {
      made.learn(call({ amount }, later(NINE, index * 100)), 'ran')
      if (index % 10 !== 0) return
      const { score, readings } = made.score(
        call({ amount: values[index + 1] ?? 0 }, later(NINE, index * 100)),
        noTraits,
      )
      expect(Number.isFinite(score) && numbersIn(readings).every(Number.isFinite)).toBe(true)
    })
  })

  it('refuses a time that is none: a fault, and never "no risk" [P7]', () => {
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 1e16]) {
      expect(() => detector().score(call({}, at as EpochMs), noTraits)).toThrow(RangeError)
      expect(() => detector().learn(call({}, at as EpochMs), 'ran')).toThrow(RangeError)
    }
  })
})

describe('signals', () => {
  it('come strongest first, and always in the same order', () => {
    const made = detector()
    for (let day = 0; day < 20; day += 1) {
      const to = `bob@d${day % 4}.example`
      made.learn(call({ amount: 50 + day, fee: 5 + (day % 5), to, cc: to }, later(NINE, day * 86_400_000)), 'ran')
    }
    const odd = call(
      { fee: 900, amount: 9000, to: 'x@evil.example', cc: 'x@evil.example' },
      later(NINE, 18 * 3_600_000),
    )
    expect(made.score(odd, noTraits).signals.map(({ kind, param, risk }) => [kind, param, risk])).toEqual([
      ['value_outlier', 'amount', 10],
      ['value_outlier', 'fee', 10],
      ['rate_spike', undefined, 6],
      ['new_destination', 'cc', 4],
      ['new_destination', 'to', 4],
      ['off_hours_activity', undefined, 4],
    ])
  })

  it('are bounded, and the strongest stay [P24]', () => {
    const wide = (value: number): Params =>
      Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`p${index}`, value]))
    const made = detector()
    for (const value of [1, 2, 3, 4, 5]) made.learn(call(wide(value)), 'ran')
    const { signals } = made.score(call({ ...wide(6), p150: 5000 }), noTraits)
    expect(signals.length).toBeLessThanOrEqual(SIGNALS_MAX)
    expect(signals[0]?.param).toBe('p150')
  })
})

describe('memory', () => {
  it('is that of a bounded number of tools and agents; the one used longest ago starts again [P24]', () => {
    const made = createZscoreDetector({ minSamples: 1, timeZone: 'UTC' })
    const samplesOf = (agentId: string): number => made.score({ ...call({}), agentId }, noTraits).samples
    for (let agent = 0; agent < 100_000; agent += 1) {
      made.learn({ ...call({}), agentId: `agent${agent}` }, 'ran')
      if (agent % 1_000 === 0) made.learn({ ...call({}), agentId: 'busy' }, 'ran')
    }
    expect(samplesOf('agent0')).toBe(0)
    expect(samplesOf(`agent${100_000 - STREAMS_MAX}`)).toBe(0)
    expect(samplesOf(`agent${100_000 - STREAMS_MAX + 1}`)).toBe(1)
    expect(samplesOf('busy')).toBe(100)
  })

  it('is not used up by scoring [P24]', () => {
    const made = taught('amount', [50, 60, 70, 80, 90])
    for (let agent = 0; agent < STREAMS_MAX + 10; agent += 1)
      made.score({ ...call({ amount: 1 }), agentId: `agent${agent}` }, noTraits)
    expect(made.score(call({ amount: 5000 }), noTraits).score).toBe(10)
  })

  it('does not lose a parameter to invented ones', () => {
    const made = taught('amount', [50, 60, 70, 80, 90])
    for (let attack = 0; attack < 20; attack += 1)
      made.learn(
        call(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${attack}x${index}`, 1]))),
        'ran',
      )
    expect(made.score(call({ amount: 5000 }), noTraits).score).toBe(10)
  })
})
