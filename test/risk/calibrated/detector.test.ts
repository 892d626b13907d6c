import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { ToolTraits } from '../../../src/domain/call.ts'
import type { Lesson } from '../../../src/domain/detector.ts'
import type { Params } from '../../../src/domain/plain.ts'
import { type Signal, signalSentence } from '../../../src/domain/risk.ts'
import type { EpochMs } from '../../../src/domain/units.ts'
import { createCalibratedDetector } from '../../../src/risk/calibrated/detector.ts'
import { NINE, noTraits } from '../calls.ts'
import { anyCall } from './any-call.ts'
import { calibrated, callNumber, live, normals, randomNumbers } from './streams.ts'

const worked = [50, 60, 70, 80, 90].map((amount, index) =>
  callNumber(index, { amount, destination: 'bob@example.com' }),
)
const outlier = callNumber(6, { amount: 5_000, destination: 'bob@example.com' })

function afterWorked(): ReturnType<typeof calibrated> {
  const detector = calibrated()
  for (const call of worked) detector.learn(call, 'ran')
  return detector
}

describe('the worked example', () => {
  it('comes out to the digit', () => {
    const { score, signals, readings, samples } = afterWorked().score(outlier, noTraits)
    expect(score).toBe(10)
    expect(samples).toBe(5)
    expect(signals[0]?.kind).toBe('value_outlier')
    expect(signals[0]?.message).toBe("Parameter 'amount' is 311.8 standard deviations from mean (70.00)")
    expect(signalSentence(signals[0] as Signal)).toMatch(
      /^Parameter 'amount' is 311\.8 standard deviations from mean \(70\.00\); usually 50\.00 to 90\.00; as rare as 1 in [\d,]+ calls$/,
    )
    expect(signals[0]?.z).toBeCloseTo(311.8, 1)
    expect(readings[0]).toMatchObject({
      param: 'amount',
      value: 5_000,
      samples: 5,
      mean: 70,
      recent: [50, 60, 70, 80, 90],
    })
    expect(readings[0]?.sd).toBeCloseTo(15.81, 2)
  })

  it('stays blocked, however often it is repeated [P18]', () => {
    const detector = afterWorked()
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(detector.score(outlier, noTraits).score).toBe(10)
      detector.refused(outlier, 'denied')
    }
    expect(detector.score(outlier, noTraits).readings[0]?.samples).toBe(5)
  })

  it('leaves a usual call alone', () => {
    expect(afterWorked().score(callNumber(6, { amount: 72, destination: 'bob@example.com' }), noTraits)).toMatchObject({
      score: 0,
      signals: [],
    })
  })

  test.each([0, 1, 2, 3, 4])('says that %d samples are too few', (samples) => {
    const detector = calibrated()
    for (const call of worked.slice(0, samples)) detector.learn(call, 'ran')
    expect(detector.score(outlier, noTraits)).toEqual({
      score: 0,
      samples,
      readings: [],
      signals: [
        {
          kind: 'insufficient_history',
          param: undefined,
          risk: 0,
          z: undefined,
          message: `Insufficient history (${samples} samples)`,
          usual: undefined,
          oneIn: undefined,
        },
      ],
    })
  })
})

/** 300 calls of one kind, with a detector that lived through them. */
function history(paramsOf: (index: number, random: () => number) => Params): ReturnType<typeof calibrated> {
  const detector = calibrated()
  const random = randomNumbers(4)
  live(
    detector,
    Array.from({ length: 300 }, (_, index) => callNumber(index, paramsOf(index, random))),
  )
  return detector
}

const transfers = (): ReturnType<typeof calibrated> =>
  history((index, random) => ({
    amount: Math.round(40 + 20 * random()),
    to: ['ann@home.example', 'bob@home.example', 'cy@work.example'][index % 3] ?? '',
    currency: 'EUR',
    order: { items: [1, 2, 3].slice(0, 1 + (index % 3)).map((count) => ({ count, sku: `A-${100 + (index % 7)}` })) },
  }))

const usual = {
  amount: 50,
  to: 'ann@home.example',
  currency: 'EUR',
  order: {
    items: [
      { count: 2, sku: 'A-103' },
      { count: 1, sku: 'A-100' },
    ],
  },
}

describe('what it finds', () => {
  test.each`
    changed                                                                                 | kind                 | param                  | message                       | because
    ${{ amount: 900 }}                                                                      | ${'value_outlier'}   | ${'amount'}            | ${'standard deviations'}      | ${'a number far off'}
    ${{ to: 'eve@evil.example' }}                                                           | ${'new_destination'} | ${'to'}                | ${'mail domain evil.example'} | ${'a mail domain never seen'}
    ${{ currency: 'XMR' }}                                                                  | ${'unusual_pattern'} | ${'currency'}          | ${'EUR (300 times)'}          | ${'a new value in a closed list'}
    ${{ amount: 'all of it' }}                                                              | ${'unusual_pattern'} | ${'amount'}            | ${'unusual type'}             | ${'text where a number was'}
    ${{ order: { items: [{ count: 900, sku: 'A-103' }] } }}                                 | ${'value_outlier'}   | ${'order.items.count'} | ${'standard deviations'}      | ${'a number deep within'}
    ${{ order: { items: Array.from({ length: 90 }, () => ({ count: 1, sku: 'A-103' })) } }} | ${'value_outlier'}   | ${'order.items.count'} | ${'90 elements'}              | ${'a list of unusual length'}
    ${{ approvedBy: 'nobody' }}                                                             | ${'unusual_pattern'} | ${undefined}           | ${'an unusual set'}           | ${'a parameter never given'}
  `('$because', ({ changed, kind, param, message }) => {
    const detector = transfers()
    const { score, signals } = detector.score(callNumber(301, { ...usual, ...changed }), noTraits)
    expect(score).toBeGreaterThanOrEqual(4)
    expect(signals.find((signal) => signal.kind === kind && signal.param === param)).toBeDefined()
    expect(signals.map(signalSentence).join('\n')).toContain(message)
    expect(detector.score(callNumber(301, usual), noTraits).score).toBeLessThan(4)
  })

  it('adds up thirteen values of which each is slightly odd', () => {
    const normal = normals(randomNumbers(8))
    const names = Array.from({ length: 13 }, (_, index) => `p${index}`)
    const detector = history(() => Object.fromEntries(names.map((name) => [name, 100 + 10 * normal()])))
    const each = (z: number): Params =>
      Object.fromEntries(names.map((name, index) => [name, 100 + (index % 2 ? z : -z) * 10]))
    expect(detector.score(callNumber(301, each(0.6)), noTraits).score).toBeLessThan(4)
    const { score, signals } = detector.score(callNumber(301, each(2)), noTraits)
    expect(score).toBeGreaterThanOrEqual(7)
    expect(signals[0]?.message).toContain('Taken together')
  })

  it('finds a flood of calls whose arguments are usual', () => {
    const detector = transfers()
    let risk = 0
    for (let second = 0; second < 60; second++) {
      const call = { ...callNumber(301, usual), at: (NINE + 301 * 600_000 + second * 1_000) as EpochMs }
      const assessment = detector.score(call, noTraits)
      risk = Math.max(risk, assessment.score)
      if (second === 59) expect(assessment.signals.map(({ kind }) => kind)).toContain('rate_spike')
      detector.refused(call, 'denied')
    }
    expect(risk).toBeGreaterThanOrEqual(7)
  })
})

describe('what the tool declares', () => {
  const declared = (whenNew: 'warn' | 'escalate', params: readonly string[] = ['to']): ToolTraits => ({
    ...noTraits,
    destinations: { params, whenNew },
  })
  // In a stream where most recipients are new, one more is no news to the statistics.
  const openList = (): ReturnType<typeof calibrated> => history((index) => ({ to: `person ${index}`, amount: 5 }))

  test.each`
    whenNew       | risk
    ${'warn'}     | ${4}
    ${'escalate'} | ${7}
  `('a new destination with whenNew $whenNew is risk $risk', ({ whenNew, risk }) => {
    const { score, signals } = openList().score(callNumber(301, { to: 'person 1000', amount: 5 }), declared(whenNew))
    expect(score).toBe(risk)
    expect(signals[0]).toMatchObject({ kind: 'new_destination', param: 'to', risk })
    expect(openList().score(callNumber(301, { to: 'person 299', amount: 5 }), declared(whenNew)).score).toBeLessThan(4)
  })

  it('knows accounts that are given as numbers', () => {
    const detector = history((index) => ({ account: 7_000 + (index % 4) }))
    const traits = declared('escalate', ['account'])
    expect(detector.score(callNumber(301, { account: 7_002 }), traits).score).toBeLessThan(4)
    expect(detector.score(callNumber(301, { account: 7_001.5 }), traits).score).toBeGreaterThanOrEqual(7)
  })

  it('scores nothing that is to be ignored', () => {
    const traits = { ...noTraits, ignore: ['amount'] }
    expect(transfers().score(callNumber(301, { ...usual, amount: 900 }), traits).score).toBeLessThan(4)
  })

  it('takes a tool that only reads less seriously', () => {
    const detector = transfers()
    const call = callNumber(301, { ...usual, currency: 'XMR' })
    const readOnly = detector.score(call, { ...noTraits, readOnly: true }).score
    expect(readOnly).toBeLessThan(detector.score(call, noTraits).score)
  })
})

describe('poisoning', () => {
  test.each([1.005, 1.01, 1.02, 1.05])(
    'a value that is raised x%d a call is held within five standard deviations',
    (factor) => {
      const normal = normals(randomNumbers(5))
      const detector = calibrated()
      live(
        detector,
        Array.from({ length: 600 }, (_, index) => callNumber(index, { v: 100 + 10 * normal() })),
      )
      let value = 120
      let largest = 0
      for (let index = 600; index < 1_000; index++) {
        const call = callNumber(index, { v: value })
        const { score } = detector.score(call, noTraits)
        if (score >= 7) detector.refused(call, 'denied')
        else {
          largest = Math.max(largest, value)
          detector.learn(call, score >= 4 ? 'warned' : 'ran')
          value *= factor
        }
      }
      expect(largest).toBeLessThanOrEqual(150)
    },
  )

  it('does not lock an agent out for ever when nobody can approve', () => {
    const normal = normals(randomNumbers(5))
    const detector = calibrated('absent')
    for (let index = 0; index < 600; index++) detector.learn(callNumber(index, { v: 100 + 10 * normal() }), 'ran')
    const shifts: number[] = []
    for (let index = 600; index < 3_000; index++) {
      const call = callNumber(index, { v: 100 + Math.min(60, (index - 600) / 4) + 10 * normal() })
      const { score, signals } = detector.score(call, noTraits)
      if (signals.some(({ kind }) => kind === 'level_shift')) {
        shifts.push(index)
        expect(signals.find(({ kind }) => kind === 'level_shift')?.risk).toBe(6.9)
      }
      detector.learn(call, score >= 4 ? 'warned' : 'ran')
    }
    expect(shifts.length).toBeGreaterThan(0)
    expect(shifts.at(-1)).toBeLessThan(2_600)
  })
})

const anyLesson = fc.constantFrom<Lesson | 'refused'>('ran', 'warned', 'approved', 'refused')

describe('laws', () => {
  it('is never NaN, never outside 0 to 10, and never changes by looking [P7]', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyCall, anyLesson), { maxLength: 60 }), (events) => {
        const detector = createCalibratedDetector({ minSamples: 1, timeZone: 'UTC' })
        for (const [call, lesson] of events) {
          const first = detector.score(call, noTraits)
          expect(first.score >= 0 && first.score <= 10).toBe(true)
          for (const { z, risk } of first.signals) expect(Number.isFinite(z ?? 0) && Number.isFinite(risk)).toBe(true)
          for (const { mean, sd } of first.readings) expect(Number.isFinite(mean) && Number.isFinite(sd)).toBe(true)
          expect(detector.score(call, noTraits)).toEqual(first)
          if (lesson === 'refused') detector.refused(call, 'denied')
          else detector.learn(call, lesson)
        }
      }),
      { numRuns: 800 },
    )
  }, 120_000)

  it('has a state that is a fold over what was learned and refused, whether or not calls were scored between', () => {
    const traits: ToolTraits = { ...noTraits, ignore: ['a'], destinations: { params: ['to'], whenNew: 'warn' } }
    fc.assert(
      fc.property(fc.array(fc.tuple(anyCall, anyLesson, fc.boolean()), { maxLength: 50 }), anyCall, (events, last) => {
        const watched = createCalibratedDetector({ minSamples: 2, timeZone: 'UTC' })
        const restored = createCalibratedDetector({ minSamples: 2, timeZone: 'UTC' })
        for (const [call, lesson, isPlain] of events) {
          watched.score(call, isPlain ? noTraits : traits)
          for (const detector of [watched, restored])
            if (lesson === 'refused') detector.refused(call, 'denied')
            else detector.learn({ ...call }, lesson)
          watched.score(last, noTraits)
        }
        expect(watched.score(last, noTraits)).toEqual(restored.score(last, noTraits))
      }),
    )
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('refuses a call at time %d', (at) => {
    const call = { ...outlier, at: at as EpochMs }
    expect(() => calibrated().score(call, noTraits)).toThrow('a call needs a time')
    expect(() => calibrated().learn(call, 'ran')).toThrow('a call needs a time')
    expect(() => calibrated().refused(call, 'denied')).toThrow('a call needs a time')
  })

  test.each([-1, 1.5, Number.NaN])('refuses a minimum of %d samples', (minSamples) => {
    expect(() => createCalibratedDetector({ minSamples, timeZone: 'UTC' })).toThrow('minSamples must be')
  })
})

describe('false alarms', () => {
  test.each`
    stream         | value
    ${'gaussian'}  | ${(random: () => number, normal: () => number) => 100 + 15 * normal() + 0 * random()}
    ${'lognormal'} | ${(_random: () => number, normal: () => number) => 50 * Math.exp(2 * normal())}
    ${'zeros'}     | ${(random: () => number) => (random() < 0.97 ? 0 : Math.floor(1 + 20 * random()))}
    ${'enum'}      | ${(random: () => number) => `k${Math.floor(5 * random() * random())}`}
    ${'zipf'}      | ${(random: () => number) => `v${Math.floor(1 / (1 - random() * 0.9998))}`}
  `('of a clean $stream stream stay within what is promised', ({ value }) => {
    const risks = [11, 12, 13].flatMap((seed) => {
      const random = randomNumbers(seed)
      const normal = normals(random)
      const calls = Array.from({ length: 2_500 }, (_, index) => callNumber(index, { v: value(random, normal) }))
      return live(calibrated(), calls).slice(300)
    })
    expect(risks.filter((risk) => risk >= 7).length / risks.length).toBeLessThan(0.006)
    expect(risks.filter((risk) => risk >= 4).length / risks.length).toBeLessThan(0.06)
  })
})
