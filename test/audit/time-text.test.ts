import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import type { EpochMs } from '../../src/domain/units.ts'
import { timeText } from '../../src/entries.ts'

const LAST_MS = 8.64e15

it('is what a date makes of it, whatever was asked for before', () => {
  const time = fc.oneof(
    fc.integer({ min: -3_000, max: 3_000 }),
    fc.integer({ min: 1_700_000_000_000, max: 1_700_000_003_000 }),
    fc.integer({ min: -LAST_MS, max: LAST_MS }),
    fc.double({ min: -LAST_MS, max: LAST_MS, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(time), (times) => {
      expect(times.map((at) => timeText(at as EpochMs))).toEqual(times.map((at) => new Date(at).toISOString()))
    }),
  )
})

test.each([LAST_MS + 1, -LAST_MS - 1, Number.NaN, Number.POSITIVE_INFINITY])('there is no date %d', (at) => {
  timeText(LAST_MS as EpochMs)
  expect(() => timeText(at as EpochMs)).toThrow(RangeError)
})
