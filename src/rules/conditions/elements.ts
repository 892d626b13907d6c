import { isPlainArray, type Plain } from '../../domain/plain.ts'
import type { Effort, ReadText } from '../effort.ts'
import { type Doubt, expected, type Judgement, OVER_BUDGET } from '../judgement.ts'
import { STEPS_PER_ELEMENT } from '../limits.ts'
import type { Test } from './operator.ts'

/** How a kind of text is read, and what that costs at worst in steps of `Effort`. */
export interface Reader<Reading> {
  readonly read: ReadText<Reading | Doubt>
  readonly steps: number
  readonly stepsPerCharacter: number
}

const isDoubt = (reading: unknown): reading is Doubt =>
  typeof reading === 'object' && reading !== null && 'because' in reading

/** Judges a text, or each text of an array: what is parsed (addresses, URLs, paths) often comes as a list. */
export function eachText<Reading>(
  { read, steps, stepsPerCharacter }: Reader<Reading>,
  judge: (reading: Reading) => Judgement | readonly Judgement[],
): Test {
  const judgeOne = (value: Plain, effort: Effort): Judgement | readonly Judgement[] => {
    if (typeof value !== 'string') return expected('text', value)
    const reading = effort.reading(read, value, steps + stepsPerCharacter * value.length)
    if (reading === undefined) return OVER_BUDGET
    return isDoubt(reading) ? reading : judge(reading)
  }
  return (value, effort) => {
    if (!isPlainArray(value)) return judgeOne(value, effort)
    if (!effort.spend(STEPS_PER_ELEMENT * value.length)) return OVER_BUDGET
    return value.flatMap((element) => judgeOne(element, effort))
  }
}
