import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { wilsonInterval } from '../../src/support/wilson.ts'

test.each([
  { hits: 0, tries: 10, low: 0, high: 0.2775, because: 'none of ten is not never' },
  { hits: 5, tries: 10, low: 0.2366, high: 0.7634, because: 'half of ten is hardly known' },
  { hits: 20, tries: 10_000, low: 0.0013, high: 0.0031, because: 'two in a thousand after ten thousand calls' },
])('$hits of $tries: $because', ({ hits, tries, low, high }) => {
  const [from, to] = wilsonInterval(hits, tries)
  expect(from).toBeCloseTo(low, 4)
  expect(to).toBeCloseTo(high, 4)
})

it('holds the measured share, and narrows with more tries', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, share) => {
      const hits = Math.round(share * tries)
      const [low, high] = wilsonInterval(hits, tries)
      expect(0 <= low && low <= hits / tries && hits / tries <= high && high <= 1).toBe(true)
      const [lower, higher] = wilsonInterval(4 * hits, 4 * tries)
      expect(higher - lower).toBeLessThan(high - low)
    }),
  )
})
