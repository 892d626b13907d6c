import type { Reason } from '../domain/decision.ts'
import { type Signal, signalSentence } from '../domain/risk.ts'

interface Judged {
  readonly reasons: readonly Reason[]
  readonly signals: readonly Signal[]
}

/** Why a call was decided as it was, for operators: an anomaly is told with what is usual instead, and how rare it is. */
export const reasonTexts = ({ reasons, signals }: Judged): readonly string[] => [
  ...reasons.filter(({ source }) => source !== 'anomaly').map(({ message }) => message),
  ...signals.map(signalSentence),
]
