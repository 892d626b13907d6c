import { describe, expect, it } from 'vitest'
import { factsOf, TextFacts } from '../../../src/risk/calibrated/text-facts.ts'

const TEXTS: readonly string[] = [
  'EUR',
  '12.50',
  '',
  'Ada <ada@corp.example>, bob@other.example',
  'https://api.example.com/v1',
  'AB-1234',
  '[redacted:0123456789abcdef]',
  'token [redacted:0123456789abcdef] of the day',
  'invoice '.repeat(30),
  'a long report '.repeat(300),
  'x'.repeat(70_000),
]

const read = ({ text, isSecret, number, key, plain, destinations, form }: TextFacts): unknown => ({
  ...{ text, isSecret, number, key, plain, destinations, form },
})

describe('the facts of a text', () => {
  it('are the same whether it was read before or not', () => {
    for (const text of TEXTS) {
      expect(read(factsOf(text))).toEqual(read(new TextFacts(text)))
      expect(read(factsOf(text))).toEqual(read(new TextFacts(text)))
    }
  })

  it('are kept while the text is likely to come again', () => {
    expect(factsOf('kept')).toBe(factsOf('kept'))
    const kept = factsOf('kept')
    for (let other = 0; other < 5_000; other++) factsOf(`other ${other}`)
    expect(factsOf('kept')).not.toBe(kept)
  })
})
