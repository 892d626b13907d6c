import { describe, expect, it, test } from 'vitest'
import { evaluate, idsOf, ruleSet } from './judging.ts'

const NEVER = [{ param: 'x', operator: 'exists' }]
const DOUBTFUL = [{ param: 'odd', operator: 'gt', value: 1 }]
const PARAMS = { odd: 'text' }

/** `10 block` or `20 warn?` as a rule: priority, action, and a `?` when it can not be judged. */
function ruleOf(text: string, at: number): Readonly<Record<string, unknown>> {
  const [priority, action = ''] = text.split(' ')
  const conditions = action.endsWith('?') ? DOUBTFUL : []
  return { id: `r${at}`, priority: Number(priority), action: action.replace('?', ''), conditions }
}

const judged = (rules: string, top: object) =>
  evaluate(ruleSet(rules.split(', ').filter(Boolean).map(ruleOf), top as Record<string, unknown>), PARAMS)

describe('[P1] the lowest number with a match speaks; at the same number the strictest action', () => {
  test.each`
    rules                                         | otherwise             | action        | because
    ${''}                                         | ${'allow'}            | ${'allow'}    | ${'no rule: the default'}
    ${''}                                         | ${'block'}            | ${'block'}    | ${'no rule: the default'}
    ${'100 allow'}                                | ${'block'}            | ${'allow'}    | ${'a rule speaks instead of the default'}
    ${'10 allow, 20 block'}                       | ${'allow'}            | ${'allow'}    | ${'an exception is written with a lower number'}
    ${'20 allow, 10 block'}                       | ${'allow'}            | ${'block'}    | ${'whatever the order in the file'}
    ${'10 require_approval, 20 block'}            | ${'allow'}            | ${'escalate'} | ${'the lower number speaks'}
    ${'-5 allow, 0 block'}                        | ${'allow'}            | ${'allow'}    | ${'numbers may be below zero'}
    ${'10 allow, 10 block'}                       | ${'allow'}            | ${'block'}    | ${'the strictest of one number'}
    ${'10 block, 10 allow'}                       | ${'allow'}            | ${'block'}    | ${'the strictest of one number, in either order'}
    ${'10 allow, 10 require_approval'}            | ${'allow'}            | ${'escalate'} | ${'the strictest of one number'}
    ${'10 warn'}                                  | ${'allow'}            | ${'warn'}     | ${'only warn rules: joined with the default'}
    ${'10 warn'}                                  | ${'require_approval'} | ${'escalate'} | ${'the stricter of warn and the default'}
    ${'10 warn'}                                  | ${'block'}            | ${'block'}    | ${'the stricter of warn and the default'}
    ${'10 warn, 20 block'}                        | ${'allow'}            | ${'block'}    | ${'warn never ends the search'}
    ${'10 warn, 20 allow'}                        | ${'allow'}            | ${'warn'}     | ${'warn is joined with what is found'}
    ${'10 warn, 20 allow'}                        | ${'block'}            | ${'warn'}     | ${'the default is not asked when a rule answers'}
    ${'10 warn, 20 allow, 30 block'}              | ${'allow'}            | ${'warn'}     | ${'the first group that answers, and no further'}
    ${'10 allow, 20 warn'}                        | ${'allow'}            | ${'allow'}    | ${'no further: the warn is not read'}
    ${'10 warn, 10 allow'}                        | ${'allow'}            | ${'warn'}     | ${'in one group too warn is joined'}
    ${'10 warn, 20 warn, 30 require_approval'}    | ${'allow'}            | ${'escalate'} | ${'any number of warns'}
    ${'10 block?'}                                | ${'allow'}            | ${'block'}    | ${'unknown counts as matched'}
    ${'10 allow?, 20 block'}                      | ${'allow'}            | ${'block'}    | ${'an unknown allow rule does not'}
    ${'10 allow?'}                                | ${'block'}            | ${'block'}    | ${'an unknown allow rule does not'}
    ${'10 warn?, 20 allow'}                       | ${'block'}            | ${'warn'}     | ${'unknown counts as matched'}
    ${'10 require_approval?, 20 allow'}           | ${'allow'}            | ${'escalate'} | ${'unknown counts as matched'}
    ${'10 require_approval?, 20 block'}           | ${'allow'}            | ${'block'}    | ${'an unknown rule hides nothing: it may not be meant'}
    ${'10 require_approval?'}                     | ${'block'}            | ${'block'}    | ${'an unknown rule hides nothing, the default neither'}
    ${'10 require_approval?, 10 allow, 20 block'} | ${'allow'}            | ${'escalate'} | ${'a certain match of the same number ends the search'}
    ${'10 block?, 20 allow'}                      | ${'allow'}            | ${'block'}    | ${'nothing softens it'}
    ${'10 allow, 20 block?'}                      | ${'allow'}            | ${'allow'}    | ${'it is not read'}
  `('$rules, otherwise $otherwise: $action, $because', ({ rules, otherwise, action }) => {
    expect(judged(rules, { default_action: otherwise }).action).toBe(action)
  })
})

describe('"first_match": ties are broken by the order in the file', () => {
  test.each`
    rules                               | action        | because
    ${'10 allow, 10 block'}             | ${'allow'}    | ${'the first in the file'}
    ${'10 block, 10 allow'}             | ${'block'}    | ${'the first in the file'}
    ${'20 allow, 10 block'}             | ${'block'}    | ${'numbers still come first'}
    ${'10 require_approval, 10 block'}  | ${'escalate'} | ${'the first in the file'}
    ${'10 warn, 10 block'}              | ${'block'}    | ${'warn never ends the search'}
    ${'10 allow, 10 warn'}              | ${'allow'}    | ${'the warn is not read'}
    ${'10 allow?, 10 block'}            | ${'block'}    | ${'an unknown allow rule does not match'}
    ${'10 require_approval?, 10 block'} | ${'block'}    | ${'an unknown rule hides nothing'}
  `('$rules: $action, $because', ({ rules, action }) => {
    expect(judged(rules, { first_match: true }).action).toBe(action)
  })
})

describe('what the verdict says beside the action', () => {
  test.each`
    rules                              | hits            | decidedBy    | because
    ${''}                              | ${[]}           | ${'default'} | ${'no rule matched'}
    ${'10 allow'}                      | ${['r0']}       | ${'rules'}   | ${'an allow rule answered'}
    ${'10 warn'}                       | ${['r0']}       | ${'default'} | ${'only warn rules matched'}
    ${'10 warn, 20 allow'}             | ${['r0']}       | ${'rules'}   | ${'the allow rule is not behind the warning'}
    ${'10 warn, 20 block, 30 block'}   | ${['r0', 'r1']} | ${'rules'}   | ${'rules are listed as far as they were read'}
    ${'10 require_approval, 10 block'} | ${['r1', 'r0']} | ${'rules'}   | ${'the strictest of a number first'}
    ${'10 allow, 10 block'}            | ${['r1']}       | ${'rules'}   | ${'an allow rule is not behind a block'}
    ${'10 block?'}                     | ${['r0']}       | ${'rules'}   | ${'the unknown rule is the reason'}
    ${'10 warn?'}                      | ${['r0']}       | ${'default'} | ${'only warn rules'}
  `('$rules: hits $hits, decided by $decidedBy, $because', ({ rules, hits, decidedBy }) => {
    const verdict = judged(rules, {})
    expect(idsOf(verdict.hits)).toEqual(hits)
    expect(verdict.decidedBy).toBe(decidedBy)
  })

  it('says that the default decided when it is stricter than what an unknown rule asks for', () => {
    expect(judged('10 require_approval?', { default_action: 'block' }).decidedBy).toBe('default')
    expect(judged('10 require_approval?', { default_action: 'warn' }).decidedBy).toBe('rules')
  })

  it('names the parameters that the conditions look at, nested ones too', () => {
    const conditions = [
      { param: 'amount', operator: 'gt', value: 1 },
      {
        any: [
          { not: { param: 'order.items[].price', operator: 'eq', value: 1 } },
          { param: 'amount', operator: 'lt', value: 9 },
        ],
      },
    ]
    expect(
      evaluate(ruleSet([{ conditions }]), { amount: 5, order: { items: [{ price: 2 }] } }).hits[0]?.params,
    ).toEqual(['amount', 'order.items[].price'])
  })

  it('[P5] names the rule set, and the author’s message', () => {
    const set = ruleSet([{ message: 'Ask Ann.' }])
    const verdict = evaluate(set)
    expect(verdict.rulesDigest).toBe(set.digest)
    expect(verdict.hits[0]).toEqual({
      ruleId: 'r0',
      action: 'block',
      message: 'Ask Ann.',
      params: [],
      because: 'matched',
      unknown: [],
    })
  })
})

describe('skip_anomaly counts only when an allow rule is the final answer', () => {
  const quiet = { id: 'quiet', action: 'allow', skip_anomaly: true, priority: 10 }
  test.each`
    others                                                     | skips    | because
    ${[]}                                                      | ${true}  | ${'the allow rule is the answer'}
    ${[{ action: 'block', priority: 20 }]}                     | ${true}  | ${'what is not read does not matter'}
    ${[{ action: 'block', priority: 10 }]}                     | ${false} | ${'the answer is block'}
    ${[{ action: 'require_approval', priority: 5 }]}           | ${false} | ${'the answer is approval'}
    ${[{ action: 'warn', priority: 5 }]}                       | ${false} | ${'a warn rule joined: the answer is warn'}
    ${[{ action: 'warn', priority: 10 }]}                      | ${false} | ${'a warn rule joined: the answer is warn'}
    ${[{ action: 'block', priority: 5, conditions: NEVER }]}   | ${true}  | ${'the block rule does not match'}
    ${[{ action: 'warn', priority: 5, conditions: DOUBTFUL }]} | ${false} | ${'an unknown warn rule matches'}
    ${[{ action: 'allow', priority: 10 }]}                     | ${false} | ${'of two allow rules the one that still counts risk is stricter'}
    ${[{ action: 'allow', priority: 10, skip_anomaly: true }]} | ${true}  | ${'both say so'}
    ${[{ action: 'allow', priority: 20 }]}                     | ${true}  | ${'the other is not read'}
  `('beside $others: $skips, $because', ({ others, skips }) => {
    expect(evaluate(ruleSet([quiet, ...others]), PARAMS).skipAnomaly).toBe(skips)
  })

  it('does not count when the rule does not match, or is not certain to', () => {
    expect(evaluate(ruleSet([{ ...quiet, conditions: NEVER }]), PARAMS).skipAnomaly).toBe(false)
    expect(evaluate(ruleSet([{ ...quiet, conditions: DOUBTFUL }]), PARAMS).skipAnomaly).toBe(false)
    expect(evaluate(ruleSet([{ ...quiet, skip_anomaly: false }]), PARAMS).skipAnomaly).toBe(false)
  })
})

describe('which rules are read', () => {
  it('those of the tool, by whole name and exact case', () => {
    const set = ruleSet([{ function_pattern: 'transfer_*' }])
    expect(evaluate(set, {}, 'transfer_funds').action).toBe('block')
    expect(evaluate(set, {}, 'transfer_').action).toBe('block')
    expect(evaluate(set, {}, 'Transfer_funds').action).toBe('allow')
    expect(evaluate(set, {}, 'my_transfer_funds').action).toBe('allow')
  })

  it('those of the agent, when the rule names agents', () => {
    const set = ruleSet([{ agent_pattern: 'support-*' }])
    const action = (agentId: string): string => set.evaluate({ tool: 't', agentId, params: {} }).action
    expect(action('support-7')).toBe('block')
    expect(action('billing')).toBe('allow')
  })

  it('those that are enabled', () => {
    const set = ruleSet([{ enabled: false }, { id: 'on', enabled: true, action: 'warn' }])
    expect(evaluate(set).action).toBe('warn')
    expect(set.size).toBe(1)
    expect(set.rules.map(({ enabled }) => enabled)).toEqual([false, true])
  })

  it('gives each tool its own answer, however often it is asked and in whatever order', () => {
    const set = ruleSet([
      { id: 'exact', function_pattern: 'a' },
      { id: 'wild', function_pattern: '*', action: 'warn' },
    ])
    for (const tool of ['a', 'b', 'a', 'c', 'b', 'a'])
      expect(evaluate(set, {}, tool).action).toBe(tool === 'a' ? 'block' : 'warn')
  })

  it('[P24] keeps no more than a bounded number of tools in mind, and forgets none of their rules', () => {
    const set = ruleSet([{ function_pattern: 'tool-7' }, { function_pattern: 'tool-*9', action: 'warn' }])
    for (let at = 0; at < 5_000; at++) evaluate(set, {}, `tool-${at}`)
    expect(evaluate(set, {}, 'tool-7').action).toBe('block')
    expect(evaluate(set, {}, 'tool-19').action).toBe('warn')
    expect(evaluate(set, {}, 'tool-8').action).toBe('allow')
  })
})
