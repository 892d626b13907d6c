import type { ScoredCall, ToolTraits } from '../../src/domain/call.ts'
import type { Detector } from '../../src/domain/detector.ts'
import type { Params, Plain } from '../../src/domain/plain.ts'
import type { Signal, SignalKind } from '../../src/domain/risk.ts'
import type { EpochMs } from '../../src/domain/units.ts'
import { createZscoreDetector } from '../../src/risk/zscore.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
/** A Wednesday, 09:00 UTC. */
export const NINE = Date.UTC(2025, 0, 15, 9) as EpochMs

export const later = (start: EpochMs, ms: number): EpochMs => (start + ms) as EpochMs

export const noTraits: ToolTraits = { readOnly: false, destinations: { params: [], whenNew: 'warn' }, ignore: [] }

export const call = (params: Params, at: EpochMs = NINE): ScoredCall => ({
  tool: 'transfer_funds',
  agentId: 'default',
  at,
  params,
})

export const detector = (minSamples = 5): Detector => createZscoreDetector({ minSamples, timeZone: 'UTC' })

/** A detector that learned one call for each value of `param`, a second apart. */
export function taught(param: string, values: readonly Plain[]): Detector {
  const made = detector()
  values.forEach((value, index) => {
    made.learn(call({ [param]: value }, later(NINE, index * 1_000)), 'ran')
  })
  return made
}

export const scoreOf = (made: Detector, params: Params): number => made.score(call(params), noTraits).score

/** The signal of that kind, if there is one. */
export const signalOf = (made: Detector, scored: ScoredCall, kind: SignalKind, traits = noTraits): Signal | undefined =>
  made.score(scored, traits).signals.find((signal) => signal.kind === kind)
