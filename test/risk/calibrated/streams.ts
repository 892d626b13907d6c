import type { ScoredCall } from '../../../src/domain/call.ts'
import type { Detector } from '../../../src/domain/detector.ts'
import type { Params } from '../../../src/domain/plain.ts'
import type { EpochMs } from '../../../src/domain/units.ts'
import { createCalibratedDetector } from '../../../src/risk/calibrated/detector.ts'
import { MINUTE_MS, NINE, noTraits } from '../calls.ts'

/** Numbers from 0 to 1, the same each time (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Standard normal numbers (Box, Muller). */
export function normals(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

export const calibrated = (approver: 'present' | 'absent' = 'present'): Detector =>
  createCalibratedDetector({ minSamples: 5, timeZone: 'UTC', approver })

/** A call number `index` of a tool, ten minutes after the one before. */
export const callNumber = (index: number, params: Params, tool = 'transfer_funds'): ScoredCall => ({
  tool,
  agentId: 'default',
  at: (NINE + index * 10 * MINUTE_MS) as EpochMs,
  params,
})

/** Lets a detector judge and learn calls as a guard with an attentive reviewer would. Returns the risks. */
export function live(detector: Detector, calls: readonly ScoredCall[]): readonly number[] {
  return calls.map((call) => {
    const { score } = detector.score(call, noTraits)
    detector.learn(call, score >= 7 ? 'approved' : score >= 4 ? 'warned' : 'ran')
    return score
  })
}
