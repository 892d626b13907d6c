import type { UnknownCondition } from '../domain/verdict.ts'

/** The third value of Kleene's logic, with the conditions that led to it. */
export interface Unknown {
  readonly conditions: readonly UnknownCondition[]
}

/** What a condition, or a group of them, says of a call. */
export type Truth = boolean | Unknown

/** More would only make the record longer. */
const NAMED_CONDITIONS_MAX = 10

export const unknown = (condition: UnknownCondition): Unknown => ({ conditions: [condition] })

export const not = (truth: Truth): Truth => (typeof truth === 'boolean' ? !truth : truth)

/** Kleene's "and": false when one is false, else unknown when one is, else true. */
export const every = <Item>(items: readonly Item[], judge: (item: Item) => Truth): Truth => decide(items, judge, false)

/** Kleene's "or": true when one is true, else unknown when one is, else false. */
export const some = <Item>(items: readonly Item[], judge: (item: Item) => Truth): Truth => decide(items, judge, true)

/** `decisive` settles the matter at once; it is the other answer only when nothing is unknown. */
function decide<Item>(items: readonly Item[], judge: (item: Item) => Truth, decisive: boolean): Truth {
  let open: UnknownCondition[] | undefined
  for (const item of items) {
    const truth = judge(item)
    if (truth === decisive) return decisive
    if (typeof truth !== 'boolean') open = [...(open ?? []), ...truth.conditions].slice(0, NAMED_CONDITIONS_MAX)
  }
  return open === undefined ? !decisive : { conditions: open }
}
