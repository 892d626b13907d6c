import type { z } from 'zod'
import type { Plain } from '../../domain/plain.ts'
import type { Effort } from '../effort.ts'
import { type Judgement, opposite } from '../judgement.ts'

/** Judges one value. Several judgements stand for the several things one value names, such as the recipients in one text. */
export type Test = (value: Plain, effort: Effort) => Judgement | readonly Judgement[]

/** An operator with a rule's value in it. */
export interface Prepared {
  readonly test: Test
  /** The answer where the parameter is missing. */
  readonly whenMissing: boolean
  /** True only for `exists`: being missing is what it asks about, so that answer is certain in an allow rule too. */
  readonly asksAboutMissing?: boolean
}

/** A value that an operator can not work with. */
export interface Problem {
  /** Where inside the value, such as `[2]`; undefined for the whole of it. */
  readonly at?: string
  readonly code: string
  readonly message: string
}

export type Preparation = Prepared | { readonly problems: readonly Problem[] }

/** One word that `operator` may be. */
export interface Operator {
  readonly name: string
  /** One sentence: when it is true. Shown by editors. */
  readonly description: string
  /** What `value` must be. */
  readonly schema: z.ZodType
  /** `value` may be left out. */
  readonly valueOptional: boolean
  /** @param value has the shape of `schema`; undefined when left out. */
  readonly prepare: (value: unknown) => Preparation
}

interface Definition<Value> {
  readonly name: string
  readonly description: string
  readonly schema: z.ZodType<Value>
  readonly valueOptional?: boolean
  readonly prepare: (value: Value) => Preparation
}

export const operator = <Value>(definition: Definition<Value>): Operator => ({
  ...definition,
  valueOptional: definition.valueOptional ?? false,
  prepare: (value) => definition.prepare(value as Value),
})

/** False where the parameter is missing. */
export const positive = (test: Test): Prepared => ({ test, whenMissing: false })

const inverted =
  (test: Test): Test =>
  (value, effort) => {
    const judged = test(value, effort)
    return Array.isArray(judged) ? judged.map(opposite) : opposite(judged as Judgement)
  }

interface Pair<Value> {
  readonly schema: z.ZodType<Value>
  readonly valueOptional?: boolean
  readonly is: { readonly name: string; readonly description: string }
  readonly isNot: { readonly name: string; readonly description: string }
  readonly prepare: (value: Value) => Test | { readonly problems: readonly Problem[] }
}

/** An operator and its negation: the opposite answer for each value, and true where the parameter is missing. */
export function pair<Value>(definition: Pair<Value>): readonly [Operator, Operator] {
  const { is, isNot, prepare, ...shared } = definition
  const preparing =
    (wrap: (test: Test) => Prepared) =>
    (value: Value): Preparation => {
      const test = prepare(value)
      return typeof test === 'function' ? wrap(test) : test
    }
  return [
    operator({ ...shared, ...is, prepare: preparing(positive) }),
    operator({ ...shared, ...isNot, prepare: preparing((test) => ({ test: inverted(test), whenMissing: true })) }),
  ]
}
