import { NOT_CALIBRATED, type Signal } from '../../domain/risk.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import type { Stream } from '../baseline/stream.ts'

const SAMPLES_MIN = 20
const OFF_HOURS_RISK: RiskScore = riskScore(4)

/** An hour of the day in which no learned call was made, once there are 20 of them. */
export function offHours(stream: Stream, hour: number, timeZone: string): Signal | undefined {
  if (stream.samples < SAMPLES_MIN || stream.hours.has(hour)) return undefined
  const clock = `${String(hour).padStart(2, '0')} h (${timeZone})`
  const message = `Called at ${clock}, an hour never seen in ${stream.samples} calls`
  return {
    kind: 'off_hours_activity',
    param: undefined,
    risk: OFF_HOURS_RISK,
    z: undefined,
    message,
    ...NOT_CALIBRATED,
  }
}
