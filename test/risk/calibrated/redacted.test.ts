import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { ToolTraits } from '../../../src/domain/call.ts'
import type { Detector } from '../../../src/domain/detector.ts'
import { markOf } from '../../../src/domain/redacted.ts'
import type { RiskAssessment } from '../../../src/domain/risk.ts'
import { signalSentence } from '../../../src/domain/risk.ts'
import { noTraits } from '../calls.ts'
import { calibrated, callNumber, live } from './streams.ts'

const CALLS = 200
const mark = (secret: number): string => markOf(secret.toString(16).padStart(16, '0'))
const anyNewMark = fc
  .tuple(fc.integer({ min: 0xffff, max: 0xffff_ffff }), fc.integer({ min: 0, max: 0xffff_ffff }))
  .map((halves) => markOf(halves.map((half) => half.toString(16).padStart(8, '0')).join('')))

/** A detector that lived through calls with the secrets that `secretOf` gives. */
function history(textOf: (index: number) => string): Detector {
  const detector = calibrated()
  live(
    detector,
    Array.from({ length: CALLS }, (_, index) => callNumber(index, { value: textOf(index), amount: 5 })),
  )
  return detector
}

const judged = (detector: Detector, value: string, traits: ToolTraits = noTraits): RiskAssessment =>
  detector.score(callNumber(CALLS, { value, amount: 5 }), traits)

describe('a redacted value is equal or another, and nothing else', () => {
  const oneSecret = history(() => mark(1))
  const newEachTime = history(mark)
  const threeSecrets = history((index) => mark(index % 3))

  test.each<{ detector: Detector; value: string; stops: boolean; because: string }>([
    { detector: oneSecret, value: mark(1), stops: false, because: 'it is the one there always was' },
    { detector: oneSecret, value: mark(2), stops: true, because: 'it never changed before' },
    { detector: threeSecrets, value: mark(2), stops: false, because: 'it is one of three' },
    { detector: threeSecrets, value: mark(9), stops: true, because: 'there were three, and this is none of them' },
    { detector: newEachTime, value: mark(9_999), stops: false, because: 'a new one is what is usual' },
    { detector: oneSecret, value: 'hunter2', stops: true, because: 'it is no secret where one always was' },
  ])('$value warns: $stops, because $because', ({ detector, value, stops }) => {
    expect(judged(detector, value).score >= 4).toBe(stops)
  })

  it('[P14] says what was found without digests', () => {
    const { signals } = judged(oneSecret, mark(2))
    expect(JSON.stringify(signals)).not.toContain('[redacted:')
    const found = signals.find(({ param }) => param === 'value')
    expect(found && signalSentence(found)).toMatch(
      /^Parameter 'value' is '\[redacted\]', new or rare here; usually \[redacted\] \(200 times\); as rare as 1 in /,
    )
  })

  it('whatever its digits are', () => {
    fc.assert(
      fc.property(anyNewMark, anyNewMark, (one, other) => {
        for (const detector of [oneSecret, threeSecrets, newEachTime])
          expect(judged(detector, one)).toEqual(judged(detector, other))
      }),
    )
  })

  test.each<{ value: string; isNew: boolean }>([
    { value: mark(1), isNew: false },
    { value: mark(2), isNew: true },
  ])('and so it is as a declared destination: $value is new $isNew', ({ value, isNew }) => {
    const traits: ToolTraits = { ...noTraits, destinations: { params: ['value'], whenNew: 'escalate' } }
    expect(judged(oneSecret, value, traits).signals.some(({ kind }) => kind === 'new_destination')).toBe(isNew)
  })
})

describe('a text with secrets in it is judged by the rest of it', () => {
  test.each<{ textOf: (secret: string) => string; because: string }>([
    { textOf: (secret) => `https://api.example.com/?token=${secret}&page=1`, because: 'an address' },
    { textOf: (secret) => `/home/${secret}/files/report.txt`, because: 'a path' },
    { textOf: (secret) => `log in with ${secret}, please`, because: 'a sentence' },
  ])('$because, whatever the digits are', ({ textOf }) => {
    const detector = history((index) => textOf(mark(index)))
    fc.assert(
      fc.property(anyNewMark, anyNewMark, (one, other) => {
        expect(judged(detector, textOf(one))).toEqual(judged(detector, textOf(other)))
        expect(judged(detector, textOf(one)).score).toBeLessThan(4)
      }),
    )
  })

  it('and a new host beside a new secret is a new host', () => {
    const at = (host: string, secret: number): string => `https://${host}/?token=${mark(secret)}`
    const detector = history((index) => at('api.example.com', index))
    expect(judged(detector, at('api.example.com', 9_999)).score).toBeLessThan(4)
    expect(judged(detector, at('evil.example', 9_999)).score).toBeGreaterThanOrEqual(7)
  })
})
