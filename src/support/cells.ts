const ASCII_END = 0x80

/**
 * How many columns of a terminal a character can take. Terminals do not agree on the width of anything but ASCII; to guess too wide
 * only ends a row early, to guess too narrow would let the terminal break the row and text from a call begin at the left edge, where
 * only we write.
 */
export const cellsOf = (character: string): number => ((character.codePointAt(0) ?? 0) < ASCII_END ? 1 : 2)

export function widthOf(text: string): number {
  let cells = 0
  for (const character of text) cells += cellsOf(character)
  return cells
}

const MORE = '…'

/** The beginning of a text that is too wide, with a mark that something is missing. */
export function cut(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text
  let used = cellsOf(MORE)
  let end = 0
  for (const character of text) {
    used += cellsOf(character)
    if (used > cells) break
    end += character.length
  }
  return `${text.slice(0, end)}${MORE}`
}
