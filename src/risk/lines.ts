import { type Reading, type RiskAssessment, type RiskLevel, type Signal, signalSentence } from '../domain/risk.ts'
import { asFloat, shown, twoDecimals } from './format.ts'
import { spreadFloor } from './signals/value-outlier.ts'

/** Numeric values of one call that the log shows at debug level. */
export const READINGS_SHOWN_MAX = 50

/** What the log says of an assessment at debug level: how much history there was, and each number beside its baseline. */
export function debugLines(tool: string, assessment: RiskAssessment): readonly string[] {
  const lines = [`Loaded ${assessment.samples} historical events for ${shown(tool)}`]
  for (const signal of assessment.signals) if (signal.kind === 'insufficient_history') lines.push(signal.message)
  for (const reading of assessment.readings.slice(0, READINGS_SHOWN_MAX)) lines.push(paramLine(reading), zLine(reading))
  const left = assessment.readings.length - READINGS_SHOWN_MAX
  if (left > 0) lines.push(`… and ${left} more numeric values`)
  return lines
}

/** What the log says at info level: each anomaly, then the risk of the call. Nothing when there is no risk, to keep logs quiet. */
export function infoLines(tool: string, assessment: RiskAssessment, level: RiskLevel): readonly string[] {
  if (assessment.score === 0) return []
  const found = assessment.signals.filter((signal) => signal.risk > 0)
  return [
    ...found.flatMap((signal) => anomalyLines(signal, assessment.readings)),
    `Anomaly analysis: ${shown(tool)} -> risk=${assessment.score.toFixed(1)} (${level})`,
  ]
}

function paramLine({ param, value, samples, recent }: Reading): string {
  const older = samples > recent.length ? ['…'] : []
  return `Param '${shown(param)}': current=${asFloat(value)}, historical=[${[...older, ...recent].join(', ')}]`
}

function zLine({ value, mean, sd, z }: Reading): string {
  const floor = spreadFloor(mean)
  const spread = floor > sd ? `${twoDecimals(sd)} (${twoDecimals(floor)} used)` : twoDecimals(sd)
  return `Z-Score: value=${asFloat(value)}, mean=${twoDecimals(mean)}, stdev=${spread}, z_score=${z.toFixed(2)}`
}

/** A number is told in the Python project's words, and then what those do not say. */
function anomalyLines(signal: Signal, readings: readonly Reading[]): readonly string[] {
  const risk = `risk=${signal.risk.toFixed(1)}`
  const reading = readings.find(({ param, z }) => param === signal.param && z === signal.z)
  if (reading === undefined) return [`ANOMALY DETECTED: ${signalSentence(signal)} (${risk})`]
  const param = `'${shown(reading.param)}'`
  const line = `ANOMALY DETECTED: ${param}=${asFloat(reading.value)} (z-score=${reading.z.toFixed(1)}, ${risk})`
  return signal.usual === undefined ? [line] : [line, signalSentence({ ...signal, message: `Param ${param}` })]
}
