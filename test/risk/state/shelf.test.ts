import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Shelf, type Shelved } from '../../../src/risk/state/shelf.ts'
import type { Archive } from '../../../src/support/archive.ts'

/** Numbers that were written to a key. */
class Page implements Shelved {
  readonly lines: number[] = []

  get bytes(): number {
    return 10 * this.lines.length
  }

  exchange(archive: Archive): void {
    archive.numbers(this.lines)
  }
}

const shelf = (limits: { entriesMax?: number; bytesMax?: number; unpackedBytesMax?: number } = {}): Shelf<Page> =>
  new Shelf({ make: () => new Page(), entriesMax: 1_000, bytesMax: 1e9, unpackedBytesMax: 1e9, ...limits })

const write = (on: Shelf<Page>, key: string, line: number): void =>
  on.change(key, (page) => {
    page.lines.push(line)
  })

const contents = (on: Shelf<Page>): Record<string, readonly number[]> =>
  Object.fromEntries([...on.keys()].map((key) => [key, [...(on.peek(key)?.lines ?? [])]]))

const anyStep = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  does: fc.constantFrom('write' as const, 'write' as const, 'look' as const, 'forget' as const),
  line: fc.double({ noNaN: true }),
})

describe('a shelf', () => {
  it('holds the same whatever is looked at and however little may be unpacked', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
        const roomy = shelf({ entriesMax: 4, bytesMax: 120 })
        const tight = shelf({ entriesMax: 4, bytesMax: 120, unpackedBytesMax: 15 })
        for (const { key, does, line } of steps) {
          if (does === 'look') tight.peek(key)
          for (const each of [roomy, tight]) {
            if (does === 'write') write(each, key, line)
            if (does === 'forget') each.forget(key)
          }
        }
        expect(contents(tight)).toEqual(contents(roomy))
        expect([...tight.keys()]).toEqual([...roomy.keys()])
      }),
    )
  })

  it('comes back as it was from everything, or from everything and the changes since', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), fc.array(anyStep, { maxLength: 40 }), (before, after) => {
        const live = shelf({ entriesMax: 5 })
        const run = (steps: typeof before): void => {
          for (const { key, does, line } of steps)
            if (does === 'forget') live.forget(key)
            else write(live, key, line)
        }
        run(before)
        const rows = new Map(live.takeAll().map((row) => [row.key, row]))
        run(after)
        for (const row of live.takeChanged()) rows.set(row.key, row)
        const restored = shelf({ entriesMax: 5 })
        restored.restore(rows.values())
        expect(contents(restored)).toEqual(contents(live))
        expect([...restored.keys()]).toEqual([...live.keys()])
        expect(live.takeChanged()).toEqual([])
      }),
    )
  })

  it('forgets what was changed longest ago, and tells of it', () => {
    const evicted: string[] = []
    const small = new Shelf({
      make: () => new Page(),
      entriesMax: 2,
      bytesMax: 1e9,
      unpackedBytesMax: 1e9,
      onEvicted: (key, page: Page) => void evicted.push(`${key} ${page.lines}`),
    })
    for (const key of ['a', 'b', 'a', 'c', 'd']) write(small, key, 1)
    expect([...small.keys()]).toEqual(['c', 'd'])
    expect(evicted).toEqual(['b 1', 'a 1,1'])
  })

  it('keeps the last one, however large', () => {
    const small = shelf({ bytesMax: 5 })
    write(small, 'a', 1)
    write(small, 'b', 1)
    write(small, 'b', 2)
    expect(contents(small)).toEqual({ b: [1, 2] })
  })

  it('gives everything where the state was never taken, so that nothing need be kept for who never takes it', () => {
    const small = shelf({ entriesMax: 2 })
    for (const key of ['a', 'b', 'c']) write(small, key, 1)
    expect(small.takeChanged().map(({ key }) => key)).toEqual(['b', 'c'])
    write(small, 'd', 1)
    expect(small.takeChanged().map(({ key, bytes }) => [key, bytes !== undefined])).toEqual([
      ['d', true],
      ['b', false],
    ])
  })

  it('refuses rows that are no states', () => {
    expect(() => shelf().restore([{ key: 'a', bytes: new Uint8Array(3) }])).toThrow(RangeError)
  })
})
