import { RE2JS, RE2Set } from 're2js'
import type { Effort } from './effort.ts'
import { type Judgement, OVER_BUDGET } from './judgement.ts'
import { EFFORT_STEPS_MAX, REGEX_CHARACTERS_MAX, REGEX_INPUT_BYTES_MAX } from './limits.ts'
import { foreignForm, type RegexProblem, syntaxProblem } from './regex-syntax.ts'

/** A regular expression that takes time in proportion to the text, whatever the text. */
export interface Regex {
  /** Whether it matches, at the start of the text or anywhere in it. In doubt when the text is too long or the work too much. */
  matches(text: string, effort: Effort): Judgement
}

export type RegexAnchor = 'start' | 'anywhere'

/** Transitions of the automaton that loading looks at; about 2 us each. */
const TRANSITIONS_MAX = 8_192
/** What the automaton may hold in memory; without a bound it is 8 MB for each expression. */
const AUTOMATON_BYTES_MAX = 512 * 1024
/** An expression that can not be walked through beforehand gets little, so that a hostile text can not make it build for long. */
const WILD_AUTOMATON_BYTES_MAX = 16 * 1024
/** Measured: an instruction of the simulation costs up to 80 ns a character, a transition of a ready automaton 7 ns. */
const WILD_STEPS_PER_INSTRUCTION = 8
/** What starting costs, in characters. */
const START_CHARACTERS = 100
/** An expression that can not judge a text of this length within one call is refused at load. */
const JUDGED_CHARACTERS_MIN = 256

const TOO_LONG = { because: `the text is longer than the ${REGEX_INPUT_BYTES_MAX / 1024} KiB that expressions read` }

const ANCHORS: Readonly<Record<RegexAnchor, number>> = { start: RE2Set.ANCHOR_START, anywhere: RE2Set.UNANCHORED }

/** A set of one: unlike a single expression it takes a bound on its memory and can be anchored at the start. */
function compileSet(source: string, anchor: RegexAnchor, bytesMax: number): RE2Set {
  const set = new RE2Set(ANCHORS[anchor], 0, bytesMax)
  set.add(source)
  set.compile()
  set.match('')
  return set
}

/**
 * Whether the whole automaton fits in memory, which this builds. If so, matching is a look-up for each character and never builds
 * anything again, so its cost does not depend on the expression. Anything unexpected inside the engine reads as "does not fit".
 */
function isWalkedThrough(set: RE2Set): boolean {
  const { dfa, anchor } = set
  const states = new Set<unknown>(dfa.startStates.values())
  const characters = [0, ...dfa.classBounds]
  if (states.size === 0 || characters.length !== dfa.numClasses) return false
  let transitions = 0
  for (const state of states) {
    transitions += characters.length + 1
    if (transitions > TRANSITIONS_MAX) return false
    for (const [index, character] of [...characters, -1].entries()) {
      const next: unknown = dfa.step(state, index, character, anchor)
      if (typeof next !== 'object' || next === null) return false
      if (character !== -1) states.add(next)
    }
  }
  return true
}

function walkedThrough(set: RE2Set): boolean {
  try {
    return isWalkedThrough(set)
  } catch {
    return false
  }
}

/** Compiles an expression. A problem says what is wrong, where, and what to write instead. */
export function compileRegex(source: string, anchor: RegexAnchor): Regex | RegexProblem {
  if (source.length > REGEX_CHARACTERS_MAX) {
    return { problem: `the expression has ${source.length} characters, more than ${REGEX_CHARACTERS_MAX}; shorten it` }
  }
  const foreign = foreignForm(source)
  if (foreign !== undefined) return foreign
  try {
    return compileChecked(source, anchor)
  } catch (error) {
    return syntaxProblem(source, error)
  }
}

function compileChecked(source: string, anchor: RegexAnchor): Regex | RegexProblem {
  const instructions = RE2JS.compile(source).programSize()
  const roomy = compileSet(source, anchor, AUTOMATON_BYTES_MAX)
  if (walkedThrough(roomy)) return regex(roomy, 1)
  const stepsPerCharacter = instructions * WILD_STEPS_PER_INSTRUCTION
  if (stepsPerCharacter * (JUDGED_CHARACTERS_MIN + START_CHARACTERS) > EFFORT_STEPS_MAX) {
    return {
      problem: `the expression is too large to run in time (${instructions} instructions); shorten its {n,m} repetitions`,
    }
  }
  return regex(compileSet(source, anchor, WILD_AUTOMATON_BYTES_MAX), stepsPerCharacter)
}

const regex = (set: RE2Set, stepsPerCharacter: number): Regex => ({
  matches(text, effort) {
    if (isTooLong(text)) return TOO_LONG
    if (!effort.spend(stepsPerCharacter * (text.length + START_CHARACTERS))) return OVER_BUDGET
    return set.match(text).length > 0
  },
})

const isTooLong = (text: string): boolean =>
  text.length > REGEX_INPUT_BYTES_MAX ||
  (text.length * 3 > REGEX_INPUT_BYTES_MAX && Buffer.byteLength(text) > REGEX_INPUT_BYTES_MAX)
