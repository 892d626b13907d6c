import { expect, it } from 'vitest'
import { createDetector } from '../../../src/testing/index.ts'
import { MINUTE_MS, NINE } from '../calls.ts'

const call = (index: number, params: Record<string, unknown>) => ({
  t: NINE + index * MINUTE_MS,
  agent: 'a',
  tool: 'transfer',
  params,
  outcome: 'success',
})

it('measures the scorer on recorded calls', () => {
  const detector = createDetector()
  for (const [index, amount] of [50, 60, 70, 80, 90].entries()) detector.learn(call(index, { amount, to: 'bob' }), 0)
  const { risk, why } = detector.score(call(6, { amount: 5_000, to: 'bob' }))
  expect(risk).toBe(10)
  expect(why[0]).toContain('311.8 standard deviations')
})

it('sees no secrets, as the guard would not', () => {
  const detector = createDetector()
  for (let index = 0; index < 40; index++) detector.learn(call(index, { password: `secret-${index}` }), 0)
  expect(JSON.stringify(detector.score(call(41, { password: 'short' })))).not.toContain('short')
  expect(detector.score(call(41, { password: 'short' })).risk).toBe(0)
})

it('sees that a secret is another than it always was', () => {
  const detector = createDetector()
  for (let index = 0; index < 100; index++) detector.learn(call(index, { password: 'always this' }), 0)
  expect(detector.score(call(101, { password: 'always this' })).risk).toBeLessThan(4)
  expect(detector.score(call(101, { password: 'another' })).risk).toBeGreaterThanOrEqual(4)
})

it('learns by risk: a warned call teaches half', () => {
  const detectors = [0, 5].map((risk) => {
    const detector = createDetector()
    for (let index = 0; index < 30; index++) detector.learn(call(index, { amount: 50 + (index % 9) }), 0)
    for (let index = 30; index < 36; index++) detector.learn(call(index, { amount: 90 }), risk)
    return detector.score(call(40, { amount: 200 })).risk
  })
  expect(detectors[1]).toBeGreaterThan(detectors[0] ?? 10)
})
