import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { columnsOf, table, wrapped } from '../../src/cli/terminal.ts'
import { widthOf } from '../../src/support/cells.ts'
import { FakeTerminal, type Running } from './run.ts'

test.each<{ running: Running; columns: number; because: string }>([
  { running: {}, columns: Number.POSITIVE_INFINITY, because: 'in a pipe nothing is cut' },
  { running: { columns: 100 }, columns: 100, because: 'as wide as the terminal' },
  { running: { columns: 0 }, columns: 80, because: 'a terminal that does not say' },
  { running: { columns: 100, env: { COLUMNS: '60' } }, columns: 60, because: 'COLUMNS says' },
  { running: { env: { COLUMNS: '60' } }, columns: 60, because: 'COLUMNS says, in a pipe too' },
  { running: { columns: 100, env: { COLUMNS: 'wide' } }, columns: 100, because: 'COLUMNS says nothing of use' },
  { running: { columns: 100, env: { COLUMNS: '-1' } }, columns: 100, because: 'COLUMNS says nothing of use' },
])('$columns columns: $because', ({ running, columns }) => {
  expect(columnsOf(new FakeTerminal([], running))).toBe(columns)
})

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 })
/** The mark for what was cut takes two columns. */
const anyWidth = fc.integer({ min: 2, max: 200 })

describe('a table', () => {
  const columns = [
    { title: 'name', shrinks: true },
    { title: 'count', align: 'right' as const },
    { title: 'why', shrinks: true },
  ]

  it('is never wider than asked for, whatever is in it, and has a line for each row', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText, anyText)), anyWidth, (rows, width) => {
        const lines = table(columns, rows, width).split('\n')
        expect(lines).toHaveLength(rows.length + 2)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('takes from the widest column first, and nothing where there is room', () => {
    const rows = [['a short name', '7', 'a very long reason that goes on and on and on']]
    expect(table(columns, rows, 200)).toContain('a very long reason that goes on and on and on')
    const [, row = ''] = table(columns, rows, 40).split('\n')
    expect(row).toMatch(/^a short name {6}7 {2}a very long reaso…$/)
  })
})

describe('wrapped text', () => {
  it('is never wider than asked for, and leaves no word out where each fits', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 })
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 100 }), (text, width) => {
        const all = wrapped(text.join(' '), width, '  ')
        for (const line of all.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
        expect(all.split(/\s+/).filter(Boolean)).toEqual(text)
      }),
    )
    fc.assert(
      fc.property(anyText, fc.integer({ min: 12, max: 100 }), (text, width) => {
        for (const line of wrapped(text, width).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('is one line in a pipe', () => {
    expect(wrapped('one two three', Number.POSITIVE_INFINITY, '  ')).toBe('  one two three\n')
  })
})
