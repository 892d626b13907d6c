import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { surpriseOfHits } from '../../src/statistics/beta-binomial.ts'

/** The same sum in whole numbers as far as it goes: the weight of each count of hits, `(a)_k (b)_(m-k) C(m, k)`, in halves. */
function shareAtLeast(hits: number, tries: number, before: { hits: number; tries: number }): number {
  const rising = (from: number, times: number): number => {
    let product = 1
    for (let step = 0; step < times; step++) product *= from + step
    return product
  }
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k)
  const [a, b] = [before.hits + 0.5, before.tries - before.hits + 0.5]
  const weight = (k: number): number => choose(tries, k) * rising(a, k) * rising(b, tries - k)
  const all = Array.from({ length: tries + 1 }, (_, k) => weight(k))
  const total = all.reduce((sum, each) => sum + each, 0)
  return all.slice(hits).reduce((sum, each) => sum + each, 0) / total
}

describe('the surprise of so many hits', () => {
  test.each`
    hits | tries | earlier    | chance                     | because
    ${0} | ${5}  | ${[0, 0]}  | ${1}                       | ${'none or more is certain'}
    ${1} | ${1}  | ${[0, 0]}  | ${0.5}                     | ${'nobody knows'}
    ${1} | ${1}  | ${[3, 10]} | ${3.5 / 11}                | ${'it is the share, with half a hit and half a miss more'}
    ${2} | ${2}  | ${[3, 10]} | ${(3.5 * 4.5) / (11 * 12)} | ${'the first hit teaches that hits are likelier'}
  `('$hits of $tries after $earlier: $chance, because $because', ({ hits, tries, earlier: [f, n], chance }) => {
    expect(Math.exp(-surpriseOfHits({ hits, tries }, { hits: f, tries: n }))).toBeCloseTo(chance, 12)
  })

  it('is that of the sum over all counts', () => {
    const trials = (max: number) =>
      fc.nat({ max }).chain((tries) => fc.nat({ max: tries }).map((hits) => ({ hits, tries })))
    fc.assert(
      fc.property(trials(40), trials(60), (now, before) => {
        const expected = shareAtLeast(now.hits, now.tries, before)
        expect(Math.exp(-surpriseOfHits(now, before)) / expected).toBeCloseTo(1, 8)
      }),
    )
  })

  it('rises with the hits, and falls with those before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.nat({ max: 5_000 }),
        fc.nat({ max: 10_000 }),
        (tries, few, n) => {
          const hits = Math.min(few, tries - 1)
          const before = { hits: Math.min(n, 5), tries: n + 1 }
          const surprise = surpriseOfHits({ hits, tries }, before)
          expect(surprise).toBeGreaterThanOrEqual(0)
          expect(Number.isFinite(surprise)).toBe(true)
          expect(surpriseOfHits({ hits: hits + 1, tries }, before)).toBeGreaterThanOrEqual(surprise - 1e-9)
          expect(surpriseOfHits({ hits, tries }, { ...before, hits: before.hits + 0.5 })).toBeLessThanOrEqual(
            surprise + 1e-9,
          )
        },
      ),
    )
  })
})
