import { randomKey } from '../audit/key.ts'
import { createRedactor } from '../audit/redact/redactor.ts'
import type { ScoredCall, ToolTraits } from '../domain/call.ts'
import { isFailure } from '../domain/outcome.ts'
import { signalSentence } from '../domain/risk.ts'
import type { EpochMs } from '../domain/units.ts'
import { type CalibratedOptions, createCalibratedDetector } from '../risk/calibrated/detector.ts'
import { snapshotArguments } from '../snapshot/arguments.ts'
import { DEFAULT_LIMITS } from '../snapshot/limits.ts'

/** One line of a call log. */
export interface LoggedCall {
  /** Milliseconds since 1970 UTC. */
  readonly t: number
  readonly agent: string
  readonly tool: string
  readonly params: unknown
  readonly outcome?: unknown
}

/** The guard's scorer by itself, to be measured on recorded calls. */
export interface MeasuredDetector {
  /** Risk, 0 to 10, against what was learned before; changes nothing. */
  score(call: LoggedCall): { readonly risk: number; readonly why: readonly string[] }
  /** Learns a call that ran: from risk 7 as approved, from 4 as warned about. */
  learn(call: LoggedCall, risk: number): void
  refused(call: LoggedCall, risk?: number): void
}

const WARN = 4
const ESCALATE = 7
const BLOCK = 9
const NO_TRAITS: ToolTraits = { readOnly: false, destinations: { params: [], whenNew: 'warn' }, ignore: [] }

/**
 * The calibrated scorer with the guard's defaults, as the guard would live through these calls with an approver: arguments are copied
 * and secrets replaced as the guard does it, how a call ended is known once the next one is recorded, and a level that moved and that
 * nobody answered for is re-based when it is time.
 */
export function createDetector(options: Partial<CalibratedOptions> = {}): MeasuredDetector {
  const detector = createCalibratedDetector({ minSamples: 5, timeZone: 'UTC', ...options })
  const key = randomKey()
  const redactor = createRedactor({ key: () => key.for('redaction') })
  let last: { readonly logged: LoggedCall; readonly scored: ScoredCall } | undefined
  let running: { readonly call: ScoredCall; readonly how: 'returned' | 'threw' } | undefined

  function scoredCall(logged: LoggedCall): ScoredCall {
    if (last?.logged === logged) return last.scored
    const { t, agent, tool, params } = logged
    const snapshot = snapshotArguments({ tool, args: [params], limits: DEFAULT_LIMITS })
    const scored = { tool, agentId: agent, at: t as EpochMs, params: redactor.redact(snapshot.params).params }
    last = { logged, scored }
    return scored
  }

  function record(tell: () => void, at: EpochMs): void {
    if (running !== undefined) detector.ended(running.call, running.how)
    running = undefined
    tell()
    for (const moved of detector.takeOverdue()) detector.change({ change: 'rebased', at, ...moved })
  }

  return {
    score(call) {
      const { score, signals } = detector.score(scoredCall(call), NO_TRAITS)
      return { risk: score, why: signals.map(signalSentence) }
    },
    learn(logged, risk) {
      const call = scoredCall(logged)
      record(() => detector.learn(call, risk >= ESCALATE ? 'approved' : risk >= WARN ? 'warned' : 'ran'), call.at)
      // Nobody let a stopped call run, even where it is learned because a label says that it was normal.
      if (risk < ESCALATE) running = { call, how: isFailure(logged.outcome) ? 'threw' : 'returned' }
    },
    refused(logged, risk = 0) {
      const call = scoredCall(logged)
      // Nobody is asked about a blocked call.
      record(() => detector.refused(call, risk >= BLOCK ? 'unanswered' : 'denied'), call.at)
    },
  }
}
