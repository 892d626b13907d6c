import type { ScoredCall } from '../../domain/call.ts'
import type { Analysis, Known } from './analysis.ts'

interface Noted {
  readonly call: ScoredCall
  readonly known: Known
  /** Of the stream's failures: all that the end of another call changes of what is read here. */
  readonly failures: number
  readonly analysis: Analysis
}

/** The analysis of the last scored call, which most often is learned next. */
export class Memo {
  #noted: Noted | undefined

  note(call: ScoredCall, known: Known, analysis: Analysis): void {
    this.#noted = { call, known, failures: known.stream.failures.surprise, analysis }
  }

  /** The analysis of that call, if it would come out the same now. To be voided whenever anything but the end of a call is learned. */
  recall(call: ScoredCall, { stream, agent }: Known): Analysis | undefined {
    const noted = this.#noted
    if (noted === undefined || !isSame(noted.call, call)) return undefined
    // What was packed in between is another object now, and the analysis names parts of the old one.
    const isKept = noted.known.stream === stream && noted.known.agent === agent
    return isKept && noted.failures === stream.failures.surprise ? noted.analysis : undefined
  }

  void(): void {
    this.#noted = undefined
  }
}

/** Parameters are frozen, so the same object is the same call. */
const isSame = (one: ScoredCall, other: ScoredCall): boolean =>
  one.params === other.params && one.at === other.at && one.tool === other.tool && one.agentId === other.agentId
