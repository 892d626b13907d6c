import { describe, expect, it } from 'vitest'
import type { Params, Plain } from '../../../src/domain/plain.ts'
import type { EpochMs } from '../../../src/domain/units.ts'
import { NINE, noTraits } from '../calls.ts'
import { calibrated, randomNumbers } from './streams.ts'

const random = randomNumbers(99)
const below = (limit: number): number => Math.floor(random() * limit)

/** Any double there is, but for NaN and the infinities, which no snapshot lets in. */
function anyDouble(): number {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setUint32(0, below(2 ** 32))
  bits.setUint32(4, below(2 ** 32))
  const value = bits.getFloat64(0)
  return Number.isFinite(value) ? value : Number.MAX_VALUE
}

const EDGES: readonly Plain[] = [
  ...[0, -0, 1, -1, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, 1e150, 1e-320],
  ...['', ' ', 'NaN', 'Infinity', '-1e999', '1e-999', '0x10', '١٢٣', '\0', '\ud800', '\u202e', 'a'.repeat(5_000)],
  ...['@', 'a@b', 'http://', 'http://[::1]', '/..//', `${'9'.repeat(400)}`, '[redacted:0123456789abcdef]', '{"a":1}'],
  ...[null, true, false, 0n, 10n ** 400n, -(10n ** 400n), [], [[]], {}],
]

function anyValue(): Plain {
  const kind = below(10)
  if (kind < 4) return EDGES[below(EDGES.length)] ?? null
  if (kind < 7) return anyDouble()
  if (kind < 8) return below(5)
  if (kind < 9) return String.fromCharCode(...Array.from({ length: below(30) }, () => below(65_536)))
  return Array.from({ length: below(4) }, anyValue)
}

const anyParams = (): Params =>
  Object.fromEntries(
    Array.from({ length: 5 }, (_, place) => [below(50) === 0 ? `odd ${below(9)}` : `p${place}`, anyValue()]),
  )

describe('a hundred thousand hostile values', () => {
  it('leave no number that is none, and no risk outside 0 to 10 [P7]', () => {
    const detector = calibrated()
    let at = NINE as number
    for (let count = 0; count < 20_000; count++) {
      at += below(20) === 0 ? below(1e11) - 4e10 : below(60_000)
      const call = { tool: `t${below(3)}`, agentId: `a${below(2)}`, at: at as EpochMs, params: anyParams() }
      const { score, signals, readings } = detector.score(call, noTraits)
      const numbers = [
        score,
        ...signals.flatMap(({ risk, z = 0, oneIn = 1 }) => [risk, z, oneIn]),
        ...readings.flatMap(({ mean, sd, z }) => [mean, sd, z]),
      ]
      if (!(score >= 0 && score <= 10) || numbers.some((number) => Number.isNaN(number)))
        expect.fail(`risk ${score}, ${JSON.stringify(signals)} for ${JSON.stringify(call.params, (_, v) => String(v))}`)
      const fate = below(12)
      if (fate === 0) detector.refused(call, 'denied')
      else if (fate === 1) detector.refused(call, 'unanswered')
      else detector.learn(call, fate === 2 ? 'warned' : fate === 3 ? 'approved' : 'ran')
      if (fate > 1) detector.ended(call, below(4) === 0 ? 'threw' : 'returned')
      for (const moved of detector.takeOverdue()) detector.change({ change: 'rebased', at: call.at, ...moved })
      if (below(500) === 0)
        detector.change({ change: 'accepted', call, signals: [{ kind: 'unusual_pattern', param: undefined }] })
    }
    for (const { parameters } of detector.describe())
      for (const { numbers } of parameters)
        if (numbers !== undefined) expect(Number.isNaN(numbers.mean + numbers.sd)).toBe(false)
  })
})
