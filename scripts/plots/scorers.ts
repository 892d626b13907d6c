import type { ScoredCall, ToolTraits } from '../../src/domain/call.ts'
import type { EpochMs } from '../../src/domain/units.ts'
import { createZscoreDetector } from '../../src/risk/zscore.ts'
import type { Value } from './streams.ts'

export const WARN = 4
export const ESCALATE = 7
const START = Date.UTC(2025, 0, 15, 9)
const CALL_EVERY_MS = 600_000
const NO_TRAITS: ToolTraits = { readOnly: false, destinations: { params: [], whenNew: 'warn' }, ignore: [] }

/** A call of one tool with one parameter, as `createDetector` takes it. */
export interface AmountCall {
  readonly t: number
  readonly agent: string
  readonly tool: string
  readonly params: { readonly amount: Value }
}

/** What `createDetector` gives, and the plain rule below. */
export interface Scorer {
  score(call: AmountCall): { readonly risk: number }
  learn(call: AmountCall, risk: number): void
  refused(call: AmountCall, risk: number): void
}

/** Ten minutes after the one before. */
export const callNumber = (index: number, amount: Value): AmountCall => ({
  t: START + index * CALL_EVERY_MS,
  agent: 'default',
  tool: 'transfer_funds',
  params: { amount },
})

export interface PlainRule extends Scorer {
  /** Mean and sample standard deviation that the call is held against; undefined while they are not known. */
  usual(call: AmountCall): { readonly mean: number; readonly sd: number } | undefined
}

/** The plain method, told of calls as the calibrated scorer is. */
export function createPlainRule(): PlainRule {
  const detector = createZscoreDetector({ minSamples: 5, timeZone: 'UTC' })
  return {
    score: (call) => ({ risk: detector.score(scored(call), NO_TRAITS).score }),
    learn: (call) => detector.learn(scored(call), 'ran'),
    refused: (call) => detector.refused(scored(call), 'denied'),
    usual: (call) => detector.score(scored(call), NO_TRAITS).readings[0],
  }
}

const scored = ({ t, agent, tool, params }: AmountCall): ScoredCall => ({
  tool,
  agentId: agent,
  at: t as EpochMs,
  params,
})
