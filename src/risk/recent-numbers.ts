import { quantileSorted } from 'simple-statistics'
import type { UsualNumbers } from '../domain/baseline.ts'

/** The latest values, oldest first and at least one, with the quantiles of them that are shown. */
export function recentNumbers(recent: readonly number[]): Pick<UsualNumbers, 'recent' | 'quantiles'> {
  const sorted = recent.toSorted((a, b) => a - b)
  const at = (p: number): number => quantileSorted(sorted, p)
  return { recent, quantiles: { p5: at(0.05), p50: at(0.5), p95: at(0.95) } }
}
