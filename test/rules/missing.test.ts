import { describe, expect, it, test } from 'vitest'
import { OPERATORS } from '../../src/rules/conditions/operators.ts'
import { answer, answerInAllowRule, evaluate, ruleSet } from './judging.ts'

const VALUES: Readonly<Record<string, unknown>> = {
  eq: 1,
  ne: 1,
  gt: 1,
  gte: 1,
  lt: 1,
  lte: 1,
  contains: 'a',
  not_contains: 'a',
  startswith: 'a',
  endswith: 'a',
  regex: 'a',
  matches: 'a',
  in: ['a'],
  not_in: ['a'],
  exists: true,
  len_gt: 1,
  email_domain_in: 'a.com',
  not_email_domain_in: 'a.com',
  host_in: 'a.com',
  not_host_in: 'a.com',
  host_private: true,
  not_host_private: true,
  path_under: '/a',
  not_path_under: '/a',
}

const NEGATIVE = [
  'ne',
  'not_contains',
  'not_in',
  'not_email_domain_in',
  'not_host_in',
  'not_host_private',
  'not_path_under',
]

it('knows every operator, so that the tables below leave none out', () => {
  expect(Object.keys(VALUES).toSorted()).toEqual([...OPERATORS.keys()].toSorted())
})

describe('a missing parameter', () => {
  it.each(Object.keys(VALUES))('%s: positive operators are false, negative ones true', (operator) => {
    const condition = { param: 'p', operator, value: VALUES[operator] }
    expect(answer(condition, {})).toBe(NEGATIVE.includes(operator) ? 'true' : 'false')
    expect(answer(condition, { p: undefined })).toBe(NEGATIVE.includes(operator) ? 'true' : 'false')
  })

  it.each(Object.keys(VALUES))('%s: unknown in an allow rule, but for exists', (operator) => {
    const condition = { param: 'p', operator, value: VALUES[operator] }
    expect(answerInAllowRule(condition, {})).toBe(operator === 'exists' ? 'false' : 'unknown')
  })

  it('is what "exists": false asks for, in an allow rule too', () => {
    expect(answer({ param: 'p', operator: 'exists', value: false }, {})).toBe('true')
    expect(answerInAllowRule({ param: 'p', operator: 'exists', value: false }, {})).toBe('true')
    expect(answerInAllowRule({ param: 'p', operator: 'exists', value: false }, { p: 1 })).toBe('false')
  })
})

describe('[P3] null is a value of no kind', () => {
  it.each(Object.keys(VALUES))('%s over null is unknown', (operator) => {
    expect(answer({ param: 'p', operator, value: VALUES[operator] }, { p: null })).toBe('unknown')
    expect(answerInAllowRule({ param: 'p', operator, value: VALUES[operator] }, { p: null })).toBe('unknown')
  })
})

describe('[P3] [F3] what an unknown condition means for a rule', () => {
  test.each`
    action                | matches  | because
    ${'block'}            | ${true}  | ${'it might be the call that must not happen'}
    ${'require_approval'} | ${true}  | ${'it might be the call that someone must see'}
    ${'warn'}             | ${true}  | ${'it might be the call that is worth a line'}
    ${'allow'}            | ${false} | ${'only what is certainly good is let through'}
  `('in a rule that says $action it counts as matched: $matches, $because', ({ action, matches }) => {
    const gt = { param: 'amount', operator: 'gt', value: 100 }
    for (const conditions of [[gt], [{ not: gt }], [{ any: [gt] }], [{ all: [gt, { not: gt }] }]]) {
      const verdict = evaluate(ruleSet([{ action, conditions }]), { amount: '5,000' })
      expect(verdict.hits.map(({ ruleId, because }) => [ruleId, because])).toEqual(matches ? [['r0', 'unknown']] : [])
    }
  })

  it('is recorded with the parameter, the operator and what stood in the way', () => {
    const conditions = [
      { param: 'amount', operator: 'gt', value: 100 },
      { param: 'to', operator: 'eq', value: 'bob' },
    ]
    const [hit] = evaluate(ruleSet([{ conditions }]), { amount: '5,000', to: ['bob'] }).hits
    expect(hit?.unknown).toEqual([
      { param: 'amount', operator: 'gt', because: 'expected a number, found text' },
      { param: 'to', operator: 'eq', because: 'expected text, found an array' },
    ])
  })
})

describe('[P3] [F3] a condition or a rule that throws', () => {
  const throwing = (): object =>
    Object.defineProperty({}, 'amount', {
      enumerable: true,
      get: () => {
        throw new RangeError('secret 5000')
      },
    })

  it('is unknown, and names the class of the error but not its text', () => {
    const set = ruleSet([{ conditions: [{ param: 'amount', operator: 'gt', value: 1 }] }])
    const [hit] = evaluate(set, throwing()).hits
    expect(hit).toMatchObject({ because: 'unknown', unknown: [{ because: 'judging it failed (RangeError)' }] })
  })

  it('does not stop the other conditions from being judged', () => {
    const conditions = [
      { param: 'amount', operator: 'gt', value: 1 },
      { param: 'to', operator: 'exists' },
    ]
    expect(evaluate(ruleSet([{ conditions }]), throwing()).hits).toEqual([])
  })

  it('counts as matched when the rule fails as a whole, unless it is an allow rule', () => {
    const set = ruleSet([
      { id: 'stop', agent_pattern: 'a*' },
      { id: 'pass', agent_pattern: 'a*', action: 'allow' },
    ])
    const call = {
      tool: 't',
      params: {},
      get agentId(): string {
        throw new TypeError('no agent')
      },
    }
    const verdict = set.evaluate(call)
    expect(verdict.action).toBe('block')
    expect(verdict.hits.map(({ ruleId, because }) => [ruleId, because])).toEqual([['stop', 'unknown']])
  })
})
