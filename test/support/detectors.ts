import type { Detector } from '../../src/domain/detector.ts'

/** A detector that learns nothing and says what it is told to. */
export const saying = (score: Detector['score']): Detector => ({
  score,
  learn: () => undefined,
  refused: () => undefined,
  ended: () => undefined,
  change: () => undefined,
  takeOverdue: () => [],
  describe: () => [],
  make: 'saying',
  takeState: () => [],
  restoreState: () => undefined,
})
