import { matchesIn, type Span } from './spans.ts'

const DIGITS_MIN = 13
const DIGITS_MAX = 19
const SMALLEST = 10 ** (DIGITS_MIN - 1)

/** Groups of digits with single spaces or hyphens between them, apart from letters and other digits. */
const DIGIT_GROUPS = /(?<![\w.-])\d{3,19}(?:[ -]\d{3,19})*(?![\w-])/g
/** A point would make a fraction of other groups. */
const WITH_POINTS = /(?<![\w.-])\d{4}(?:\.\d{4}){3}(?![\w.-])/g
const GROUP = /\d+/g

/**
 * How networks begin, and how long their numbers are. Times in milliseconds, IMEIs, which all pass the check, and most article numbers
 * are none.
 */
const NETWORK = /^(?:[3-6]\d{15}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|6\d{16,18}|4(?:\d{12}|\d{18}))$/

/** Payment card numbers in a text: 13 to 19 digits, in groups or not, that pass the check of ISO/IEC 7812 (Luhn). */
export const cardsIn = (text: string): readonly Span[] =>
  [...matchesIn(text, DIGIT_GROUPS), ...matchesIn(text, WITH_POINTS)]
    .filter(({ start, end }) => end - start >= DIGITS_MIN)
    .flatMap((run) => cardsInRun(text, run))

/** Whether a whole number is a payment card number. */
export function isCardNumber(value: number | bigint): boolean {
  if (value < SMALLEST) return false
  const digits = value.toString()
  return digits.length >= DIGITS_MIN && digits.length <= DIGITS_MAX && isCard(digits)
}

/** The cards in a run of groups, leftmost and longest first, not overlapping. */
function cardsInRun(text: string, run: Span): readonly Span[] {
  const groups = Array.from(text.slice(run.start, run.end).matchAll(GROUP), ({ 0: digits, index }) => ({
    digits,
    start: run.start + index,
  }))
  const found: Span[] = []
  for (let first = 0; first < groups.length; first++) {
    const groupCount = groupsOfCard(groups.slice(first, first + DIGITS_MAX).map(({ digits }) => digits))
    const [head, last] = [groups[first], groups[first + groupCount - 1]]
    if (groupCount === 0 || head === undefined || last === undefined) continue
    found.push({ start: head.start, end: last.start + last.digits.length })
    first += groupCount - 1
  }
  return found
}

/** How many of the groups, from the first, make up a card; 0 when none do. */
function groupsOfCard(groups: readonly string[]): number {
  let digits = ''
  let longest = 0
  for (const [index, group] of groups.entries()) {
    digits += group
    if (digits.length > DIGITS_MAX) break
    if (digits.length >= DIGITS_MIN && isCard(digits)) longest = index + 1
  }
  return longest
}

const isCard = (digits: string): boolean => NETWORK.test(digits) && luhnSum(digits) % 10 === 0

function luhnSum(digits: string): number {
  let sum = 0
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place])
    const weighted = place % 2 === 0 ? digit : digit * 2
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum
}
