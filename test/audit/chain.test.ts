import { createHash, createHmac, createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Chain, FORMATS, GENESIS, sameLink } from '../../src/audit/chain.ts'
import { anyText } from './entries.ts'

const anyCell = () =>
  fc.oneof(
    fc.constant(null),
    anyText().map((text) => text.toWellFormed()),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  )
const anyLinked = () =>
  fc.record({
    seq: fc.integer({ min: 1 }),
    cells: fc.array(anyCell(), { minLength: 23, maxLength: 23 }).map((cells) => [...cells, 1]),
    previous: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
const anyKey = () => fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => createSecretKey(bytes))

describe('[P13] a link', () => {
  it('is HMAC-SHA-256 over 0x00, the stored cells as JSON, and the link before', () => {
    fc.assert(
      fc.property(anyKey(), anyLinked(), (key, linked) => {
        const bytes = Buffer.from(`\0${JSON.stringify([2, linked.seq, ...linked.cells])}`)
        const link = createHmac('sha256', key).update(bytes).update(linked.previous).digest()
        expect(sameLink(new Chain(key).link(linked), link)).toBe(true)
      }),
    )
  })

  it.each([20_000, 21_800, 21_850, 70_000])('of %i characters is the same', (length) => {
    for (const character of ['a', 'ß', '日', '😀']) {
      const cells = [character.repeat(length / character.length)]
      const linked = { seq: 7, cells, previous: GENESIS }
      const bytes = (format: number) => Buffer.from(`\0${JSON.stringify([format, 7, ...cells])}`)
      const key = createSecretKey(Buffer.alloc(32, 1))
      const keyed = createHmac('sha256', key).update(bytes(2)).update(GENESIS).digest()
      const plain = createHash('sha256').update(bytes(1)).update(GENESIS).digest()
      expect(sameLink(new Chain(key).link(linked), keyed)).toBe(true)
      expect(sameLink(new Chain(undefined).link(linked), plain)).toBe(true)
    }
  })

  it('without a key is SHA-256 over the same', () => {
    fc.assert(
      fc.property(anyLinked(), (linked) => {
        const bytes = Buffer.from(`\0${JSON.stringify([1, linked.seq, ...linked.cells])}`)
        const link = createHash('sha256').update(bytes).update(linked.previous).digest()
        expect(sameLink(new Chain(undefined).link(linked), link)).toBe(true)
      }),
    )
  })

  it('is another one when anything is another', () => {
    const chain = new Chain(createSecretKey(Buffer.alloc(32, 1)))
    fc.assert(
      fc.property(anyLinked(), fc.nat({ max: 22 }), anyCell(), (linked, at, cell) => {
        const cells = linked.cells.with(at, cell)
        expect(sameLink(chain.link(linked), chain.link({ ...linked, cells }))).toBe(cell === linked.cells[at])
        expect(sameLink(chain.link(linked), chain.link({ ...linked, seq: linked.seq + 1 }))).toBe(false)
        expect(sameLink(chain.link(linked), chain.link({ ...linked, previous: GENESIS }))).toBe(
          sameLink(linked.previous, GENESIS),
        )
        expect(sameLink(chain.link(linked), new Chain(createSecretKey(Buffer.alloc(32, 2))).link(linked))).toBe(false)
      }),
    )
  })

  it('keeps a number apart from its text, and a cell from its neighbour', () => {
    const chain = new Chain(undefined)
    const link = (...cells: readonly (string | number | null)[]) => chain.link({ seq: 1, cells, previous: GENESIS })
    expect(sameLink(link(5), link('5'))).toBe(false)
    expect(sameLink(link('a', null), link(null, 'a'))).toBe(false)
    expect(sameLink(link('a', 'b'), link('a","b'))).toBe(false)
    expect(sameLink(link(null), link('null'))).toBe(false)
  })

  it('does not see empty cells at the end: columns may be added', () => {
    const chain = new Chain(undefined)
    const link = (...cells: readonly (string | number | null)[]) => chain.link({ seq: 1, cells, previous: GENESIS })
    expect(sameLink(link('a', null, 1), link('a', null, 1, null, null))).toBe(true)
    expect(sameLink(link('a', null, 1), link('a', null, 1, null, 0))).toBe(false)
  })

  it('that needs a key can not be made without', () => {
    const chain = new Chain(undefined)
    expect(chain.covers(FORMATS.keyed)).toBe(false)
    expect(() => chain.link({ seq: 1, cells: [], previous: GENESIS }, FORMATS.keyed)).toThrow(RangeError)
  })
})
