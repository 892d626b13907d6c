/** Rows of text for a terminal. Works on text that `printable` made safe. */

import { cellsOf, widthOf } from '../support/cells.ts'

export interface Wrapping {
  /** Columns of a row, the margins included. */
  readonly columns: number
  /** Before the first row. */
  readonly first: string
  /** Before every other row. */
  readonly rest: string
}

/** Breaks text into rows, at a space where the second half of a row has one. Nothing is left out. */
export function wrap(text: string, { columns, first, rest }: Wrapping): readonly string[] {
  const rows: string[] = []
  let row = ''
  let cells = 0
  let lastSpace = -1
  const room = columns - rest.length
  for (const character of text) {
    if (cells + cellsOf(character) > room) {
      const end = lastSpace > row.length / 2 ? lastSpace + 1 : row.length
      rows.push(row.slice(0, end))
      row = row.slice(end)
      cells = widthOf(row)
      lastSpace = -1
    }
    if (character === ' ') lastSpace = row.length
    row += character
    cells += cellsOf(character)
  }
  rows.push(row)
  return rows.map((each, index) => (index === 0 ? first : rest) + each)
}

/** The beginning of a text that is too long for `cells` columns, and how many characters are not shown. */
export function clip(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text
  const characters = Array.from(text)
  const note = (hidden: number): string => ` (+${hidden} characters, shown below)`
  const room = cells - note(characters.length).length
  let used = 0
  const end = characters.findIndex((character) => {
    used += cellsOf(character)
    return used > room
  })
  const shown = characters.slice(0, Math.max(end, 0)).join('')
  return shown + note(characters.length - Math.max(end, 0))
}
