import { NOT_CALIBRATED, type Signal } from '../../domain/risk.ts'
import { type EpochMs, type RiskScore, riskScore } from '../../domain/units.ts'
import type { Stream } from '../baseline/stream.ts'
import { twoDecimals } from '../format.ts'

const SPIKE_FACTOR = 3
const HISTORY_MIN_HOURS = 3
const SPIKE_RISK: RiskScore = riskScore(6)

/** More calls in the last 60 minutes, this one included, than 3 times the hourly average of the learned ones. */
export function rateSpike({ attempts, pace }: Stream, at: EpochMs): Signal | undefined {
  if (pace.spanHours <= HISTORY_MIN_HOURS) return undefined
  const calls = attempts.countUntil(at) + 1
  const usual = pace.hourlyAverage
  if (calls <= SPIKE_FACTOR * usual) return undefined
  const times = calls === 1 ? 'once' : `${calls} times`
  const message = `Called ${times} in the last 60 min, more than ${SPIKE_FACTOR} times the usual ${twoDecimals(usual)} an hour`
  return { kind: 'rate_spike', param: undefined, risk: SPIKE_RISK, z: undefined, message, ...NOT_CALIBRATED }
}
