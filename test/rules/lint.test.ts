import { describe, expect, it, test } from 'vitest'
import type { Glob } from '../../src/rules/glob.ts'
import { parseGlob } from '../../src/rules/glob.ts'
import { covers, overlaps } from '../../src/rules/glob-relations.ts'
import { lintRules } from '../../src/rules/lint.ts'
import { places, ruleSet } from './judging.ts'

const globOf = (source: string): Glob => {
  const glob = parseGlob(source)
  if ('problem' in glob) throw new Error(glob.problem)
  return glob
}

const CONDITIONS = [{ param: 'p', operator: 'exists' }]
const block = { id: 'stop', priority: 50, conditions: CONDITIONS }

describe('what looks wrong in rules that load', () => {
  test.each`
    rules                                                                                          | warnings
    ${[{ action: 'allow', priority: 10, conditions: CONDITIONS }, block]}                          | ${['rules[0] shadows_block']}
    ${[{ action: 'require_approval', priority: 10, conditions: CONDITIONS }, block]}               | ${['rules[0] shadows_block']}
    ${[block, { action: 'allow', priority: 10, conditions: CONDITIONS }]}                          | ${['rules[1] shadows_block']}
    ${[{ action: 'allow', priority: 50, conditions: CONDITIONS }, block]}                          | ${[]}
    ${[{ action: 'allow', priority: 90, conditions: CONDITIONS }, block]}                          | ${[]}
    ${[{ action: 'warn', priority: 10 }, block]}                                                   | ${[]}
    ${[{ action: 'allow', priority: 10, function_pattern: 'other' }, block]}                       | ${[]}
    ${[{ action: 'allow', priority: 10, function_pattern: '*', conditions: CONDITIONS }, block]}   | ${['rules[0] shadows_block']}
    ${[{ action: 'allow', priority: 10, agent_pattern: 'a*' }, { ...block, agent_pattern: 'b*' }]} | ${[]}
    ${[{ action: 'allow', priority: 10, enabled: false }, block]}                                  | ${['rules[0] disabled']}
    ${[{ action: 'allow', priority: 10 }, block]}                                                  | ${['rules[0] shadows_block', 'rules[1] never_reached']}
    ${[{ priority: 10 }, { ...block, action: 'warn' }]}                                            | ${['rules[1] never_reached']}
    ${[{ priority: 10, agent_pattern: 'a*' }, { ...block, action: 'warn' }]}                       | ${[]}
    ${[{ priority: 10, function_pattern: 'x*' }, { function_pattern: 'xy*' }]}                     | ${['rules[1] never_reached']}
    ${[{ priority: 10, function_pattern: 'xy*' }, { function_pattern: 'x*' }]}                     | ${[]}
    ${[]}                                                                                          | ${['rules no_effect']}
    ${[{ enabled: false }]}                                                                        | ${['rules no_effect', 'rules[0] disabled']}
  `('$rules: $warnings', ({ rules, warnings }) => {
    expect(places(lintRules(ruleSet(rules)))).toEqual(warnings)
  })

  it('follows the order of the file where the first match wins', () => {
    const rules = [{ action: 'allow', conditions: CONDITIONS }, { conditions: CONDITIONS }]
    expect(places(lintRules(ruleSet(rules)))).toEqual([])
    expect(places(lintRules(ruleSet(rules, { first_match: true })))).toEqual(['rules[0] shadows_block'])
    expect(places(lintRules(ruleSet(rules.toReversed(), { first_match: true })))).toEqual([])
  })

  it('says what happens and what to do', () => {
    const pass = { id: 'pass', action: 'allow', priority: 10, conditions: CONDITIONS }
    const stops = Array.from({ length: 5 }, (_, at) => ({ ...block, id: `stop${at}` }))
    expect(lintRules(ruleSet([pass, ...stops]))[0]?.message).toBe(
      "allow rule 'pass' (priority 10) is read first and can let through what 'stop0', 'stop1', 'stop2' and 2 more would block; if that is not meant, raise its priority number or narrow it",
    )
  })

  it('says nothing of an empty file that blocks by default', () => {
    expect(lintRules(ruleSet([], { default_action: 'block' }))).toEqual([])
  })

  it('says that it did not compare when there are too many rules to', () => {
    const rules = Array.from({ length: 3_000 }, (_, at) => ({
      action: at % 2 ? 'allow' : 'block',
      conditions: CONDITIONS,
    }))
    expect(places(lintRules(ruleSet(rules)))).toEqual(['rules not_compared'])
  })
})

describe('how two patterns relate', () => {
  test.each`
    a          | b           | overlap  | cover
    ${'*'}     | ${'a*'}     | ${true}  | ${true}
    ${'a*'}    | ${'*'}      | ${true}  | ${false}
    ${'a*'}    | ${'*b'}     | ${true}  | ${false}
    ${'a*'}    | ${'b*'}     | ${false} | ${false}
    ${'a*'}    | ${'abc'}    | ${true}  | ${true}
    ${'abc'}   | ${'a*'}     | ${true}  | ${false}
    ${'a?c'}   | ${'ab?'}    | ${true}  | ${false}
    ${'a?c'}   | ${'a[xy]c'} | ${true}  | ${true}
    ${'[ab]*'} | ${'[cd]*'}  | ${false} | ${false}
    ${'[a-c]'} | ${'[c-e]'}  | ${true}  | ${false}
    ${'[a-c]'} | ${'[a-c]'}  | ${true}  | ${true}
    ${'[!a]'}  | ${'a'}      | ${false} | ${false}
    ${'*a*'}   | ${'*b*a*'}  | ${true}  | ${true}
    ${'*a'}    | ${'*b'}     | ${false} | ${false}
    ${'??'}    | ${'???'}    | ${false} | ${false}
    ${'??*'}   | ${'???*'}   | ${true}  | ${true}
    ${'a'}     | ${'a'}      | ${true}  | ${true}
  `('$a and $b: overlap $overlap, cover $cover', ({ a, b, overlap, cover }) => {
    expect(overlaps(globOf(a), globOf(b))).toBe(overlap)
    expect(overlaps(globOf(b), globOf(a))).toBe(overlap)
    expect(covers(globOf(a), globOf(b))).toBe(cover)
  })
})
