import { RE2JSSyntaxException } from 're2js'

/** What is wrong in a regular expression, and where. */
export interface RegexProblem {
  readonly problem: string
}

interface Foreign {
  readonly form: RegExp
  readonly problem: string
}

/** Forms that other engines know and that take more than linear time, or that would quietly mean something else here. */
const FOREIGN: readonly Foreign[] = [
  {
    form: /^\(\?<?[=!]/,
    problem: 'look-around can not run in linear time; say what must match, or use "not" around a condition',
  },
  {
    form: /^(?:\\[1-9]|\\k[<{']|\(\?P=)/,
    problem: 'a back-reference can not run in linear time; write the alternatives out',
  },
  { form: /^\(\?>/, problem: 'atomic groups are not needed, since nothing backtracks; write (?: instead of (?>' },
  {
    form: /^(?:[*+?]|\{\d+(?:,\d*)?\})\+/,
    problem: 'possessive repetition is not needed, since nothing backtracks; leave the last + out',
  },
  { form: /^\(\?\(/, problem: 'conditional groups are not known here; write the alternatives out' },
  { form: /^\(\?#/, problem: 'comments are not known here; use the "description" of the rule' },
  { form: /^\{,\d+\}/, problem: 'a repetition needs its lower bound; write {0, instead of {,' },
  { form: /^\\Z/, problem: '\\Z is not known here; write \\z for the end of the text' },
  { form: /^\\u/, problem: '\\u is not known here; write \\x{…} with the hexadecimal code of the character' },
]

/** Characters of look-ahead that the longest form above needs. */
const FORM_CHARACTERS_MAX = 32

/** Where a class such as `[^]a-z]` ends; the end of the text when it never does. */
function endOfClass(source: string, open: number): number {
  let at = open + 1
  if (source[at] === '^') at++
  if (source[at] === ']') at++
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1
  return at + 1
}

/** How many characters to step over: an escape is two, a class and quoted text are as long as they are. */
function widthAt(source: string, at: number): number {
  if (source[at] === '[') return endOfClass(source, at) - at
  if (source.startsWith('\\Q', at)) {
    const end = source.indexOf('\\E', at)
    return end === -1 ? source.length - at : end + 2 - at
  }
  return source[at] === '\\' ? 2 : 1
}

/** The first form of another engine outside classes and quoted text. */
export function foreignForm(source: string): RegexProblem | undefined {
  for (let at = 0; at < source.length; at += widthAt(source, at)) {
    const ahead = source.slice(at, at + FORM_CHARACTERS_MAX)
    const foreign = FOREIGN.find(({ form }) => form.test(ahead))
    if (foreign !== undefined) {
      return { problem: `${foreign.form.exec(ahead)?.[0]} at character ${at + 1}: ${foreign.problem}` }
    }
  }
  return undefined
}

/** What the engine found wrong, with its place when it names one. */
export function syntaxProblem(source: string, error: unknown): RegexProblem {
  if (!(error instanceof RE2JSSyntaxException)) {
    return { problem: 'the expression can not be compiled; it is probably too large' }
  }
  const fragment = error.getPattern()
  const at = fragment === null ? -1 : source.indexOf(fragment)
  const place = at === -1 ? '' : ` at character ${at + 1}`
  const what = fragment === null ? '' : `${fragment}${place}: `
  return { problem: `${what}${error.getDescription()}; the syntax is that of RE2` }
}
