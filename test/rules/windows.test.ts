import { describe, expect, it, test } from 'vitest'
import type { Plain } from '../../src/domain/plain.ts'
import type { WindowUsage } from '../../src/domain/window.ts'
import type { RuleSet } from '../../src/rules/rule-set.ts'
import type { CountedCall } from '../../src/rules/windows/operator.ts'
import { asParams, ruleSet } from './judging.ts'

const HOUR_MS = 3_600_000
const KEY = 'rules[0].conditions[0]'

interface Asked extends Partial<Omit<CountedCall, 'redacted'>> {
  readonly params?: object
  readonly redacted?: object
}

const callOf = ({ params = {}, redacted = params, ...who }: Asked) => ({
  ...{ tool: 't', agentId: 'ann', principalId: undefined, sessionId: undefined },
  ...who,
  params: asParams(params),
  redacted: { params: asParams(redacted), paths: [] },
})

const calls = (value: object) => ({
  operator: 'calls_in_window',
  value: { window: '1h', max: 2, by: 'agent', ...value },
})
const sum = (value: object = {}, param = 'amount') => ({
  ...{ param, operator: 'sum_in_window' },
  value: { window: '1h', max: 100, by: 'agent', ...value },
})
const after = { operator: 'after', value: { tool: 'read_*', within: '10m' } }

const windowsOf = (set: RuleSet, asked: Asked) => set.windowsOf(callOf(asked))
const counters = (set: RuleSet, asked: Asked) => windowsOf(set, asked).entries.map(({ counter }) => counter)
const actionOf = (set: RuleSet, asked: Asked, answers: Readonly<Record<string, boolean | 'unknown'>>) => {
  const usage: WindowUsage = new Map(Object.entries(answers))
  return set.evaluate(callOf(asked), usage)
}

describe('a rule set that does not look back', () => {
  it('has nothing to count', () => {
    const set = ruleSet([{ conditions: [{ param: 'amount', operator: 'gt', value: 5 }] }])
    expect(set.looksBack).toBe(false)
    expect(windowsOf(set, {})).toEqual({ entries: [], questions: [] })
  })

  it('is one whose rules over time are disabled', () => {
    expect(ruleSet([{ enabled: false, conditions: [calls({})] }]).looksBack).toBe(false)
  })
})

describe('which calls count together', () => {
  test.each`
    by             | one                     | other                                   | together | because
    ${'agent'}     | ${{}}                   | ${{ sessionId: 's' }}                   | ${true}  | ${'it is one agent'}
    ${'agent'}     | ${{}}                   | ${{ agentId: 'bob' }}                   | ${false} | ${'there are two agents'}
    ${'principal'} | ${{ principalId: 'p' }} | ${{ principalId: 'p', agentId: 'bob' }} | ${true}  | ${'both act for one principal'}
    ${'principal'} | ${{ principalId: 'p' }} | ${{ principalId: 'q' }}                 | ${false} | ${'they act for two'}
    ${'principal'} | ${{}}                   | ${{ sessionId: 's' }}                   | ${true}  | ${'the agent stands in for a principal that was not given'}
    ${'principal'} | ${{}}                   | ${{ agentId: 'bob' }}                   | ${false} | ${'and these are two agents'}
    ${'principal'} | ${{}}                   | ${{ principalId: 'ann' }}               | ${false} | ${'an agent is no principal of that name'}
    ${'session'}   | ${{ sessionId: 's' }}   | ${{ sessionId: 's', agentId: 'bob' }}   | ${true}  | ${'it is one session'}
    ${'session'}   | ${{ sessionId: 's' }}   | ${{ sessionId: 'z' }}                   | ${false} | ${'there are two sessions'}
    ${'session'}   | ${{}}                   | ${{ principalId: 'p' }}                 | ${true}  | ${'the agent stands in for a session that was not given'}
    ${'session'}   | ${{}}                   | ${{ sessionId: 'ann' }}                 | ${false} | ${'an agent is no session of that name'}
    ${'tool'}      | ${{}}                   | ${{ agentId: 'bob' }}                   | ${true}  | ${'it is one tool'}
    ${'tool'}      | ${{ tool: 't1' }}       | ${{ tool: 't2' }}                       | ${false} | ${'each tool of the pattern has its own'}
    ${'agent'}     | ${{ tool: 't1' }}       | ${{ tool: 't2' }}                       | ${true}  | ${'all tools of the pattern count'}
  `('by $by, $one and $other: $together, $because', ({ by, one, other, together }) => {
    const set = ruleSet([{ function_pattern: 't*', conditions: [calls({ by })] }])
    expect(counters(set, one)).toHaveLength(1)
    expect(counters(set, one)[0] === counters(set, other)[0]).toBe(together)
  })

  test.each`
    rule                                               | asked                 | counts   | because
    ${{}}                                              | ${{ tool: 'u' }}      | ${false} | ${'the rule is about another tool'}
    ${{ agent_pattern: 'b*' }}                         | ${{}}                 | ${false} | ${'the rule is about other agents'}
    ${{ agent_pattern: 'b*' }}                         | ${{ agentId: 'bob' }} | ${true}  | ${'the rule is about this agent'}
    ${{ conditions: [{ not: { any: [calls({})] } }] }} | ${{}}                 | ${true}  | ${'the window may stand deep inside'}
  `('$rule counts $asked: $counts, $because', ({ rule, asked, counts }) => {
    expect(counters(ruleSet([{ conditions: [calls({})], ...rule }]), asked)).toHaveLength(counts ? 1 : 0)
  })

  it('counts once for all rules with the same patterns, as long as the longest needs', () => {
    const set = ruleSet([
      { conditions: [calls({ max: 5 })] },
      { conditions: [calls({ window: '1d' })], action: 'warn' },
    ])
    const { entries, questions } = windowsOf(set, {})
    expect(entries.map(({ keepMs }) => keepMs)).toEqual([24 * HOUR_MS])
    expect(questions).toMatchObject([
      { key: KEY, windowMs: HOUR_MS, atLeast: 5 },
      { key: 'rules[1].conditions[0]', windowMs: 24 * HOUR_MS, atLeast: 2 },
    ])
  })
})

describe('sum_in_window', () => {
  test.each`
    params                   | amount                      | answer       | because
    ${{ amount: 0.1 }}       | ${'0.1'}                    | ${'asked'}   | ${'a number counts'}
    ${{ amount: '5.10' }}    | ${'5.10'}                   | ${'asked'}   | ${'a decimal as text too'}
    ${{ amount: 2n ** 70n }} | ${'1180591620717411303424'} | ${'asked'}   | ${'and a bigint, whole'}
    ${{ amount: 0 }}         | ${'0'}                      | ${'asked'}   | ${'nothing is a number'}
    ${{ amount: '5,000' }}   | ${undefined}                | ${'unknown'} | ${'nobody guesses at it'}
    ${{ amount: [5] }}       | ${undefined}                | ${'unknown'} | ${'an array is no number'}
    ${{ amount: null }}      | ${undefined}                | ${'unknown'} | ${'null is no number'}
    ${{ amount: -5 }}        | ${undefined}                | ${'unknown'} | ${'a negative one would make room'}
  `('$params adds $amount and is $answer: $because', ({ params, amount, answer }) => {
    const set = ruleSet([{ conditions: [sum()] }])
    const { entries, questions } = windowsOf(set, { params })
    expect(entries.map((entry) => entry.amount)).toEqual([amount])
    expect(questions).toHaveLength(answer === 'asked' ? 1 : 0)
    expect(actionOf(set, { params }, { [KEY]: false }).action).toBe(answer === 'asked' ? 'allow' : 'block')
    expect(actionOf(set, { params }, { [KEY]: true }).action).toBe('block')
  })

  it('adds up all that is at a path', () => {
    const set = ruleSet([{ conditions: [sum({}, 'items[].price')] }])
    const params = { items: [{ price: 0.1 }, { price: '0.2' }] }
    expect(windowsOf(set, { params }).questions).toMatchObject([{ of: 'amounts', own: '0.3', max: '100' }])
  })

  test.each`
    action     | params                           | decided    | because
    ${'block'} | ${{}}                            | ${'allow'} | ${'a missing parameter adds nothing'}
    ${'block'} | ${{ items: [] }}                 | ${'allow'} | ${'nor does an empty list'}
    ${'block'} | ${{ items: 5 }}                  | ${'block'} | ${'what is no list is unknown'}
    ${'allow'} | ${{}}                            | ${'block'} | ${'an allow rule goes by what is there'}
    ${'allow'} | ${{ items: [{ price: 1 }, {}] }} | ${'block'} | ${'and by all of it'}
    ${'allow'} | ${{ items: [{ price: 1 }] }}     | ${'allow'} | ${'within the bounds'}
  `('in a rule to $action, $params: $decided, $because', ({ action, params, decided }) => {
    const condition = sum({}, 'items[].price')
    const asked = action === 'allow' ? { not: condition } : condition
    const set = ruleSet([{ action, conditions: [asked] }], { default_action: action === 'allow' ? 'block' : 'allow' })
    expect(actionOf(set, { params }, { [KEY]: false, [`${KEY}.not`]: false }).action).toBe(decided)
  })

  it('[P14] reads the amount as the log has it: a secret is not kept, and is unknown', () => {
    const set = ruleSet([{ conditions: [sum()] }])
    const asked = { params: { amount: 1234 }, redacted: { amount: { redacted: 'digest' } } as { [key: string]: Plain } }
    expect(windowsOf(set, asked)).toMatchObject({ entries: [{ amount: undefined }], questions: [] })
    expect(actionOf(set, asked, {}).action).toBe('block')
  })

  it('names its parameter as one that it looked at', () => {
    const [hit] = actionOf(ruleSet([{ conditions: [sum()] }]), { params: { amount: 1 } }, { [KEY]: true }).hits
    expect(hit).toMatchObject({ because: 'matched', params: ['amount'] })
  })
})

describe('after', () => {
  const set = ruleSet([{ function_pattern: 'send', conditions: [after] }])

  it('marks calls of the tool for their session and their agent, and asks of others', () => {
    expect(counters(set, { tool: 'read_mail' })).toHaveLength(1)
    expect(counters(set, { tool: 'read_mail', sessionId: 's' })).toHaveLength(2)
    expect(counters(set, { tool: 'send' })).toEqual([])
    expect(windowsOf(set, { tool: 'read_mail' }).questions).toEqual([])
    expect(windowsOf(set, { tool: 'other' })).toEqual({ entries: [], questions: [] })
  })

  test.each`
    read                  | sent                                  | seen     | because
    ${{ sessionId: 's' }} | ${{ sessionId: 's' }}                 | ${true}  | ${'it is the session'}
    ${{ sessionId: 's' }} | ${{ sessionId: 's', agentId: 'bob' }} | ${true}  | ${'whichever agent'}
    ${{ sessionId: 's' }} | ${{ sessionId: 'z' }}                 | ${false} | ${'another session'}
    ${{ sessionId: 's' }} | ${{}}                                 | ${true}  | ${'without a session it is the agent, in any session'}
    ${{}}                 | ${{}}                                 | ${true}  | ${'it is the agent'}
    ${{}}                 | ${{ agentId: 'bob' }}                 | ${false} | ${'another agent'}
    ${{}}                 | ${{ sessionId: 's' }}                 | ${false} | ${'the session did not'}
  `('a read by $read is seen by $sent: $seen, $because', ({ read, sent, seen }) => {
    const [question] = windowsOf(set, { tool: 'send', ...sent }).questions
    expect(question).toMatchObject({ of: 'calls', atLeast: 1, windowMs: HOUR_MS / 6 })
    expect(counters(set, { tool: 'read_mail', ...read }).includes(question?.counter ?? '')).toBe(seen)
  })
})

describe('[P3] [F3] what nobody could answer', () => {
  test.each`
    condition             | action                | decided       | because
    ${calls({})}          | ${'block'}            | ${'block'}    | ${'an unknown block rule matches'}
    ${calls({})}          | ${'require_approval'} | ${'escalate'} | ${'so does one that asks'}
    ${{ not: calls({}) }} | ${'block'}            | ${'block'}    | ${'and its opposite'}
    ${after}              | ${'block'}            | ${'block'}    | ${'whatever was asked'}
    ${sum()}              | ${'warn'}             | ${'warn'}     | ${'and whatever the rule says'}
    ${{ not: calls({}) }} | ${'allow'}            | ${'allow'}    | ${'the default speaks where an allow rule does not'}
  `('$action on $condition: $decided, $because', ({ condition, action, decided }) => {
    const set = ruleSet([{ action, conditions: [condition] }])
    const asked = { params: { amount: 1 } }
    expect(set.evaluate(callOf(asked)).action).toBe(decided)
    expect(actionOf(set, asked, { 'rules[9].conditions[9]': true }).action).toBe(decided)
  })

  it('is named in the record', () => {
    const set = ruleSet([{ conditions: [sum()] }])
    const asked = { params: { amount: 1 } }
    const doubtOf = (answers: Record<string, 'unknown'>) => actionOf(set, asked, answers).hits[0]?.unknown[0]
    expect(doubtOf({})).toEqual({
      param: 'amount',
      operator: 'sum_in_window',
      because: 'the calls before this one could not be counted',
    })
    expect(doubtOf({ [KEY]: 'unknown' })?.because).toBe(
      'the window holds an amount that is not known, or too many to add up',
    )
  })
})
