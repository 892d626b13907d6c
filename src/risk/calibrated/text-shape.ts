import type { Archive, Kept } from '../../support/archive.ts'
import { lnStudentTail, StudentPredictive } from './student.ts'

/** Small letters in two classes, capitals, digits, space, control, other letters, the rest; then each ASCII punctuation apart. */
const CLASSES = 40
const COUNT_MAX = 65_535
/** Weight of "any class may follow" beside the counts of a pair. */
const SMOOTHING = 0.5
const STRETCH_CHARS = 6
const CAP = 5_000
/** Texts scatter more widely than a normal, however many are known. */
const DF_MAX = 8
const PRIOR_WEIGHT = 4
const PRIOR_SCALES = { mean: 0.5, worst: 0.35, rare: 1, length: 0.7 }
/** A character this surprising is rare here: p = 0.02. */
const RARE = 4
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
const ASCII = 128

function asciiClass(code: number): number {
  const character = String.fromCharCode(code)
  const punctuation = PUNCTUATION.indexOf(character)
  if (punctuation !== -1) return 8 + punctuation
  if (/[aeiou]/.test(character)) return 0
  if (/[a-z]/.test(character)) return 1
  if (/[A-Z]/.test(character)) return 2
  if (/\d/.test(character)) return 3
  return character === ' ' ? 4 : 5
}

/** Room for the surprises of the last characters of the text that is measured. */
const RECENT = new Float64Array(STRETCH_CHARS)

const OTHER_LETTER = /\p{L}/u
const UNREAD = 255
/** By code unit; those beyond ASCII are read when they first come. */
const CLASS_OF_UNIT: Uint8Array = new Uint8Array(65_536).fill(UNREAD)
CLASS_OF_UNIT.set(Uint8Array.from({ length: ASCII }, (_, unit) => asciiClass(unit)))

function classAt(text: string, index: number): number {
  const unit = text.charCodeAt(index)
  const known = CLASS_OF_UNIT[unit] ?? UNREAD
  if (known !== UNREAD) return known
  const read = OTHER_LETTER.test(text.charAt(index)) ? 6 : 7
  CLASS_OF_UNIT[unit] = read
  return read
}

/** What is measured of one text. */
export interface TextFeatures {
  /** Mean surprise of a character, given the one before it. */
  readonly mean: number
  /** `ln` of the largest sum of surprises of six characters in a row. */
  readonly worst: number
  /** `ln` of the summed surprise of all rare characters, beyond what makes them rare. */
  readonly rare: number
  /** `ln(1 + length)`. */
  readonly length: number
}

/**
 * How surprising a text's characters are, from counts of 40 character classes that follow one another (a bigram model; punctuation
 * is kept apart, since payloads live by it). Four features (`TextFeatures`), each against its own Student t predictive, all but the length
 * only upward; `p = 4 / (1/p1 + … + 1/p4)`, the harmonic mean (D. Wilson, "The harmonic mean p-value", PNAS 2019).
 */
export class TextShape implements Kept {
  readonly #pairs = new Uint16Array((CLASSES + 1) * CLASSES)
  readonly #totals = new Float64Array(CLASSES + 1)
  readonly #mean = new StudentPredictive(PRIOR_WEIGHT, CAP, DF_MAX)
  readonly #worst = new StudentPredictive(PRIOR_WEIGHT, CAP, DF_MAX)
  readonly #rare = new StudentPredictive(PRIOR_WEIGHT, CAP, DF_MAX)
  readonly #length = new StudentPredictive(PRIOR_WEIGHT, CAP, DF_MAX)

  get samples(): number {
    return this.#mean.samples
  }

  /** Mean of `ln(1 + length)` of what was learned. */
  get usualLength(): number {
    return Math.expm1(this.#length.mean)
  }

  features(text: string): TextFeatures {
    let previous = CLASSES
    let sum = 0
    let stretch = 0
    let worst = 0
    let rare = 0
    const recent = RECENT.fill(0)
    for (let index = 0; index < text.length; index++) {
      const next = classAt(text, index)
      const surprise = this.#surpriseOf(previous, next)
      const slot = index % STRETCH_CHARS
      stretch += surprise - (recent[slot] ?? 0)
      recent[slot] = surprise
      worst = Math.max(worst, stretch)
      sum += surprise
      rare += Math.max(0, surprise - RARE)
      previous = next
    }
    const mean = text.length === 0 ? 0 : sum / text.length
    return { mean, worst: Math.log1p(worst), rare: Math.log1p(rare), length: Math.log1p(text.length) }
  }

  surprise({ mean, worst, rare, length }: TextFeatures): number {
    const s1 = upward(this.#mean, mean, PRIOR_SCALES.mean)
    const s2 = upward(this.#worst, worst, PRIOR_SCALES.worst)
    const s4 = upward(this.#rare, rare, PRIOR_SCALES.rare)
    const { t, df } = this.#length.predict(length, PRIOR_SCALES.length)
    const s3 = -lnStudentTail(t, df)
    const top = Math.max(s1, s2, s3, s4)
    const inverse = (Math.exp(s1 - top) + Math.exp(s2 - top) + Math.exp(s3 - top) + Math.exp(s4 - top)) / 4
    return Math.max(0, top + Math.log(inverse))
  }

  learn(text: string, features: TextFeatures, weight: number): void {
    this.#mean.learn(features.mean, weight)
    this.#worst.learn(features.worst, weight)
    this.#rare.learn(features.rare, weight)
    this.#length.learn(features.length, weight)
    this.#learnPairs(text)
  }

  /** The totals are the sums of the pairs. */
  exchange(archive: Archive): void {
    for (const feature of [this.#mean, this.#worst, this.#rare, this.#length]) feature.exchange(archive)
    archive.sparse(this.#pairs)
    for (let row = 0; row <= CLASSES; row++) {
      let total = 0
      for (let pair = row * CLASSES; pair < (row + 1) * CLASSES; pair++) total += this.#pairs[pair] ?? 0
      this.#totals[row] = total
    }
  }

  #learnPairs(text: string): void {
    let previous = CLASSES
    for (let index = 0; index < text.length; index++) {
      const next = classAt(text, index)
      const pair = previous * CLASSES + next
      if (this.#pairs[pair] === COUNT_MAX) this.#halve(previous)
      this.#pairs[pair] = (this.#pairs[pair] ?? 0) + 1
      this.#totals[previous] = (this.#totals[previous] ?? 0) + 1
      previous = next
    }
  }

  #halve(row: number): void {
    let total = 0
    for (let pair = row * CLASSES; pair < (row + 1) * CLASSES; pair++) {
      const half = (this.#pairs[pair] ?? 0) >>> 1
      this.#pairs[pair] = half
      total += half
    }
    this.#totals[row] = total
  }

  #surpriseOf(previous: number, next: number): number {
    const count = this.#pairs[previous * CLASSES + next] ?? 0
    return -Math.log((count + SMOOTHING) / ((this.#totals[previous] ?? 0) + SMOOTHING * CLASSES))
  }
}

/** `-ln` of the upper tail; what is less surprising than usual is no news. */
function upward(predictive: StudentPredictive, value: number, priorScale: number): number {
  const { t, df } = predictive.predict(value, priorScale)
  return t <= 0 ? 0 : Math.LN2 - lnStudentTail(t, df)
}
