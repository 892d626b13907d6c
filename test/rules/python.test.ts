import { describe, expect, it, test } from 'vitest'
import { parseRules } from '../../src/rules/load.ts'
import { evaluate, idsOf } from './judging.ts'

/** A rules file as the Python project writes it: every key and operator of its schema. */
const FILE = {
  version: '1.0',
  default_action: 'allow',
  rules: [
    {
      id: 'block_drop',
      name: 'Block destructive SQL',
      function_pattern: 'execute_*',
      conditions: [{ param: 'query', operator: 'matches', value: '(?i)\\s*(drop|truncate)\\b' }],
      action: 'block',
      priority: 1,
      message: 'Destructive SQL is not allowed.',
      enabled: true,
      description: 'Only at the start of the query.',
    },
    {
      id: 'large_transfer',
      name: 'Approve large transfers',
      function_pattern: 'transfer_funds',
      conditions: [
        { param: 'amount', operator: 'gt', value: 100.0 },
        { param: 'currency', operator: 'in', value: ['USD', 'EUR'] },
        { param: 'destination', operator: 'not_in', value: ['savings'] },
        { param: 'destination', operator: 'not_contains', value: '@internal' },
      ],
      action: 'require_approval',
      priority: 10,
    },
    {
      id: 'no_external',
      name: 'No external mail',
      function_pattern: 'send_?mail',
      conditions: [
        { param: 'to', operator: 'ne', value: 'team@example.com' },
        { param: 'body', operator: 'contains', value: 'confidential' },
      ],
      action: 'block',
      message: null,
    },
    {
      id: 'off',
      name: 'Not used',
      function_pattern: '*',
      conditions: [],
      action: 'block',
      priority: 1000,
      enabled: false,
    },
  ],
}

describe('a rules file of the Python project', () => {
  test.each`
    tool                | params                                                      | action        | rules
    ${'execute_sql'}    | ${{ query: ' DROP TABLE users' }}                           | ${'block'}    | ${['block_drop']}
    ${'execute_sql'}    | ${{ query: 'SELECT 1; DROP TABLE users' }}                  | ${'allow'}    | ${[]}
    ${'transfer_funds'} | ${{ amount: 500, currency: 'USD', destination: 'bob' }}     | ${'escalate'} | ${['large_transfer']}
    ${'transfer_funds'} | ${{ amount: 500, currency: 'GBP', destination: 'bob' }}     | ${'allow'}    | ${[]}
    ${'transfer_funds'} | ${{ amount: 500, currency: 'USD', destination: 'savings' }} | ${'allow'}    | ${[]}
    ${'transfer_funds'} | ${{ amount: 50, currency: 'USD', destination: 'bob' }}      | ${'allow'}    | ${[]}
    ${'send_email'}     | ${{ to: 'eve@evil.com', body: 'confidential' }}             | ${'block'}    | ${['no_external']}
    ${'send_gmail'}     | ${{ to: 'eve@evil.com', body: 'confidential' }}             | ${'block'}    | ${['no_external']}
  `('loads, and $tool $params comes out as $action', ({ tool, params, action, rules }) => {
    for (const source of [FILE, { ...FILE, first_match: true }]) {
      const verdict = evaluate(parseRules(source), params, tool)
      expect(verdict.action).toBe(action)
      expect(idsOf(verdict.hits)).toEqual(rules)
    }
  })

  it('loads its documented examples too: without a name, with the operators that its code does not know', () => {
    const rules = [
      {
        id: 'a',
        function_pattern: 'x',
        action: 'block',
        conditions: [{ param: 'p', operator: 'startswith', value: 'a' }],
      },
      {
        id: 'b',
        function_pattern: 'x',
        action: 'block',
        conditions: [{ param: 'p', operator: 'endswith', value: 'a' }],
      },
      { id: 'c', function_pattern: 'x', action: 'block', conditions: [{ param: 'p', operator: 'regex', value: 'a$' }] },
    ]
    expect(idsOf(evaluate(parseRules({ version: '1.0', rules }), { p: 'banana' }, 'x').hits)).toEqual(['b', 'c'])
  })

  it('decides more strictly where the Python project takes a wrong type or a missing parameter for "no match"', () => {
    const set = parseRules(FILE)
    const params = { amount: '5000', currency: 'USD' }
    expect(idsOf(evaluate(set, params, 'transfer_funds').hits)).toEqual(['large_transfer'])
  })
})
