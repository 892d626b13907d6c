import { expect, it, test } from 'vitest'
import type { EpochMs } from '../../src/domain/units.ts'
import { hourReader } from '../../src/support/hours.ts'

test.each`
  zone                     | time                      | hour  | because
  ${'UTC'}                 | ${'2025-01-15T00:00:00Z'} | ${0}  | ${'midnight is 0, not 24'}
  ${'UTC'}                 | ${'2025-01-15T23:59:59Z'} | ${23} | ${'the last hour'}
  ${'UTC'}                 | ${'1969-12-31T23:30:00Z'} | ${23} | ${'before 1970 too'}
  ${'Etc/UTC'}             | ${'2025-01-15T09:15:00Z'} | ${9}  | ${'another name of UTC'}
  ${'Europe/Berlin'}       | ${'2024-03-31T00:59:59Z'} | ${1}  | ${'winter time'}
  ${'Europe/Berlin'}       | ${'2024-03-31T01:00:00Z'} | ${3}  | ${'the hour that summer time skips'}
  ${'Europe/Berlin'}       | ${'2024-10-27T00:30:00Z'} | ${2}  | ${'the hour that comes twice'}
  ${'Europe/Berlin'}       | ${'2024-10-27T01:30:00Z'} | ${2}  | ${'and its second time'}
  ${'Asia/Kathmandu'}      | ${'2025-01-15T00:14:59Z'} | ${5}  | ${'5:45 ahead: just before the hour'}
  ${'Asia/Kathmandu'}      | ${'2025-01-15T00:15:00Z'} | ${6}  | ${'and just on it'}
  ${'Australia/Lord_Howe'} | ${'2024-10-05T15:30:00Z'} | ${2}  | ${'summer time by half an hour'}
  ${'America/New_York'}    | ${'2025-01-15T05:00:00Z'} | ${0}  | ${'midnight elsewhere'}
`('$time in $zone is hour $hour: $because', ({ zone, time, hour }) => {
  const read = hourReader(zone)
  const at = Date.parse(time) as EpochMs
  expect(read(at)).toBe(hour)
  expect(read(at), 'a second look gives the same').toBe(hour)
})

it('refuses a zone that does not exist', () => {
  expect(() => hourReader('Mars/Olympus')).toThrow(RangeError)
})
