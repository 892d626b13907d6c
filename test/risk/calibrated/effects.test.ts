import { describe, expect, it } from 'vitest'
import type { ScoredCall } from '../../../src/domain/call.ts'
import { noTraits } from '../calls.ts'
import { calibrated, callNumber, live, normals, randomNumbers } from './streams.ts'

/** Reads with now and then a far-off number, and pays amounts that scatter little. */
function riskAfter(reader: string): (call: ScoredCall) => number {
  const detector = calibrated()
  const random = randomNumbers(3)
  const normal = normals(random)
  const calls = Array.from({ length: 2_000 }, (_, index) => {
    if (index % 10 === 0) return callNumber(index, { amount: Math.round(100 + 10 * normal()) }, 'pay')
    return callNumber(index, { top: Math.round(10 / Math.sqrt(random())) }, reader)
  })
  live(detector, calls)
  return (call) => detector.score(call, noTraits).score
}

describe('the budget of alarms', () => {
  it('is not used up by odd calls that only read', () => {
    const odd = callNumber(2_000, { amount: 137 }, 'pay')
    expect(riskAfter('list_entries')(odd)).toBeGreaterThan(riskAfter('enter')(odd))
  })

  it('still holds for a call that only reads', () => {
    const odd = callNumber(2_000, { top: 1e9 }, 'list_entries')
    expect(riskAfter('list_entries')(odd)).toBeGreaterThanOrEqual(7)
  })
})
