import type { AcceptedSignal } from '../../domain/baseline.ts'
import type { ScoredCall } from '../../domain/call.ts'
import type { AgentBaseline } from './agent.ts'
import { argumentsOf } from './arguments.ts'
import type { CallStream } from './stream.ts'

/** An anomaly that somebody said is usual from now on. */
export interface Acceptance {
  readonly call: ScoredCall
  /** Of the day, 0 to 23. */
  readonly hour: number
  readonly signals: readonly AcceptedSignal[]
}

/** Teaches what the signals of an accepted anomaly were about, and nothing else of the call. */
export function accept({ call, hour, signals }: Acceptance, stream: CallStream, agent: AgentBaseline): void {
  const all = argumentsOf(call.params)
  const isPattern = signals.some(({ kind, param }) => kind === 'unusual_pattern' && param === undefined)
  const named = new Set(signals.flatMap(({ param }) => (param === undefined ? [] : [param])))
  for (const argument of all) if (isPattern || named.has(argument.path)) stream.accept(argument, agent.contacts)
  for (const { kind } of signals) {
    if (kind === 'off_hours_activity') stream.hours.accept(hour)
    if (kind === 'rate_spike') for (const { bursts } of [stream, agent]) bursts.accept()
  }
  if (!isPattern) return
  stream.keySets.accept(stream.keySetOf(all))
  agent.sequence.tools.accept(call.tool)
}
