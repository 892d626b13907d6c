import { isPlainArray, type Plain } from '../domain/plain.ts'

/** Why a value could be judged neither way. Never holds the value itself. */
export interface Doubt {
  readonly because: string
}

/** What an operator says of one value. */
export type Judgement = boolean | Doubt

/** A kind of value in the words of an error message. */
export function kindOf(value: Plain): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'true or false'
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'a number that is not finite'
  if (typeof value === 'bigint') return 'a number'
  return isPlainArray(value) ? 'an array' : 'an object'
}

export const expected = (wanted: string, found: Plain): Doubt => ({
  because: `expected ${wanted}, found ${kindOf(found)}`,
})

export const OVER_BUDGET: Doubt = { because: 'the rules have spent all the work that one call may cost' }

export const opposite = (judgement: Judgement): Judgement => (typeof judgement === 'boolean' ? !judgement : judgement)

/** True when one is true; else in doubt when one is; else false. Stops at the first true. */
export function anyOf<Item>(items: Iterable<Item>, judge: (item: Item) => Judgement): Judgement {
  let doubt: Doubt | undefined
  for (const item of items) {
    const judgement = judge(item)
    if (judgement === true) return true
    if (judgement !== false) doubt ??= judgement
  }
  return doubt ?? false
}

/** False when one is false; else in doubt when one is; else true. Stops at the first false. */
export const allOf = <Item>(items: Iterable<Item>, judge: (item: Item) => Judgement): Judgement =>
  opposite(anyOf(items, (item) => opposite(judge(item))))
