import { type Action, strictness } from '../domain/action.ts'
import type { ToolCall } from '../domain/call.ts'
import type { Digest } from '../domain/units.ts'
import type { Verdict } from '../domain/verdict.ts'
import type { WindowEntry, WindowUsage } from '../domain/window.ts'
import { exceeds } from '../support/decimal.ts'
import { Lru } from '../support/lru.ts'
import { evaluate } from './evaluate.ts'
import type { Rule, RuleSummary } from './rule.ts'
import type { CallWindows, CountedCall, OverTime } from './windows/operator.ts'

/** The part of a call that rules read. */
export type RuleCall = Pick<ToolCall, 'tool' | 'params' | 'agentId'>

/** The rules of one file, ready to judge calls. Immutable: a changed file is another set. */
export interface RuleSet {
  /** SHA-256 of the file's contents: the same for another layout, another for any other rule. */
  readonly digest: Digest
  /** Rules in use, without disabled ones. */
  readonly size: number
  /** All rules in the order of the file, disabled ones included. */
  readonly rules: readonly RuleSummary[]
  readonly defaultAction: Action
  /** Ties are broken by the order in the file, not by strictness. */
  readonly firstMatch: boolean
  /** Whether a rule looks at other calls too. If not, `windowsOf` has nothing to say of any call. */
  readonly looksBack: boolean
  /** What a call adds to the windows of the rules, and what they must know of the calls before it. */
  windowsOf(call: CountedCall): CallWindows
  /**
   * Judges one call. Synchronous and pure; never throws.
   * @param usage the answers to the questions of `windowsOf`; what is not answered is unknown.
   */
  evaluate(call: RuleCall, usage?: WindowUsage): Verdict
  /** As `evaluate`, and says whether a call that is blocked could pass later. Undefined: no question could be answered. */
  evaluateCounted(call: RuleCall & CountedCall, usage: WindowUsage | undefined): Verdict
}

interface Contents {
  readonly digest: Digest
  readonly summaries: readonly RuleSummary[]
  /** Enabled rules. */
  readonly rules: readonly Rule[]
  readonly defaultAction: Action
  readonly firstMatch: boolean
}

/** Lists are kept for so many tools, and fewer when the lists are long. */
const TOOLS_MAX = 1_000
const TOOLS_MIN = 16
const LISTED_RULES_MAX = 1_000_000

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** Strictest first, so that the reasons start with what decides; ids only make the order the same for every order of the file. */
const byStrictness = (a: Rule, b: Rule): number =>
  a.priority - b.priority || strictness(b.action) - strictness(a.action) || byText(a.id, b.id)

const byPlace = (a: Rule, b: Rule): number => a.priority - b.priority || a.index - b.index

/** Rules that are read together: all of one priority, or each by itself where the first match wins. */
export type Group = readonly Rule[]

function groupsOf(rules: readonly Rule[], firstMatch: boolean): readonly Group[] {
  if (firstMatch) return rules.toSorted(byPlace).map((rule) => [rule])
  return [...Map.groupBy(rules.toSorted(byStrictness), (rule) => rule.priority).values()]
}

/** One entry for each counter, kept as long as the longest window needs it. */
function merged(entries: readonly WindowEntry[]): readonly WindowEntry[] {
  const byCounter = Map.groupBy(entries, ({ counter }) => counter)
  return [...byCounter.values()].map((same) => same.reduce((a, b) => (a.keepMs < b.keepMs ? b : a)))
}

class IndexedRules implements RuleSet {
  readonly digest: Digest
  readonly size: number
  readonly rules: readonly RuleSummary[]
  readonly defaultAction: Action
  readonly firstMatch: boolean
  readonly looksBack: boolean
  readonly #overTime: readonly OverTime[]
  readonly #byName: ReadonlyMap<string | undefined, readonly Rule[]>
  readonly #withWildcards: readonly Rule[]
  readonly #groups: Lru<string, readonly Group[]>

  constructor(contents: Contents) {
    this.digest = contents.digest
    this.size = contents.rules.length
    this.rules = contents.summaries
    this.defaultAction = contents.defaultAction
    this.firstMatch = contents.firstMatch
    this.#overTime = contents.rules.flatMap((rule) => rule.overTime)
    this.looksBack = this.#overTime.length > 0
    this.#byName = Map.groupBy(contents.rules, (rule) => rule.tools.literal)
    this.#withWildcards = this.#byName.get(undefined) ?? []
    const listsMax = Math.floor(LISTED_RULES_MAX / Math.max(1, this.size))
    this.#groups = new Lru(Math.min(TOOLS_MAX, Math.max(TOOLS_MIN, listsMax)))
  }

  windowsOf(call: CountedCall): CallWindows {
    const looks = this.#overTime.map((condition) => condition.windows(call))
    return {
      entries: merged(looks.flatMap(({ entries }) => entries)),
      questions: looks.flatMap(({ questions }) => questions),
    }
  }

  evaluate(call: RuleCall, usage?: WindowUsage): Verdict {
    return evaluate(call, {
      groups: this.#groupsFor(call.tool),
      defaultAction: this.defaultAction,
      digest: this.digest,
      usage,
    })
  }

  evaluateCounted(call: RuleCall & CountedCall, usage: WindowUsage | undefined): Verdict {
    const verdict = this.evaluate(call, usage)
    if (usage === undefined) return { ...verdict, counting: 'failed' }
    if (verdict.action !== 'block') return verdict
    const later = this.evaluate(call, new Map([...usage, ...this.#answersAlone(call)]))
    return { ...verdict, retry: later.action === 'block' ? 'no' : 'later' }
  }

  /** What the limits would say to this call if there were no others. */
  #answersAlone(call: CountedCall): readonly (readonly [key: string, answer: boolean])[] {
    const limits = this.#overTime.filter(({ about }) => about === 'limit')
    const questions = limits.flatMap((limit) => limit.windows(call).questions)
    return questions.map((question) => [
      question.key,
      question.of === 'calls' ? question.atLeast <= 0 : exceeds([question.own], question.max),
    ])
  }

  /** What one tool's calls are judged by, worked out at its first call: a thousand rules cost no more than those that can match. */
  #groupsFor(tool: string): readonly Group[] {
    return this.#groups.getOrMake(tool, () => {
      const named = this.#byName.get(tool) ?? []
      const wild = this.#withWildcards.filter((rule) => rule.tools.matches(tool))
      return groupsOf([...named, ...wild], this.firstMatch)
    })
  }
}

export const ruleSet = (contents: Contents): RuleSet => new IndexedRules(contents)
