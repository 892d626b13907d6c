const BRACKETS = /[[\]{}]|\\*["'`]/g

/**
 * Where a list or an object ends that begins at a place of a text; the end of the text when it was cut.
 * @param quote what its texts begin and end with, backslashes included: brackets inside of them count for nothing.
 */
export function endOfBrackets(text: string, start: number, quote: string): number {
  let depth = 0
  let inText = false
  BRACKETS.lastIndex = start
  for (let found = BRACKETS.exec(text); found !== null; found = BRACKETS.exec(text)) {
    const [sign] = found
    if (sign === quote) inText = !inText
    else if (!inText && (sign === '[' || sign === '{')) depth++
    else if (!inText && (sign === ']' || sign === '}') && --depth === 0) return BRACKETS.lastIndex
  }
  return text.length
}
