import { describe, expect, it, test } from 'vitest'
import { Peaks } from '../../src/statistics/peaks.ts'
import { fromBytes, toBytes } from '../../src/support/archive.ts'

const peaksOf = (...peaks: readonly number[]): Peaks => {
  const all = new Peaks()
  for (const peak of peaks) all.learn(peak)
  return all
}
const times = (count: number, peak: number): readonly number[] => new Array<number>(count).fill(peak)

describe('peaks', () => {
  test.each`
    peaks                     | reading | chance      | because
    ${[]}                     | ${1000} | ${1}        | ${'nobody knows'}
    ${times(9, 10)}           | ${10}   | ${9.5 / 10} | ${'all were as high'}
    ${times(9, 10)}           | ${5}    | ${9.5 / 10} | ${'all were higher'}
    ${[...times(8, 10), 100]} | ${100}  | ${1.5 / 10} | ${'one of nine was as high'}
    ${[...times(8, 10), 100]} | ${50}   | ${1.5 / 10} | ${'one of nine was higher'}
  `('after $peaks, $reading: $chance, because $because', ({ peaks, reading, chance }) => {
    expect(Math.exp(-peaksOf(...peaks).surprise(reading))).toBeCloseTo(chance, 12)
  })

  it('make what lies beyond the highest rarer with each bin of 0.15', () => {
    const peaks = peaksOf(...times(9, 10))
    const beyond = [1, 5, 20].map((bins) => peaks.surprise(10 * Math.exp(0.15 * bins)))
    expect(beyond).toEqual([1, 5, 20].map((bins) => expect.closeTo(Math.log(20) + 0.3 * bins, 9)))
  })

  it('know the highest to the width of a bin', () => {
    expect(peaksOf().highest).toBe(0)
    for (const peak of [1, 7, 100, 4_321]) {
      expect(peaksOf(1, peak).highest).toBeGreaterThan(peak)
      expect(peaksOf(1, peak).highest).toBeLessThanOrEqual(peak * Math.exp(0.15) + 1e-9)
    }
  })

  it('[P24] follow what changes, with a bounded state', () => {
    const all = peaksOf(...times(4_000, 1_000))
    for (const peak of times(40_000, 10)) all.learn(peak)
    expect(all.stretches).toBeLessThanOrEqual(4_001)
    expect(all.surprise(1_000)).toBeGreaterThan(all.surprise(10) + 5)
    expect(toBytes(all).length).toBeLessThan(1_000)
    expect(fromBytes(new Peaks(), toBytes(all)).surprise(500)).toBe(all.surprise(500))
  })
})
