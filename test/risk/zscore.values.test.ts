import fc from 'fast-check'
import { mean, sampleStandardDeviation, zScore } from 'simple-statistics'
import { describe, expect, it, test } from 'vitest'
import { riskOfZ } from '../../src/risk/signals/value-outlier.ts'
import { call, detector, later, MINUTE_MS, NINE, noTraits, scoreOf, taught } from './calls.ts'

describe('the worked example', () => {
  const made = taught('amount', [50, 60, 70, 80, 90])

  it('comes out to the digit', () => {
    const assessment = made.score(call({ amount: 5000 }), noTraits)
    expect(assessment.score).toBe(10)
    expect(assessment.samples).toBe(5)
    expect(assessment.signals).toEqual([
      {
        kind: 'value_outlier',
        param: 'amount',
        risk: 10,
        z: expect.closeTo(311.8, 1),
        message: "Parameter 'amount' is 311.8 standard deviations from mean (70.00)",
      },
    ])
  })

  it('shows what the value was compared with', () => {
    const [reading] = made.score(call({ amount: 5000 }), noTraits).readings
    expect(reading).toEqual({
      param: 'amount',
      value: 5000,
      samples: 5,
      mean: 70,
      sd: Math.sqrt(250),
      z: (5000 - 70) / Math.sqrt(250),
      recent: [50, 60, 70, 80, 90],
    })
  })

  it('stays at 10 however often it is tried and refused [P8]', () => {
    const tried = taught('amount', [50, 60, 70, 80, 90])
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      expect(tried.score(call({ amount: 5000 }), noTraits)).toEqual(made.score(call({ amount: 5000 }), noTraits))
      tried.refused(call({ amount: 5000 }, later(NINE, attempt * MINUTE_MS)), 'denied')
    }
  })
})

describe('history', () => {
  it('is insufficient for the first five calls; the sixth is scored [F6]', () => {
    const made = detector()
    for (const [samples, amount] of [50, 60, 70, 80, 90].entries()) {
      const { score, signals, readings } = made.score(call({ amount: 1e9 }), noTraits)
      const message = `Insufficient history (${samples} samples)`
      expect({ score, readings }).toEqual({ score: 0, readings: [] })
      expect(signals).toEqual([{ kind: 'insufficient_history', param: undefined, risk: 0, z: undefined, message }])
      made.learn(call({ amount }), 'ran')
    }
    expect(scoreOf(made, { amount: 1e9 })).toBe(10)
  })

  it.each(['ran', 'warned', 'approved'] as const)('is made by a call that %s', (lesson) => {
    const made = detector(1)
    made.learn(call({ amount: 50 }), lesson)
    expect(made.score(call({}), noTraits).samples).toBe(1)
  })

  it('is not made by refused calls [P8]', () => {
    const made = detector()
    for (let attempt = 0; attempt < 100; attempt += 1) made.refused(call({ amount: 5000 }), 'denied')
    expect(made.score(call({ amount: 50 }), noTraits).samples).toBe(0)
  })

  it.each([
    ['tool', { ...call({ amount: 5000 }), tool: 'send_email' }],
    ['agent', { ...call({ amount: 5000 }), agentId: 'other' }],
    [
      'tool, whose name ends where the agent begins',
      { ...call({ amount: 5000 }), tool: 'transfer_fundsd', agentId: 'efault' },
    ],
  ])('is that of one tool and agent: another %s has none', (_what, other) => {
    expect(taught('amount', [50, 60, 70, 80, 90]).score(other, noTraits).samples).toBe(0)
  })

  it('is needed by each parameter for itself', () => {
    const made = taught('amount', [50, 60, 70, 80, 90])
    for (const fee of [1, 2, 3, 4]) made.learn(call({ fee }), 'ran')
    expect(scoreOf(made, { fee: 5000 })).toBe(0)
    made.learn(call({ fee: 5 }), 'ran')
    expect(scoreOf(made, { fee: 5000 })).toBe(10)
  })

  it.each([0, 1])('needs two values for a spread, also with a minimum of %d', (minSamples) => {
    const made = detector(minSamples)
    made.learn(call({ amount: 50 }), 'ran')
    expect(made.score(call({ amount: 5000 }), noTraits)).toEqual({ score: 0, signals: [], readings: [], samples: 1 })
  })

  it.each([-1, 2.5, Number.NaN])('can not have a minimum of %d', (minSamples) => {
    expect(() => detector(minSamples)).toThrow('minSamples must be a whole number from 0')
  })
})

describe('risk of a distance', () => {
  // Mean 70 and sample standard deviation 2, both exact in binary: x = 70 + 2z.
  const exact = taught('amount', [68, 72, 70, 68, 72])

  test.each`
    z        | risk     | because
    ${0}     | ${0}     | ${'the mean itself'}
    ${2}     | ${0}     | ${'up to 2 is usual'}
    ${2.001} | ${5}     | ${'above 2: flat'}
    ${2.1}   | ${5}     | ${'the documented case'}
    ${3}     | ${5}     | ${'up to 3'}
    ${3.001} | ${6.002} | ${'above 3: twice the distance'}
    ${3.5}   | ${7}     | ${'escalates'}
    ${4.5}   | ${9}     | ${'blocks'}
    ${5}     | ${10}    | ${'the most there is'}
    ${1e9}   | ${10}    | ${'and no more'}
    ${-2}    | ${0}     | ${'the sign does not matter'}
    ${-2.5}  | ${5}     | ${'low values are as unusual as high ones'}
    ${-4}    | ${8}     | ${'in proportion'}
  `('z = $z is risk $risk: $because', ({ z, risk }) => {
    expect(riskOfZ(z)).toBeCloseTo(risk, 9)
    expect(scoreOf(exact, { amount: 70 + 2 * z })).toBeCloseTo(risk, 6)
  })

  it('never falls as a value moves away from the mean [P7]', () => {
    const distance = fc.double({ min: 0, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(distance, distance, (one, other) => {
        const [near, far] = one < other ? [one, other] : [other, one]
        expect(scoreOf(exact, { amount: 70 + far })).toBeGreaterThanOrEqual(scoreOf(exact, { amount: 70 + near }))
      }),
    )
  })

  it('says how far, without a sign, and from what', () => {
    const [low] = exact.score(call({ amount: 60 }), noTraits).signals
    expect(low).toMatchObject({ z: -5, message: "Parameter 'amount' is 5.0 standard deviations from mean (70.00)" })
  })

  it('shows a small mean with its digits', () => {
    const made = taught('share', [0.0012, 0.0013, 0.0011, 0.0012, 0.0012])
    expect(made.score(call({ share: 1 }), noTraits).signals[0]?.message).toContain('from mean (0.00120)')
  })

  it('is that of the z-score of simple-statistics over the whole history', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 5, maxLength: 40 })
    fc.assert(
      fc.property(amounts, fc.integer({ min: -200_000, max: 200_000 }), (history, amount) => {
        const spread = Math.max(sampleStandardDeviation(history), 0.01 * Math.abs(mean(history)))
        const [reading] = taught('amount', history).score(call({ amount }), noTraits).readings
        expect(reading?.z).toBeCloseTo(zScore(amount, mean(history), spread), 6)
      }),
    )
  })
})

describe('values without spread', () => {
  const always100 = taught('amount', [100, 100, 100, 100, 100])
  const always0 = taught('amount', [0, 0, 0, 0, 0])

  test.each`
    amount    | risk  | because
    ${100}    | ${0}  | ${'the usual value'}
    ${100.01} | ${0}  | ${'a cent more is not critical: 1 % of the mean is taken as spread'}
    ${102}    | ${0}  | ${'two of those are usual'}
    ${103}    | ${5}  | ${'three are warned about'}
    ${96}     | ${8}  | ${'four are escalated'}
    ${5000}   | ${10} | ${'this is no cent'}
    ${-100}   | ${10} | ${'nor is another sign'}
  `('100 five times, then $amount: risk $risk, $because', ({ amount, risk }) => {
    expect(scoreOf(always100, { amount })).toBe(risk)
  })

  it('say so', () => {
    const [signal] = always100.score(call({ amount: 5000 }), noTraits).signals
    expect(signal?.message).toBe(
      "Parameter 'amount' is 4900.0 standard deviations from mean (100.00) (almost no spread: 1 % of the mean used)",
    )
  })

  it('are judged by 1 % of the mean until their own spread is larger', () => {
    const close = taught('amount', [100, 100, 100, 100, 101])
    expect(scoreOf(close, { amount: 102 })).toBe(0)
    expect(close.score(call({ amount: 110 }), noTraits).signals[0]?.message).toContain('1 % of the mean used')
    const wide = taught('amount', [98, 100, 100, 100, 102])
    expect(wide.score(call({ amount: 110 }), noTraits).signals[0]?.message).not.toContain('1 % of the mean used')
  })

  it('are found for negative means too', () => {
    const debit = taught('amount', [-100, -100, -100, -100, -100])
    expect(scoreOf(debit, { amount: -100.01 })).toBe(0)
    expect(scoreOf(debit, { amount: -5000 })).toBe(10)
  })

  it.each([1e-9, -1, 5000])('all 0, then %d: counts as 10 standard deviations', (amount) => {
    const [signal] = always0.score(call({ amount }), noTraits).signals
    expect(signal).toMatchObject({ risk: 10, z: 10 * Math.sign(amount) })
    expect(signal?.message).toBe(
      "Parameter 'amount' is 10.0 standard deviations from mean (0.00) (always 0 so far: any other value counts as 10)",
    )
  })

  it('all 0, then 0 again: no risk', () => {
    expect(scoreOf(always0, { amount: 0 })).toBe(0)
    expect(scoreOf(always0, { amount: -0 })).toBe(0)
  })
})

describe('where numbers are found', () => {
  const made = taught('amount', [50, 60, 70, 80, 90])

  test.each`
    params                            | because
    ${{ amount: 5000 }}               | ${'a number'}
    ${{ amount: '5000' }}             | ${'the same as text'}
    ${{ amount: 5000n }}              | ${'as a bigint'}
    ${{ amount: [5000] }}             | ${'in an array'}
    ${{ amount: [70, [[5000]], 60] }} | ${'among others, at any depth'}
    ${{ amount: -5000 }}              | ${'of the other sign'}
    ${{ amount: '9'.repeat(400) }}    | ${'of 400 digits'}
    ${{ amount: 1e308 }}              | ${'near the largest double'}
  `('$params is risk 10: $because', ({ params }) => {
    expect(scoreOf(made, params)).toBe(10)
  })

  it('includes objects, by path', () => {
    const orders = taught(
      'order',
      [50, 60, 70, 80, 90].map((total) => ({ total, items: [{ price: total / 2 }] })),
    )
    const { score, signals } = orders.score(
      call({ order: { total: 70, items: [{ price: 35 }, { price: 900 }] } }),
      noTraits,
    )
    expect(score).toBe(10)
    expect(signals.map(({ param }) => param)).toEqual(['order.items.price'])
  })

  it('learns from text and arrays as from numbers', () => {
    const mixed = taught('amount', ['50', [60], 70n, 80, [['90']]])
    expect(mixed.score(call({ amount: 5000 }), noTraits).signals).toEqual(
      made.score(call({ amount: 5000 }), noTraits).signals,
    )
  })

  it.each([true, null, 'a lot', {}, [], '5,000'])('leaves out %j, which is no number', (amount) => {
    expect(made.score(call({ amount }), noTraits)).toMatchObject({ score: 0, readings: [] })
  })

  it('reads every number of the call, and signals each parameter once, by its most unusual value', () => {
    const { readings, signals } = made.score(call({ amount: [70, 5000, -9000] }), noTraits)
    expect(readings.map(({ value }) => value)).toEqual([70, 5000, -9000])
    expect(signals.map(({ z }) => Math.round(z ?? 0))).toEqual([-574])
  })

  it.each([
    ['a parameter', ['amount'], 0],
    ['what is below a path', ['order'], 0],
    ['a path itself', ['order.total', 'amount'], 0],
    ['nothing else', ['amoun', 'order.tot'], 10],
  ])('leaves out what the tool ignores: %s', (_what, ignore, risk) => {
    const both = taught(
      'order',
      [50, 60, 70, 80, 90].map((total) => ({ total })),
    )
    for (const amount of [50, 60, 70, 80, 90]) both.learn(call({ amount }), 'ran')
    const params = ignore.includes('order')
      ? { order: { total: 5000 } }
      : { amount: 5000, order: { total: ignore.length > 1 ? 5000 : 70 } }
    expect(both.score(call(params), { ...noTraits, ignore }).score).toBe(risk)
  })

  it('learns what the tool ignores, since the log is read before tools are known', () => {
    const traits = { ...noTraits, ignore: ['amount'] }
    expect(made.score(call({ amount: 5000 }), traits).score).toBe(0)
    expect(made.score(call({ amount: 5000 }), noTraits).score).toBe(10)
  })
})
