import { GLOB_CHARACTERS_MAX } from './limits.ts'

/** One step of a pattern: `*`, `?`, one character, or one of a set. Characters are Unicode code points. */
export type GlobToken =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] }

/** A whole-name wildcard pattern, as shells know them: `* ? [seq] [!seq]`, always case-sensitive. */
export interface Glob {
  readonly source: string
  /** The one name it matches; undefined when it has wildcards. */
  readonly literal: string | undefined
  readonly tokens: readonly GlobToken[]
  matches(name: string): boolean
}

/** Why a pattern can not be used. */
export interface GlobProblem {
  readonly problem: string
}

const STAR: GlobToken = { kind: 'star' }
const ANY: GlobToken = { kind: 'any' }

/** The set that starts at `open`, and where it ends; a `]` directly after the opening is a member. */
function readSet(characters: readonly string[], open: number): { token: GlobToken; end: number } | GlobProblem {
  const negated = characters[open + 1] === '!'
  const first = open + (negated ? 2 : 1)
  const end = characters.indexOf(']', first + 1)
  if (end === -1) {
    return { problem: `the [ at character ${open + 1} is never closed; add a ], or write [[] for the character itself` }
  }
  if (characters[first] === '^') {
    return { problem: `[^ at character ${open + 1} does not mean "not" here; write [!${characters[first + 1] ?? ''}…]` }
  }
  const ranges: [number, number][] = []
  for (let at = first; at < end; at++) {
    const isRange = characters[at + 1] === '-' && at + 2 < end
    const low = codeOf(characters[at])
    const high = isRange ? codeOf(characters[at + 2]) : low
    if (low > high) {
      return { problem: `the range ${characters.slice(at, at + 3).join('')} runs backwards; write the lower end first` }
    }
    ranges.push([low, high])
    if (isRange) at += 2
  }
  return { token: { kind: 'set', negated, ranges }, end }
}

const codeOf = (character: string | undefined): number => character?.codePointAt(0) ?? 0

function readTokens(characters: readonly string[]): GlobToken[] | GlobProblem {
  const tokens: GlobToken[] = []
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]
    if (character === '*') {
      if (tokens.at(-1) !== STAR) tokens.push(STAR)
    } else if (character === '?') {
      tokens.push(ANY)
    } else if (character === '[') {
      const set = readSet(characters, at)
      if ('problem' in set) return set
      tokens.push(set.token)
      at = set.end
    } else {
      tokens.push({ kind: 'character', code: codeOf(character) })
    }
  }
  return tokens
}

/** Whether one code point satisfies a token that is not a star. */
export function accepts(token: GlobToken | undefined, code: number): boolean {
  if (token === undefined) return false
  if (token.kind === 'character') return token.code === code
  if (token.kind === 'set') return token.ranges.some(([low, high]) => low <= code && code <= high) !== token.negated
  return token.kind === 'any'
}

/**
 * Goes through the name once and steps back only to the last star: at most name length times pattern length steps, whatever the
 * pattern. A star before the last one never needs another try, since the last one can take up all that it could.
 */
function matchTokens(tokens: readonly GlobToken[], name: readonly string[]): boolean {
  let token = 0
  let at = 0
  let starToken = -1
  let starAt = 0
  while (at < name.length) {
    if (tokens[token]?.kind === 'star') {
      starToken = token++
      starAt = at
    } else if (accepts(tokens[token], codeOf(name[at]))) {
      token++
      at++
    } else if (starToken >= 0) {
      token = starToken + 1
      at = ++starAt
    } else {
      return false
    }
  }
  if (tokens[token]?.kind === 'star') token++
  return token === tokens.length
}

/** Reads a pattern. A problem says what is wrong, where, and what to write instead. */
export function parseGlob(source: string): Glob | GlobProblem {
  if (source === '') return { problem: 'the pattern is empty and would match nothing; write * to match everything' }
  const characters = [...source]
  if (characters.length > GLOB_CHARACTERS_MAX) {
    return { problem: `the pattern has ${characters.length} characters, more than ${GLOB_CHARACTERS_MAX}; shorten it` }
  }
  const tokens = readTokens(characters)
  if ('problem' in tokens) return tokens
  if (tokens.every((token) => token.kind === 'character')) {
    return { source, literal: source, tokens, matches: (name) => name === source }
  }
  if (tokens.length === 1 && tokens[0] === STAR) return { source, literal: undefined, tokens, matches: () => true }
  return { source, literal: undefined, tokens, matches: (name) => matchTokens(tokens, [...name]) }
}
