import { surpriseOfHits, type Trials } from '../statistics/beta-binomial.ts'
import { SHARE_WEIGHT_MAX, STRANGE } from './limits.ts'

/** A count nearer to what is expected than this is never strange enough to be worth the sum. */
const NEAR_SD = 2

/**
 * Whether so many hits today are strange against the share before, in terms of "one day in N": the tail of a beta-binomial
 * (`surpriseOfHits`), in which the days before weigh as much as `SHARE_WEIGHT_MAX` trials at most. Undefined: not strange.
 */
export function strangeShare(now: Trials, before: Trials): { readonly oneIn: number } | undefined {
  const share = before.tries === 0 ? 0 : before.hits / before.tries
  const expected = now.tries * share
  const sd = Math.sqrt(expected * (1 - share))
  if (now.hits <= expected + NEAR_SD * sd) return undefined
  const weight = Math.min(1, SHARE_WEIGHT_MAX / Math.max(1, before.tries))
  const surprise = surpriseOfHits(now, { hits: weight * before.hits, tries: weight * before.tries })
  return surprise < STRANGE ? undefined : { oneIn: Math.exp(surprise) }
}
