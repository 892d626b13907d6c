import type { ScoredCall } from '../domain/call.ts'
import { NOT_CALIBRATED, type RiskAssessment, type Signal } from '../domain/risk.ts'
import { type EpochMs, NO_RISK } from '../domain/units.ts'
import type { Shelf, Shelved } from './state/shelf.ts'

/** What every detector knows of the stream of calls of one tool and agent. */

/** The furthest moment that a date can hold, in milliseconds from 1970. */
const TIME_MAX_MS = 8.64e15

/** What the keys of all streams of a tool begin with. The length in front keeps `('ab', 'c')` and `('a', 'bc')` apart. */
export const toolKey = (tool: string): string => `${tool.length}:${tool}`

/** Names a stream. */
export const streamKey = ({ tool, agentId }: Pick<ScoredCall, 'tool' | 'agentId'>): string => toolKey(tool) + agentId

/** Drops the streams of a tool, or only changes each of them. */
export function forgetTool<State extends Shelved>(
  shelf: Shelf<State>,
  tool: string,
  change: ((state: State) => void) | undefined,
): void {
  const own = toolKey(tool)
  for (const key of [...shelf.keys()]) {
    if (!key.startsWith(own)) continue
    if (change === undefined) shelf.forget(key)
    else shelf.change(key, change)
  }
}

/** Undoes `streamKey`. */
export function streamName(key: string): Pick<ScoredCall, 'tool' | 'agentId'> {
  const length = Number.parseInt(key, 10)
  const from = key.indexOf(':') + 1
  return { tool: key.slice(from, from + length), agentId: key.slice(from + length) }
}

/** @throws RangeError for a time that is none. */
export function checkedTime(at: EpochMs): EpochMs {
  if (!(Math.abs(at) <= TIME_MAX_MS))
    throw new RangeError(`a call needs a time between the years -271821 and 275760, found ${at}`)
  return at
}

/** What is said of a call on a stream with too little history: no risk, and that. */
export function tooYoung(samples: number): RiskAssessment {
  const message = `Insufficient history (${samples} samples)`
  const signal: Signal = {
    kind: 'insufficient_history',
    param: undefined,
    risk: NO_RISK,
    z: undefined,
    message,
    ...NOT_CALIBRATED,
  }
  return { score: NO_RISK, signals: [signal], readings: [], samples }
}
