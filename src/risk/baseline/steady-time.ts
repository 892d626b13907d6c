import type { EpochMs } from '../../domain/units.ts'

export const HOUR_MS = 3_600_000

/**
 * Event time that does not run backwards by less than an hour. A smaller step back (two processes, a clock being corrected) counts as
 * no time at all, so that it can not hide calls; a larger one is a clock that was wrong before, and is followed.
 */
export function steadyTime(at: EpochMs, newest: EpochMs | undefined): EpochMs {
  if (newest === undefined || at >= newest) return at
  return newest - at < HOUR_MS ? newest : at
}
