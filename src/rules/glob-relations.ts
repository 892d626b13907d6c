import { accepts, type Glob, type GlobToken } from './glob.ts'

/** Whether some character satisfies both; exact but for two sets, where only ranges that exclude each other count as apart. */
function meet(a: GlobToken, b: GlobToken): boolean {
  if (a.kind === 'character') return accepts(b, a.code)
  if (b.kind === 'character') return accepts(a, b.code)
  if (a.kind !== 'set' || b.kind !== 'set' || a.negated || b.negated) return true
  return a.ranges.some(([low, high]) => b.ranges.some(([from, to]) => low <= to && from <= high))
}

const isStar = (token: GlobToken | undefined): boolean => token?.kind === 'star'

/**
 * Compares two patterns from their ends: `row[j]` says whether the rest of `a` from one token on and the rest of `b` from token `j` on
 * have a name in common ("overlap"), or whether the first has all names of the second ("cover", where only a star takes up a star).
 */
function related(a: readonly GlobToken[], b: readonly GlobToken[], relation: 'overlap' | 'cover'): boolean {
  const both = relation === 'overlap'
  const sides = both ? meet : includes
  let below: boolean[] = []
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = []
    for (let j = b.length; j >= 0; j--) {
      const [left, right] = [a[i], b[j]]
      if (left === undefined && right === undefined) row[j] = true
      else if (isStar(left)) row[j] = (below[j] ?? false) || (right !== undefined && (row[j + 1] ?? false))
      else if (isStar(right)) row[j] = both && ((row[j + 1] ?? false) || (left !== undefined && (below[j] ?? false)))
      else row[j] = left !== undefined && right !== undefined && sides(left, right) && (below[j + 1] ?? false)
    }
    below = row
  }
  return below[0] ?? false
}

/** Whether every character of `b` satisfies `a`; says no when it is not plain to see. */
function includes(a: GlobToken, b: GlobToken): boolean {
  if (a.kind === 'any') return true
  if (b.kind === 'character') return accepts(a, b.code)
  return a.kind === 'set' && b.kind === 'set' && JSON.stringify(a) === JSON.stringify(b)
}

/** Whether one name can match both patterns. Never says no when one can. */
export function overlaps(a: Glob, b: Glob): boolean {
  if (a.literal !== undefined) return b.matches(a.literal)
  if (b.literal !== undefined) return a.matches(b.literal)
  return related(a.tokens, b.tokens, 'overlap')
}

/** Whether every name that matches `b` matches `a`. Never says yes when one does not. */
export function covers(a: Glob, b: Glob): boolean {
  return b.literal === undefined ? related(a.tokens, b.tokens, 'cover') : a.matches(b.literal)
}
