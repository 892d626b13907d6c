import { zScore } from 'simple-statistics'
import { NOT_CALIBRATED, type Reading, type Signal } from '../../domain/risk.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import type { NumericBaseline } from '../baseline/numeric.ts'
import { shown, twoDecimals } from '../format.ts'

const QUIET_Z = 2
const LOUD_Z = 3
const FLAT_RISK = 5
const RISK_PER_Z = 2
const RISK_MAX = 10
/** The least spread a baseline is taken to have, as a share of its mean. */
const SPREAD_FLOOR = 0.01
/** Counts as the distance of any other value from values that are all 0, which no share of the mean can measure. */
const Z_WITHOUT_SPREAD = 10
const Z_MAX = 1e12

/** Risk of a value `z` standard deviations from its mean: up to 2 none, up to 3 exactly 5, beyond that 2|z|, at most 10. */
export function riskOfZ(z: number): RiskScore {
  const distance = Math.abs(z)
  if (distance <= QUIET_Z) return riskScore(0)
  return riskScore(distance <= LOUD_Z ? FLAT_RISK : Math.min(RISK_MAX, RISK_PER_Z * distance))
}

/** The spread that stands in when values hardly differ: 1 % of the mean. */
export const spreadFloor = (mean: number): number => SPREAD_FLOOR * Math.abs(mean)

/** How a value compares with what was learned: `z = (x - mean) / max(sd, 1 % of |mean|)`, sample standard deviation, +-1e12 at most. */
export function readValue(param: string, value: number, baseline: NumericBaseline): Reading {
  const { samples, mean, sd, recent } = baseline
  const spread = Math.max(sd, spreadFloor(mean))
  const z = spread > 0 ? zScore(value, mean, spread) : Math.sign(value - mean) * Z_WITHOUT_SPREAD
  return { param, value, samples, mean, sd, z: Math.max(-Z_MAX, Math.min(Z_MAX, z)), recent }
}

/** The signals of one call's readings: at most one for each parameter, from its most unusual value. */
export function valueOutliers(readings: readonly Reading[]): readonly Signal[] {
  const strongest = new Map<string, Reading>()
  for (const reading of readings) {
    if (riskOfZ(reading.z) === 0) continue
    const rival = strongest.get(reading.param)
    if (rival === undefined || Math.abs(reading.z) > Math.abs(rival.z)) strongest.set(reading.param, reading)
  }
  return [...strongest.values()].map(outlier)
}

function outlier(reading: Reading): Signal {
  const { param, mean, z } = reading
  const distance = `${Math.abs(z).toFixed(1)} standard deviations from mean (${twoDecimals(mean)})`
  const message = `Parameter '${shown(param)}' is ${distance}${spreadNote(reading)}`
  return { kind: 'value_outlier', param, risk: riskOfZ(z), z, message, ...NOT_CALIBRATED }
}

function spreadNote({ mean, sd }: Reading): string {
  if (spreadFloor(mean) > sd) return ' (almost no spread: 1 % of the mean used)'
  return sd === 0 ? ` (always 0 so far: any other value counts as ${Z_WITHOUT_SPREAD})` : ''
}
