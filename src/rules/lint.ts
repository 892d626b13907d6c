import type { Issue } from '../errors.ts'
import { type Glob, parseGlob } from './glob.ts'
import { covers, overlaps } from './glob-relations.ts'
import type { RuleSummary } from './rule.ts'
import type { RuleSet } from './rule-set.ts'

/** Pairs of rules that are compared; more would keep people waiting. */
const COMPARED_PAIRS_MAX = 2_000_000
/** Rules that one warning names. */
const NAMED_RULES_MAX = 3

interface Entry {
  readonly rule: RuleSummary
  readonly tools: Glob
  readonly agents: Glob
}

function globOf(source: string): Glob {
  const glob = parseGlob(source)
  if ('problem' in glob) throw new Error(glob.problem)
  return glob
}

const entryOf = (rule: RuleSummary): Entry => ({
  rule,
  tools: globOf(rule.functionPattern),
  agents: globOf(rule.agentPattern ?? '*'),
})

const placeOf = (rule: RuleSummary): string => `rules[${rule.index}]`

const named = (rules: readonly RuleSummary[]): string => {
  const ids = rules.slice(0, NAMED_RULES_MAX).map(({ id }) => `'${id}'`)
  const more = rules.length - ids.length
  return `${ids.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Whether `a` can end the reading before `b` is read. */
const isReadBefore = (a: RuleSummary, b: RuleSummary, firstMatch: boolean): boolean =>
  a.priority < b.priority || (firstMatch && a.priority === b.priority && a.index < b.index)

const canShadow = (a: Entry, b: Entry): boolean => overlaps(a.tools, b.tools) && overlaps(a.agents, b.agents)

/** Every call that `b` could match has been answered by `a`, which has no conditions. */
const hides = (a: Entry, b: Entry): boolean => covers(a.tools, b.tools) && covers(a.agents, b.agents)

function shadowing(entry: Entry, later: readonly Entry[]): Issue[] {
  const shadowed = later.filter((block) => canShadow(entry, block))
  if (shadowed.length === 0) return []
  const { id, action, priority } = entry.rule
  const effect = action === 'allow' ? 'let through' : 'leave to an approver'
  const message =
    `${action === 'allow' ? 'allow' : 'approval'} rule '${id}' (priority ${priority}) is read first and can ${effect} what ` +
    `${named(shadowed.map(({ rule }) => rule))} would block; if that is not meant, raise its priority number or narrow it`
  return [{ path: placeOf(entry.rule), code: 'shadows_block', message }]
}

function unreachable(entry: Entry, earlier: readonly Entry[]): Issue[] {
  const hiding = earlier.find((other) => hides(other, entry))
  if (hiding === undefined) return []
  const message =
    `rule '${entry.rule.id}' is never reached: '${hiding.rule.id}' has no conditions, matches all its tools and is read first; ` +
    'give it a lower priority number, or remove it'
  return [{ path: placeOf(entry.rule), code: 'never_reached', message }]
}

function disabled(rules: readonly RuleSummary[]): Issue[] {
  return rules
    .filter(({ enabled }) => !enabled)
    .map((rule) => ({
      path: placeOf(rule),
      code: 'disabled',
      message: `rule '${rule.id}' is disabled and judges nothing; remove "enabled": false to use it`,
    }))
}

function withoutEffect(set: RuleSet): Issue[] {
  if (set.size > 0 || set.defaultAction !== 'allow') return []
  const message =
    'no rule is in use and the default action is "allow", so rules stop nothing; add a rule or change default_action'
  return [{ path: 'rules', code: 'no_effect', message }]
}

function compared(set: RuleSet): Issue[] {
  const entries = set.rules.filter(({ enabled }) => enabled).map(entryOf)
  const softer = entries.filter(({ rule }) => rule.action === 'allow' || rule.action === 'escalate')
  const blocks = entries.filter(({ rule }) => rule.action === 'block')
  const ending = entries.filter(({ rule }) => rule.action !== 'warn' && rule.conditionCount === 0)
  if (softer.length * blocks.length + ending.length * entries.length > COMPARED_PAIRS_MAX) {
    const message = 'there are too many rules to compare all of them; rules that hide others are not reported'
    return [{ path: 'rules', code: 'not_compared', message }]
  }
  const before = (a: Entry, b: Entry): boolean => isReadBefore(a.rule, b.rule, set.firstMatch)
  return [
    ...softer.flatMap((entry) =>
      shadowing(
        entry,
        blocks.filter((block) => before(entry, block)),
      ),
    ),
    ...entries.flatMap((entry) =>
      unreachable(
        entry,
        ending.filter((end) => before(end, entry)),
      ),
    ),
  ]
}

/**
 * What a set of valid rules may not mean as its author thinks: an allow or approval rule that can hide a block rule, a rule that is
 * never reached, a disabled rule, a set that stops nothing. In the order of the file. For `sentinel check`; none of it is an error.
 */
export function lintRules(set: RuleSet): readonly Issue[] {
  const found = [...compared(set), ...disabled(set.rules)]
  const indexOf = (issue: Issue): number => Number(/\d+/.exec(issue.path)?.[0] ?? -1)
  return [...withoutEffect(set), ...found.toSorted((a, b) => indexOf(a) - indexOf(b))]
}
