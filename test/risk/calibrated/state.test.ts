import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { AcceptedSignal, StateRow } from '../../../src/domain/baseline.ts'
import type { ScoredCall } from '../../../src/domain/call.ts'
import type { Detector, Lesson, RefusalKind } from '../../../src/domain/detector.ts'
import type { EpochMs } from '../../../src/domain/units.ts'
import { createCalibratedDetector } from '../../../src/risk/calibrated/detector.ts'
import { createZscoreDetector } from '../../../src/risk/zscore.ts'
import { NINE, noTraits } from '../calls.ts'
import { anyCall } from './any-call.ts'

const METHODS: Record<string, () => Detector> = {
  calibrated: () => createCalibratedDetector({ minSamples: 2, timeZone: 'UTC' }),
  zscore: () => createZscoreDetector({ minSamples: 2, timeZone: 'UTC' }),
}

type Told =
  | { readonly is: 'learn'; readonly call: ScoredCall; readonly how: Lesson }
  | { readonly is: 'refused'; readonly call: ScoredCall; readonly how: RefusalKind }
  | { readonly is: 'ended'; readonly call: ScoredCall; readonly how: 'returned' | 'threw' }
  | { readonly is: 'changed'; readonly call: ScoredCall; readonly how: 'accepted' | 'forgotten' }

const told = <Is extends Told['is']>(is: Is, ...hows: Extract<Told, { is: Is }>['how'][]) =>
  fc.record({ is: fc.constant(is), call: anyCall, how: fc.constantFrom(...hows) })

const anyTold = fc.oneof(
  { weight: 8, arbitrary: told('learn', 'ran', 'warned', 'approved') },
  { weight: 2, arbitrary: told('refused', 'denied', 'unanswered') },
  { weight: 2, arbitrary: told('ended', 'returned', 'threw') },
  { weight: 1, arbitrary: told('changed', 'accepted', 'forgotten') },
) as fc.Arbitrary<Told>

const SIGNALS: readonly AcceptedSignal[] = [
  { kind: 'value_outlier', param: 'a' },
  { kind: 'unusual_pattern', param: undefined },
  { kind: 'rate_spike', param: undefined },
  { kind: 'off_hours_activity', param: undefined },
]

function tell(detector: Detector, { is, call, how }: Told): void {
  if (is === 'learn') detector.learn(call, how)
  else if (is === 'refused') detector.refused(call, how)
  else if (is === 'ended') detector.ended(call, how)
  else if (how === 'accepted') detector.change({ change: how, call, signals: SIGNALS })
  else detector.change({ change: how, tool: call.tool, param: 'a' })
}

const asText = (rows: readonly StateRow[]): readonly string[] =>
  rows.map(({ key, bytes }) => `${key} ${bytes && Buffer.from(bytes).toString('hex')}`).sort()

describe.each(Object.entries(METHODS))('the state of the %s method', (_name, make) => {
  it('stored at any point, plus what came later, is the live state bit for bit', () => {
    fc.assert(
      fc.property(fc.array(anyTold, { maxLength: 50 }), fc.nat(), fc.nat(), anyCall, (all, first, second, last) => {
        const [at, then] = [first % (all.length + 1), second % (all.length + 1)].toSorted((a, b) => a - b)
        const live = make()
        const stored = new Map<string, StateRow>()
        const store = (which: 'all' | 'changed'): void => {
          for (const row of live.takeState(which)) stored.set(row.key, row)
        }
        for (let index = 0; index <= all.length; index++) {
          if (index === at) store('all')
          if (index === then) store('changed')
          const next = all[index]
          if (next !== undefined) tell(live, next)
        }
        const restored = make()
        restored.restoreState(stored.values())
        for (const each of all.slice(then)) tell(restored, each)
        expect(asText(restored.takeState('all'))).toEqual(asText(live.takeState('all')))
        expect(restored.score(last, noTraits)).toEqual(live.score(last, noTraits))
        expect(restored.describe()).toEqual(live.describe())
      }),
      { numRuns: 300 },
    )
  })

  it('does not depend on what was scored between', () => {
    fc.assert(
      fc.property(fc.array(anyTold, { maxLength: 40 }), fc.array(anyCall, { maxLength: 40 }), (all, looks) => {
        const watched = make()
        const unwatched = make()
        for (const [index, each] of all.entries()) {
          watched.score(looks[index] ?? each.call, noTraits)
          watched.score(each.call, noTraits)
          tell(watched, each)
          tell(unwatched, each)
        }
        expect(asText(watched.takeState('all'))).toEqual(asText(unwatched.takeState('all')))
      }),
    )
  })

  it('does not depend on whether a call was scored before the one before it ended', () => {
    const anyStep = fc.record({
      amount: fc.nat({ max: 90 }),
      tool: fc.constantFrom('pay', 'pay', 'get'),
      how: fc.constantFrom('returned' as const, 'returned' as const, 'threw' as const),
    })
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 120, size: 'max' }), (steps) => {
        const watched = make()
        const unwatched = make()
        for (const [index, { amount, tool, how }] of steps.entries()) {
          const each = {
            tool,
            agentId: 'x',
            at: (NINE + index * 1_000) as EpochMs,
            params: { amount, to: 'a@b.example' },
          }
          watched.score(each, noTraits)
          for (const detector of [watched, unwatched]) {
            detector.ended({ tool: 'pay', agentId: 'x', at: each.at }, how)
            detector.learn(each, 'ran')
          }
        }
        expect(asText(watched.takeState('all'))).toEqual(asText(unwatched.takeState('all')))
      }),
    )
  })

  it('names what it depends on', () => {
    expect(make().make).toBe(make().make)
    expect(make().make).toContain('UTC')
  })
})

test('a detector of other settings has a state of another make', () => {
  const makes = [
    createCalibratedDetector({ minSamples: 5, timeZone: 'UTC' }),
    createCalibratedDetector({ minSamples: 6, timeZone: 'UTC' }),
    createCalibratedDetector({ minSamples: 5, timeZone: 'Europe/Berlin' }),
    createZscoreDetector({ minSamples: 5, timeZone: 'UTC' }),
  ].map(({ make }) => make)
  expect(new Set(makes).size).toBe(4)
})

describe('what is remembered is bounded [P24]', () => {
  const call = (agentId: string, amount: number, index: number) => ({
    ...{ tool: 'pay', agentId, params: { amount } },
    at: (NINE + index * 1_000) as EpochMs,
  })

  it('and a stream that had to go starts again from the best known one of its tool, not from nothing', () => {
    const detector = createCalibratedDetector({ minSamples: 5, timeZone: 'UTC', streamsMax: 50 })
    for (let index = 0; index < 100; index++) detector.learn(call('honest', 50 + (index % 10), index), 'ran')
    for (let index = 100; index < 400; index++) detector.refused(call(`flood ${index}`, 5_000, index), 'denied')
    expect(detector.describe('pay')).toHaveLength(50)
    const { score, samples } = detector.score(call('honest', 5_000, 400), noTraits)
    expect(score).toBeGreaterThanOrEqual(7)
    expect(samples).toBeGreaterThanOrEqual(100)
    expect(detector.score(call('honest', 55, 400), noTraits).score).toBeLessThan(4)
  })

  it('and comes back as it was when streams had to go', () => {
    const made = () => createCalibratedDetector({ minSamples: 2, timeZone: 'UTC', streamsMax: 3 })
    const anyStep = fc.record({ agent: fc.nat({ max: 6 }), amount: fc.nat({ max: 90 }) })
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), fc.nat(), (steps, cut) => {
        const live = made()
        const restored = made()
        const at = cut % (steps.length + 1)
        for (let index = 0; index <= steps.length; index++) {
          if (index === at) restored.restoreState(live.takeState('all'))
          const step = steps[index]
          if (step === undefined) break
          const each = call(`agent ${step.agent}`, step.amount, index)
          live.score(each, noTraits)
          live.learn(each, 'ran')
          if (index >= at) restored.learn(each, 'ran')
        }
        expect(asText(restored.takeState('all'))).toEqual(asText(live.takeState('all')))
      }),
    )
  })

  it('and a tool that lost nothing knows nothing of a new agent', () => {
    const detector = createCalibratedDetector({ minSamples: 5, timeZone: 'UTC' })
    for (let index = 0; index < 100; index++) detector.learn(call('honest', 50 + (index % 10), index), 'ran')
    expect(detector.score(call('new', 5_000, 100), noTraits)).toMatchObject({ score: 0, samples: 0 })
  })
})
