import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type DecisionSettings,
  decide,
  type OpinionFinding,
  type RiskFinding,
  refuseUnjudgeable,
} from '../../src/decide/decide.ts'
import { sentenceForModel } from '../../src/decide/explain.ts'
import { ACTIONS, type Action, strictness } from '../../src/domain/action.ts'
import type { Signal } from '../../src/domain/risk.ts'
import { riskScore } from '../../src/domain/units.ts'
import { NO_RULES, type RuleHit, type Verdict } from '../../src/domain/verdict.ts'

const settings: DecisionSettings = {
  thresholds: { warn: 4, escalate: 7, block: 9 },
  failMode: 'secure',
  approvalTimeoutMs: 1_000,
  enforcement: 'enforced',
}
const hit = (action: Action, more: Partial<RuleHit> = {}): RuleHit => ({
  ruleId: `rule-${action}`,
  action,
  message: undefined,
  params: [],
  because: 'matched',
  unknown: [],
  ...more,
})
const verdictOf = (action: Action, more: Partial<Verdict> = {}): Verdict => ({
  ...NO_RULES,
  action,
  hits: [hit(action)],
  decidedBy: 'rules',
  ...more,
})
const signal = (risk: number): Signal => ({
  kind: 'value_outlier',
  param: 'amount',
  risk: riskScore(risk),
  z: 3,
  message: `it is ${risk}`,
  usual: undefined,
  oneIn: undefined,
})
const scored = (risk: number): RiskFinding => ({
  status: 'scored',
  assessment: { score: riskScore(risk), signals: risk > 0 ? [signal(risk)] : [], readings: [], samples: 10 },
})
const NOT_ASKED: OpinionFinding = { status: 'not-asked' }
const decided = (
  verdict: Verdict,
  risk: RiskFinding,
  more: { opinion?: OpinionFinding; settings?: Partial<DecisionSettings> } = {},
) => decide({ verdict, risk, opinion: more.opinion ?? NOT_ASKED }, { ...settings, ...more.settings })

describe('the strictest of rules and risk', () => {
  test.each`
    rule          | risk    | action        | because
    ${'allow'}    | ${0}    | ${'allow'}    | ${'nothing stands against it'}
    ${'allow'}    | ${3.99} | ${'allow'}    | ${'below the warn threshold'}
    ${'allow'}    | ${4}    | ${'warn'}     | ${'thresholds are inclusive'}
    ${'allow'}    | ${6.99} | ${'warn'}     | ${'below the escalation threshold'}
    ${'allow'}    | ${7}    | ${'escalate'} | ${'a human must approve, even without a rule'}
    ${'allow'}    | ${9}    | ${'block'}    | ${'an allow rule does not silence an anomaly'}
    ${'warn'}     | ${0}    | ${'warn'}     | ${'a rule needs no anomaly'}
    ${'warn'}     | ${7}    | ${'escalate'} | ${'an anomaly raises'}
    ${'escalate'} | ${5}    | ${'escalate'} | ${'the mild anomaly changes nothing'}
    ${'escalate'} | ${9.5}  | ${'block'}    | ${'an anomaly raises'}
    ${'block'}    | ${0}    | ${'block'}    | ${'a block rule needs no anomaly'}
    ${'block'}    | ${7}    | ${'block'}    | ${'an escalation never weakens a block'}
  `('rule $rule + risk $risk -> $action: $because', ({ rule, risk, action }) => {
    expect(decided(verdictOf(rule), scored(risk)).action).toBe(action)
  })

  const anyVerdict = fc.constantFrom(...ACTIONS).map((action) => verdictOf(action))
  const anyRisk = fc.double({ min: 0, max: 10, noNaN: true })
  it('[P7] never becomes milder when the risk rises, nor than the rules alone', () =>
    fc.assert(
      fc.property(anyVerdict, anyRisk, anyRisk, (verdict, a, b) => {
        const low = decided(verdict, scored(Math.min(a, b)))
        const high = decided(verdict, scored(Math.max(a, b)))
        expect(strictness(high.action)).toBeGreaterThanOrEqual(strictness(low.action))
        expect(strictness(low.action)).toBeGreaterThanOrEqual(strictness(verdict.action))
      }),
    ))

  it('[P7] another judge can only raise', () =>
    fc.assert(
      fc.property(anyVerdict, anyRisk, anyRisk, (verdict, risk, opinion) => {
        const alone = decided(verdict, scored(risk))
        const joined = decided(verdict, scored(risk), {
          opinion: { status: 'given', opinion: { score: riskScore(opinion), reasons: [] } },
        })
        expect(strictness(joined.action)).toBeGreaterThanOrEqual(strictness(alone.action))
        expect(joined.risk).toBe(Math.max(risk, opinion))
      }),
    ))
})

describe('levels follow the configured thresholds', () => {
  const conservative = { thresholds: { warn: 4, escalate: 5, block: 7 } }
  test.each`
    risk   | level         | action
    ${3.9} | ${'LOW'}      | ${'allow'}
    ${4}   | ${'MEDIUM'}   | ${'warn'}
    ${5}   | ${'HIGH'}     | ${'escalate'}
    ${7}   | ${'CRITICAL'} | ${'block'}
  `('conservative: $risk is $level and $action', ({ risk, level, action }) => {
    expect(decided(NO_RULES, scored(risk), { settings: conservative })).toMatchObject({ level, action })
  })
})

describe('skip_anomaly', () => {
  const skipping = verdictOf('allow', { skipAnomaly: true })
  it('allows whatever the risk, which is still recorded', () => {
    expect(decided(skipping, scored(9.5))).toMatchObject({
      action: 'allow',
      risk: 9.5,
      level: 'CRITICAL',
      riskStatus: 'skipped',
    })
  })
  it('does not silence a scorer that failed', () => {
    expect(decided(skipping, { status: 'failed', because: 'x' }).action).toBe('escalate')
  })
})

describe('a call that may be made again later', () => {
  test.each`
    retry      | risk   | expected   | because
    ${'later'} | ${0}   | ${'later'} | ${'only a limit stands in the way'}
    ${'later'} | ${8}   | ${'later'} | ${'a human may still say yes'}
    ${'later'} | ${9.5} | ${'no'}    | ${'its risk blocks it as well'}
    ${'no'}    | ${0}   | ${'no'}    | ${'the rules block it at all times'}
  `('rules: $retry, risk $risk: $expected, $because', ({ retry, risk, expected }) => {
    expect(decided(verdictOf('block', { retry }), scored(risk)).retry).toBe(expected)
  })
})

describe('[F5] a scorer or LLM that fails', () => {
  const failed: RiskFinding = { status: 'failed', because: 'out of cheese' }
  test.each`
    failMode    | rule       | action        | degraded
    ${'secure'} | ${'allow'} | ${'escalate'} | ${false}
    ${'secure'} | ${'block'} | ${'block'}    | ${false}
    ${'safe'}   | ${'allow'} | ${'allow'}    | ${true}
    ${'safe'}   | ${'block'} | ${'block'}    | ${true}
  `('$failMode, rule $rule -> $action', ({ failMode, rule, action, degraded }) => {
    const decision = decided(verdictOf(rule), failed, { settings: { failMode } })
    expect(decision).toMatchObject({ action, degraded, riskStatus: 'unknown' })
    expect(decision.reasons).toContainEqual({
      source: 'fault',
      stage: 'risk',
      message: 'The scorer failed: out of cheese',
    })
  })
  it('holds for the LLM too', () => {
    const opinion: OpinionFinding = { status: 'failed', because: 'timeout' }
    expect(decided(NO_RULES, scored(0), { opinion }).action).toBe('escalate')
    expect(decided(NO_RULES, scored(0), { opinion, settings: { failMode: 'safe' } })).toMatchObject({
      action: 'allow',
      degraded: true,
    })
  })
})

describe('what another judge says', () => {
  const given = (score: number, ...reasons: string[]): OpinionFinding => ({
    status: 'given',
    opinion: { score: riskScore(score), reasons },
  })
  it('is told as one reason, in its name', () => {
    const decision = decided(NO_RULES, scored(0), { opinion: given(9, 'it leaves the house', 'at night') })
    expect(decision.message).toBe('LLM analysis (risk: 9.0): it leaves the house; at night')
    expect(decision.reasons).toEqual([{ source: 'llm', message: decision.message }])
    expect(decided(NO_RULES, scored(0), { opinion: given(9) }).message).toBe('LLM analysis (risk: 9.0)')
  })
  it('in favour of a call is no reason: a model that was talked over must not soothe a human', () => {
    const decision = decided(verdictOf('escalate'), scored(0), { opinion: given(1, 'this is fine, approve it') })
    expect(decision.reasons.map(({ source }) => source)).toEqual(['rule'])
  })
})

describe('what operators read', () => {
  it('names the anomaly', () => {
    expect(decided(NO_RULES, scored(10)).message).toBe('Anomaly detected (risk: 10.0): it is 10')
  })
  it('names the rule, with its own words, and why an unknown one counted', () => {
    const unknown = [{ param: 'amount', operator: 'gt', because: 'expected a number, found text' }]
    const verdict = verdictOf('block', {
      hits: [hit('block', { ruleId: 'cap', because: 'unknown', unknown, message: 'too much' })],
    })
    expect(decided(verdict, scored(0)).message).toBe(
      "Rule 'cap' blocks, because it could not judge 'amount gt' (expected a number, found text): too much",
    )
  })
  it('names only what brought the action about', () => {
    const verdict = verdictOf('block', { hits: [hit('warn'), hit('block', { message: 'no' })] })
    expect(decided(verdict, scored(5)).message).toBe("Rule 'rule-block' blocks: no")
  })
  it('names the default action', () => {
    const verdict: Verdict = { ...NO_RULES, action: 'block', decidedBy: 'default' }
    expect(decided(verdict, scored(0)).reasons).toMatchObject([{ source: 'default' }])
  })
  it('has nothing to say of a silent allow', () => {
    expect(decided(NO_RULES, { status: 'off' })).toMatchObject({ message: '', reasons: [], riskStatus: 'off' })
  })
  it('is frozen', () => {
    const decision = decided(NO_RULES, scored(10))
    expect(Object.isFrozen(decision) && Object.isFrozen(decision.reasons)).toBe(true)
  })
})

describe('what a model reads', () => {
  it("is the rule author's words and never a bound, a mean or a z", () => {
    const withWords = decided(
      verdictOf('block', { hits: [hit('block', { message: 'Ask finance first.' })] }),
      scored(10),
    )
    expect(sentenceForModel(withWords)).toBe('Ask finance first.')
    expect(sentenceForModel(decided(NO_RULES, scored(10)))).toBe('This call is too unusual for this tool.')
    expect(sentenceForModel(decided(verdictOf('block'), scored(0)))).toBe('A rule does not allow this call.')
  })
})

describe('[F4] arguments that can not be judged', () => {
  it('are blocked, and in shadow mode only recorded as such', () => {
    expect(refuseUnjudgeable('a function', 'enforced')).toMatchObject({
      action: 'block',
      enforced: true,
      message: 'a function',
    })
    expect(refuseUnjudgeable('a function', 'shadow')).toMatchObject({ action: 'block', enforced: false })
  })
})
