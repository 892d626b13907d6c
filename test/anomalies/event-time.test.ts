import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { EventTimes } from '../../src/anomalies/event-time.ts'

it('reads times as the language does, in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })), (dates) => {
      const times = new EventTimes()
      for (const date of dates) expect(times.read(date.toISOString())).toBe(date.getTime())
    }),
  )
})

test.each(['', 'yesterday', '2026-13-45T00:00:00.000Z', 'x'.repeat(24), '2026-01-05T09:00:00.abcZ'])(
  'reads no time from %j',
  (text) => {
    expect(new EventTimes().read(text)).toBeNaN()
  },
)

test('reads what is written otherwise, too', () => {
  expect(new EventTimes().read('2026-01-05T09:00Z')).toBe(Date.parse('2026-01-05T09:00Z'))
})
