import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type Archive, fromBytes, type Kept, kept, toBytes } from '../../src/support/archive.ts'

/** One of everything that can be kept. */
class Everything implements Kept {
  numbers: number[] = []
  text = ''
  maybe: number | undefined
  counts = new Uint16Array(50)
  byName = new Map<string, Everything>()

  exchange(archive: Archive): void {
    archive.numbers(this.numbers)
    this.text = archive.text(this.text)
    this.maybe = archive.optional(this.maybe, (value = 0) => archive.number(value))
    archive.sparse(this.counts)
    archive.entries(
      this.byName,
      kept(archive, () => new Everything()),
    )
  }
}

const anyEverything = (depth: number): fc.Arbitrary<Everything> =>
  fc
    .record({
      numbers: fc.array(
        fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.constantFrom(0, -0, 250, 251, 2 ** 32, 2 ** 53, 0.5, -1)),
      ),
      text: fc.string({ unit: 'binary' }),
      maybe: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
      counts: fc.uint16Array({ minLength: 50, maxLength: 50 }),
      byName: fc.array(
        fc.tuple(
          fc.oneof(fc.string(), fc.constantFrom('\ud800', '__proto__', 'é', '日本')),
          depth === 0 ? fc.constant(new Everything()) : anyEverything(depth - 1),
        ),
        { maxLength: 3 },
      ),
    })
    .map((fields) => Object.assign(new Everything(), { ...fields, byName: new Map(fields.byName) }))

describe('an archive', () => {
  it('gives back to the last bit what it was handed', () => {
    fc.assert(
      fc.property(anyEverything(2), (state) => {
        const bytes = toBytes(state)
        const back = fromBytes(new Everything(), bytes)
        expect(back).toStrictEqual(state)
        expect(toBytes(back)).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps the order of a map', () => {
    const state = Object.assign(new Everything(), {
      byName: new Map(['b', 'a', 'c'].map((name) => [name, new Everything()])),
    })
    expect([...fromBytes(new Everything(), toBytes(state)).byName.keys()]).toEqual(['b', 'a', 'c'])
  })

  test.each([
    { value: 7, bytes: 1, because: 'counts are mostly small' },
    { value: 250, bytes: 1, because: 'as far as one byte goes' },
    { value: 70_000, bytes: 5, because: 'a whole number' },
    { value: 0.25, bytes: 5, because: 'half the digits are enough' },
    { value: 0.1, bytes: 9, because: 'all digits are needed' },
  ])('takes $bytes bytes for $value: $because', ({ value, bytes }) => {
    expect(toBytes({ exchange: (archive) => void archive.number(value) })).toHaveLength(bytes)
  })

  it('refuses what is cut short, has something left over, or is none, instead of making something up', () => {
    fc.assert(
      fc.property(anyEverything(1), fc.nat(), fc.uint8Array(), (state, place, noise) => {
        const bytes = toBytes(state)
        const cut = bytes.subarray(0, place % bytes.length)
        expect(() => fromBytes(new Everything(), cut)).toThrow(RangeError)
        expect(() => fromBytes(new Everything(), Uint8Array.from([...bytes, 0]))).toThrow(RangeError)
        try {
          fromBytes(new Everything(), noise)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 300 },
    )
  })
})
