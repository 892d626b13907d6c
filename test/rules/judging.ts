import type { Params } from '../../src/domain/plain.ts'
import type { RuleHit, Verdict } from '../../src/domain/verdict.ts'
import { SentinelRulesError } from '../../src/errors.ts'
import { parseRules, readRulesFile } from '../../src/rules/load.ts'
import type { RuleSet } from '../../src/rules/rule-set.ts'

export type Answer = 'true' | 'false' | 'unknown'

/** A rule as a file writes it, over tool `t`, with what a test does not care about filled in. */
export const rule = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  function_pattern: 't',
  conditions: [],
  action: 'block',
  ...fields,
})

export const ruleSet = (
  rules: readonly Readonly<Record<string, unknown>>[],
  top: Readonly<Record<string, unknown>> = {},
): RuleSet =>
  parseRules({ version: '1.0', ...top, rules: rules.map((fields, at) => rule({ id: `r${at}`, ...fields })) })

/** Arguments as a test writes them; the rules only ever see plain data. */
export const asParams = (params: object): Params => params as Params

export const evaluate = (set: RuleSet, params: object = {}, tool = 't'): Verdict =>
  set.evaluate({ tool, agentId: 'agent', params: asParams(params) })

/** What a condition in a block rule says of some arguments. */
export function answer(condition: object, params: object): Answer {
  const [hit] = evaluate(ruleSet([{ conditions: [condition] }]), params).hits
  if (hit === undefined) return 'false'
  return hit.because === 'matched' ? 'true' : 'unknown'
}

/** What a condition in an allow rule says: asked twice, since an allow rule keeps silent when it is false and when it is unknown. */
export function answerInAllowRule(condition: object, params: object): Answer {
  const isAllowed = (asked: object): boolean =>
    evaluate(ruleSet([{ action: 'allow', conditions: [asked] }], { default_action: 'block' }), params).action ===
    'allow'
  if (isAllowed(condition)) return 'true'
  return isAllowed({ not: condition }) ? 'false' : 'unknown'
}

/** Why a condition could not be judged. */
export function doubt(condition: object, params: object): string | undefined {
  const [hit] = evaluate(ruleSet([{ conditions: [condition] }]), params).hits
  return hit?.unknown[0]?.because
}

export const idsOf = (hits: readonly RuleHit[]): readonly string[] => hits.map(({ ruleId }) => ruleId)

function issuesOf(load: () => unknown): readonly { path: string; code: string; message: string }[] {
  try {
    load()
  } catch (error) {
    if (error instanceof SentinelRulesError) return error.issues
    throw error
  }
  return []
}

export const loadIssues = (source: unknown): ReturnType<typeof issuesOf> => issuesOf(() => parseRules(source))
export const fileIssues = (path: string): ReturnType<typeof issuesOf> => issuesOf(() => readRulesFile(path))
/** `path code` of each issue. */
export const places = (issues: ReturnType<typeof issuesOf>): readonly string[] =>
  issues.map(({ path, code }) => `${path} ${code}`)
