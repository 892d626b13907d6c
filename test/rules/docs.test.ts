import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OPERATORS } from '../../src/rules/conditions/operators.ts'
import { lintRules } from '../../src/rules/lint.ts'
import { parseRules } from '../../src/rules/load.ts'
import { OPERATORS_OVER_TIME } from '../../src/rules/windows/operators.ts'
import { evaluate, loadIssues, ruleSet } from './judging.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(resolve(ROOT, 'docs/rules.md'), 'utf8')
const files = [...page.matchAll(/^```json\n(?<file>.*?)^```/gms)].map(({ groups }): unknown =>
  JSON.parse(groups?.file ?? ''),
)
const withRule = (id: string) => parseRules(files.find((file) => JSON.stringify(file).includes(`"id":"${id}"`)))

describe('docs/rules.md', () => {
  it.each([...OPERATORS.keys(), ...OPERATORS_OVER_TIME.keys()])('names the operator %s', (operator) => {
    expect(page).toContain(`\`${operator}\``)
  })

  it('names every code that a file made of mistakes, and one made of oddities, bring up', () => {
    const bad = (operator: string, value: unknown) => ({ param: 'p', operator, value })
    const conditions = [
      bad('gt', 'x'),
      bad('above', 1),
      bad('regex', '('),
      bad('path_under', ''),
      bad('host_in', '/'),
      bad('email_domain_in', '/'),
      bad('len_gt', -1),
      { param: '.', operator: 'exists' },
      { any: [] },
      { param: 'p' },
      Array.from({ length: 17 }).reduce<object>((inner) => ({ not: inner }), bad('eq', 1)),
    ]
    const broken = {
      id: 'a',
      function_pattern: '[',
      action: 'deny',
      skip_anomaly: true,
      extra: 1,
      priority: 2 ** 60,
      conditions,
    }
    const odd = [
      { id: 'off', enabled: false },
      { id: 'pass', action: 'allow', priority: 1 },
      { id: 'stop', priority: 2 },
    ]
    const reported = [
      ...loadIssues({ version: '2', rules: [broken, broken, { id: Number.NaN }] }),
      ...lintRules(ruleSet(odd)),
      ...lintRules(ruleSet([])),
    ]
    const codes = new Set(reported.map(({ code }) => code))
    expect(codes.size).toBe(23)
    for (const code of [...codes, 'unreadable', 'bad_json', 'duplicate_key', 'no_log', 'not_compared'])
      expect(page).toContain(`\`${code}\``)
  })

  it('has examples that all load', () => {
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) expect(() => parseRules(file)).not.toThrow()
  })

  it.each`
    rule                | tool                 | agent          | params                                     | action
    ${'no_transfers'}   | ${'transfer_funds'}  | ${'payroll-7'} | ${{}}                                      | ${'block'}
    ${'no_transfers'}   | ${'transfer_salary'} | ${'payroll-7'} | ${{}}                                      | ${'escalate'}
    ${'no_transfers'}   | ${'transfer_salary'} | ${'support-1'} | ${{}}                                      | ${'block'}
    ${'look_at_medium'} | ${'transfer_funds'}  | ${'any'}       | ${{ amount: 50 }}                          | ${'allow'}
    ${'look_at_medium'} | ${'transfer_funds'}  | ${'any'}       | ${{ amount: 500 }}                         | ${'escalate'}
    ${'look_at_medium'} | ${'transfer_funds'}  | ${'any'}       | ${{ amount: 5_000 }}                       | ${'block'}
    ${'look_at_medium'} | ${'transfer_funds'}  | ${'any'}       | ${{ amount: '5,000' }}                     | ${'block'}
    ${'unusual_order'}  | ${'place_order'}     | ${'any'}       | ${{ order: { items: [], country: 'DE' } }} | ${'allow'}
    ${'unusual_order'}  | ${'place_order'}     | ${'any'}       | ${{ order: { items: [], country: 'US' } }} | ${'escalate'}
  `('its example with $rule: $tool by $agent with $params is $action', ({ rule, tool, agent, params, action }) => {
    expect(withRule(rule).evaluate({ tool, agentId: agent, params }).action).toBe(action)
  })

  it('says of skip_anomaly what holds', () => {
    expect(evaluate(withRule('health'), {}, 'health_check').skipAnomaly).toBe(true)
  })
})
