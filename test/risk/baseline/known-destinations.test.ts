import { describe, expect, it } from 'vitest'
import {
  KNOWN_DESTINATIONS_MAX,
  KNOWN_TEXTS_MAX,
  KnownDestinations,
  LEARNED_TEXT_CHARS_MAX,
} from '../../../src/risk/baseline/known-destinations.ts'
import type { DestinationKind } from '../../../src/risk/destinations/destination.ts'
import type { Scalar } from '../../../src/risk/features.ts'

function learned(values: readonly Scalar[]): KnownDestinations {
  const known = new KnownDestinations()
  for (const value of values) known.learn(value)
  return known
}

const has = (known: KnownDestinations, kind: DestinationKind, name: string): boolean => known.has({ kind, name })

describe('what a parameter remembers', () => {
  it('counts each destination once, however it is written', () => {
    const known = learned(['bob@example.com', 'Ann <ANN@EXAMPLE.COM.>', 'eve@example.org'])
    expect(known.shaped).toBe(2)
    expect(has(known, 'mail domain', 'example.com')).toBe(true)
    expect(has(known, 'host', 'example.com'), 'a kind of its own').toBe(false)
  })

  it('holds short texts and whole numbers too, in case they are declared', () => {
    const known = learned([
      '#General',
      12345678,
      12345678n,
      '12345678',
      0.5,
      'x'.repeat(LEARNED_TEXT_CHARS_MAX + 1),
      '  ',
      true,
      null,
    ])
    expect(known.texts).toBe(2)
    expect(has(known, 'value', '#general')).toBe(true)
    expect(has(known, 'value', '12345678')).toBe(true)
  })

  it.each<readonly [boolean, readonly Scalar[], string]>([
    [true, ['a@b.example'], 'an address'],
    [true, ['a@b.example', '', null, true], 'blanks say nothing'],
    [false, ['a@b.example', 'Bob'], 'a text that is none'],
    [false, ['a@b.example', 'x'.repeat(5_000)], 'also a long one'],
    [false, ['a@b.example', 7], 'a number'],
  ])('knows whether all values had the shape of a destination: %s after %j (%s)', (only, values) => {
    expect(learned(values).hasOnlyShaped).toBe(only)
  })

  it('is bounded after 100,000 distinct domains, and forgets the one used longest ago [P24]', () => {
    const known = new KnownDestinations()
    for (let index = 0; index < 100_000; index += 1) {
      known.learn(`bob@d${index}.example`)
      known.learn('ann@home.example')
    }
    expect(known.shaped).toBe(KNOWN_DESTINATIONS_MAX)
    expect(has(known, 'mail domain', 'home.example')).toBe(true)
    expect(has(known, 'mail domain', 'd99999.example')).toBe(true)
    expect(has(known, 'mail domain', 'd0.example')).toBe(false)
  })

  it('is bounded after 100,000 distinct texts [P24]', () => {
    const known = new KnownDestinations()
    for (let index = 0; index < 100_000; index += 1) {
      known.learn(`order ${index}`)
      known.learn('home')
    }
    expect(known.texts).toBe(KNOWN_TEXTS_MAX)
    expect(has(known, 'value', 'home')).toBe(true)
    expect(has(known, 'value', 'order 0')).toBe(false)
  })

  it('tells names apart that only differ far behind', () => {
    const long = (end: string): string => `https://${'a'.repeat(60)}.${'b'.repeat(60)}.${end}.example/`
    const known = learned([long('one')])
    expect(has(known, 'host', new URL(long('one')).hostname)).toBe(true)
    expect(has(known, 'host', new URL(long('two')).hostname)).toBe(false)
  })
})
