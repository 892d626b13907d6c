import type { Params } from '../domain/plain.ts'
import type { WindowUsage } from '../domain/window.ts'
import { errorClassOf } from '../support/messages.ts'
import type { Prepared } from './conditions/operator.ts'
import type { Effort } from './effort.ts'
import type { Doubt, Judgement } from './judgement.ts'
import type { Found, ParamPath } from './param-path.ts'
import { type Truth, unknown } from './truth.ts'

/** What conditions read: the arguments of one call, what is known of other calls, and the work it may still cost. */
export interface Judging {
  readonly params: Params
  /** Undefined: nobody counted. */
  readonly usage: WindowUsage | undefined
  readonly effort: Effort
}

/** Part of a rule, ready to be asked. */
export type Condition = (judging: Judging) => Truth

interface Leaf {
  readonly path: ParamPath
  readonly operator: string
  readonly prepared: Prepared
  readonly inAllowRule: boolean
}

export const MISSING: Doubt = { because: 'the parameter is missing, and an allow rule goes by what is there' }
const DISAGREE: Doubt = { because: 'it is true of some of the values and false of others' }

/** All that an operator says of the values at a path. */
class Tally {
  #isTrue = false
  #isFalse = false
  #doubt: Doubt | undefined

  add(judged: Judgement | readonly Judgement[]): void {
    if (judged === true) this.#isTrue = true
    else if (judged === false) this.#isFalse = true
    else if (Array.isArray(judged)) for (const judgement of judged) this.add(judgement)
    else this.#doubt ??= judged as Doubt
  }

  /** True when it is true of any value: enough to warn, to ask or to block. */
  ofAny(): Judgement {
    return this.#isTrue || (this.#doubt ?? false)
  }

  /** True when it is true of every value: what it takes to let a call through, where one bad value among good ones counts. */
  ofEvery(): Judgement {
    if (this.#doubt !== undefined) return this.#doubt
    return this.#isTrue && this.#isFalse ? DISAGREE : this.#isTrue
  }
}

function whenMissing({ prepared, inAllowRule }: Leaf): Judgement {
  return inAllowRule && prepared.asksAboutMissing !== true ? MISSING : prepared.whenMissing
}

function judgeFound(leaf: Leaf, found: Found, effort: Effort): Judgement {
  const tally = new Tally()
  for (const value of found.values) tally.add(leaf.prepared.test(value, effort))
  if (found.missing) tally.add(whenMissing(leaf))
  if (found.doubt !== undefined) tally.add(found.doubt)
  return leaf.inAllowRule ? tally.ofEvery() : tally.ofAny()
}

/**
 * A condition over one parameter. This is the one place where a condition that throws becomes unknown; the text of the error stays
 * out of the record, since it may quote the value.
 */
export function leafCondition(leaf: Leaf): Condition {
  const { path, operator } = leaf
  const inDoubt = (because: string): Truth => unknown({ param: path.source, operator, because })
  return ({ params, effort }) => {
    try {
      const judgement = judgeFound(leaf, path.find(params, effort), effort)
      return typeof judgement === 'boolean' ? judgement : inDoubt(judgement.because)
    } catch (error) {
      return inDoubt(`judging it failed (${errorClassOf(error)})`)
    }
  }
}
