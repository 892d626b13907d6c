import type { Signal, SignalKind } from '../../domain/risk.ts'

/** Which of two equally risky signals is named first. */
const RANK: Readonly<Record<SignalKind, number>> = {
  value_outlier: 0,
  rate_spike: 1,
  new_destination: 2,
  off_hours_activity: 3,
  level_shift: 4,
  high_failure_rate: 5,
  unusual_pattern: 6,
  insufficient_history: 7,
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Strongest first; ties by kind, then by distance from the mean, then by parameter: no two orders are possible. */
export const strongestFirst = (a: Signal, b: Signal): number =>
  b.risk - a.risk ||
  RANK[a.kind] - RANK[b.kind] ||
  Math.abs(b.z ?? 0) - Math.abs(a.z ?? 0) ||
  compareText(a.param ?? '', b.param ?? '')
