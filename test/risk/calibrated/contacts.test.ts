import { describe, expect, it } from 'vitest'
import { noTraits } from '../calls.ts'
import { calibrated, callNumber, live, randomNumbers } from './streams.ts'

const SUPPLIERS = Array.from({ length: 40 }, (_, index) => `desk@supplier${index}.example`)

/** Pays any of forty suppliers, and changes the standing orders of four of them. */
function accountant(): ReturnType<typeof calibrated> {
  const detector = calibrated()
  const random = randomNumbers(6)
  const calls = Array.from({ length: 600 }, (_, index) => {
    const isChange = index % 6 === 0
    const to = SUPPLIERS[Math.floor(random() * (isChange ? 4 : 40))] ?? ''
    return callNumber(index, { to }, isChange ? 'change_order' : 'pay_bill')
  })
  live(detector, calls)
  return detector
}

describe('the contacts of an agent', () => {
  it('make a destination that no tool knows odder than one that only this tool does not know', () => {
    const detector = accountant()
    const risk = (to: string): number => detector.score(callNumber(600, { to }, 'change_order'), noTraits).score
    expect(risk('desk@supplier77.example')).toBeGreaterThan(risk('desk@supplier20.example'))
  })

  it('are named where they are the reason', () => {
    const { signals } = accountant().score(callNumber(601, { to: 'desk@supplier77.example' }, 'pay_bill'), noTraits)
    expect(signals).toContainEqual(
      expect.objectContaining({
        kind: 'new_destination',
        message: expect.stringContaining('mail domain supplier77.example'),
      }),
    )
  })
})
