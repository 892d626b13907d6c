import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Action, strictness } from '../../src/domain/action.ts'
import { SentinelRulesError } from '../../src/errors.ts'
import { jsonTextProblems } from '../../src/rules/json-text.ts'
import { parseRules } from '../../src/rules/load.ts'
import { asParams } from '../rules/judging.ts'
import { degreeOf, type FileCondition, type FileRule, type RulesFile, reference } from '../rules/reference.ts'

const RUNS = 10_000
const NAMES = ['amount', 'to', 'constructor', '__proto__'] as const

const number = fc.constantFrom(-1, 0, 1, 5, 100, 5000, 0.5)
const text = fc.constantFrom('a', 'b', '5', '100', '5000', '5,000', ' 5', '')
/** Values of the kind that rules expect, and of every other. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: number },
  { weight: 4, arbitrary: text },
  fc.constantFrom(5n, 5000n, true, false, null, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<unknown>([5000], ['a'], [], {}, { amount: 5000 }),
)

const leaf: fc.Arbitrary<FileCondition> = fc
  .record({
    param: fc.constantFrom(...NAMES),
    asked: fc.oneof(
      fc.record({ operator: fc.constant('gt'), value: number as fc.Arbitrary<unknown> }),
      fc.record({ operator: fc.constantFrom('eq', 'ne'), value: fc.oneof(number, text) as fc.Arbitrary<unknown> }),
      fc.record({
        operator: fc.constantFrom('in', 'not_in'),
        value: fc.oneof(
          fc.array(number, { maxLength: 3 }),
          fc.array(text, { maxLength: 3 }),
          fc.array(fc.oneof(number, text), { maxLength: 3 }),
        ) as fc.Arbitrary<unknown>,
      }),
      fc.record({ operator: fc.constant('exists'), value: fc.boolean() as fc.Arbitrary<unknown> }),
    ),
  })
  .map(({ param, asked }) => ({ param, ...asked }))

const { condition } = fc.letrec<{ condition: FileCondition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 5, arbitrary: leaf },
    fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ all: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('condition') }),
  ),
}))

const action = fc.constantFrom('allow', 'warn', 'require_approval', 'block')
const ruleBody = fc.record({
  action,
  priority: fc.constantFrom(1, 2, 3),
  conditions: fc.array(condition, { maxLength: 2 }),
})
const file: fc.Arbitrary<RulesFile> = fc
  .record({ default_action: action, first_match: fc.boolean(), bodies: fc.array(ruleBody, { maxLength: 6 }) })
  .map(({ bodies, ...top }) => ({ ...top, rules: bodies.map((body, at) => ({ id: `r${at}`, ...body })) }))
const byStrictness = file.map((made) => ({ ...made, first_match: false }))

/** Arguments as the guard has them: `__proto__` is a key like any other. */
const params = fc
  .dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 3 })
  .map((made) => Object.assign(Object.create(null), made) as Record<string, unknown>)

const load = (rules: RulesFile) =>
  parseRules({ ...rules, rules: rules.rules.map((each) => ({ function_pattern: '*', ...each })) })
const judge = (rules: RulesFile, given: Record<string, unknown>) =>
  load(rules).evaluate({ tool: 'constructor', agentId: 'agent', params: asParams(given) })
const inFile = (made: Action): string => (made === 'escalate' ? 'require_approval' : made)
const rank = (rules: RulesFile, given: Record<string, unknown>): number => strictness(judge(rules, given).action)

/** The priority number of the group that answers; undefined when the default does. */
function decidingNumber(rules: RulesFile, given: Record<string, unknown>): number | undefined {
  const answers = rules.rules.filter(
    (each) =>
      each.action !== 'warn' && each.conditions.every((asked) => degreeOf(asked, given, each.action === 'allow') === 1),
  )
  return answers.length === 0 ? undefined : Math.min(...answers.map(({ priority }) => priority))
}

describe('[P1] [P3] every set of rules', () => {
  it('decides as the second evaluator does', () => {
    fc.assert(
      fc.property(file, params, (rules, given) => {
        expect(inFile(judge(rules, given).action)).toBe(reference(rules, given))
      }),
      { numRuns: RUNS },
    )
  })

  it('decides the same, for the same reasons, in every order', () => {
    const shuffled = byStrictness.chain((rules) =>
      fc.tuple(fc.constant(rules), fc.shuffledSubarray([...rules.rules], { minLength: rules.rules.length })),
    )
    fc.assert(
      fc.property(shuffled, params, ([rules, reordered], given) => {
        const { rulesDigest: _, ...verdict } = judge(rules, given)
        const { rulesDigest: __, ...other } = judge({ ...rules, rules: reordered }, given)
        expect(other).toEqual(verdict)
      }),
      { numRuns: RUNS },
    )
  })

  it('decides the same when rules are repeated', () => {
    fc.assert(
      fc.property(byStrictness, params, fc.infiniteStream(fc.nat()), (rules, given, picks) => {
        const copies =
          rules.rules.length === 0
            ? []
            : [...picks.take(3)].map((pick, at) => ({
                ...(rules.rules[pick % rules.rules.length] as FileRule),
                id: `copy${at}`,
              }))
        const verdict = judge(rules, given)
        const other = judge({ ...rules, rules: [...copies, ...rules.rules] }, given)
        expect([other.action, other.decidedBy, other.skipAnomaly]).toEqual([
          verdict.action,
          verdict.decidedBy,
          verdict.skipAnomaly,
        ])
      }),
      { numRuns: RUNS },
    )
  })

  it('never becomes milder when a block rule or a warn rule is added, at any number', () => {
    const added = ruleBody.chain((body) =>
      fc.constantFrom('block' as const, 'warn' as const).map((made) => ({ ...body, id: 'added', action: made })),
    )
    fc.assert(
      fc.property(file, added, params, (rules, extra, given) => {
        const before = rank(rules, given)
        expect(rank({ ...rules, rules: [...rules.rules, extra] }, given)).toBeGreaterThanOrEqual(before)
        expect(rank({ ...rules, rules: [extra, ...rules.rules] }, given)).toBeGreaterThanOrEqual(before)
      }),
      { numRuns: RUNS },
    )
  })

  it('never becomes milder when any rule but an allow rule is added at the number that answers', () => {
    const added = ruleBody.filter((body) => body.action !== 'allow').map((body) => ({ ...body, id: 'added' }))
    fc.assert(
      fc.property(byStrictness, added, params, (rules, extra, given) => {
        const priority = decidingNumber(rules, given)
        fc.pre(priority !== undefined)
        const more = { ...rules, rules: [...rules.rules, { ...extra, priority: priority ?? 0 }] }
        expect(rank(more, given)).toBeGreaterThanOrEqual(rank(rules, given))
      }),
      { numRuns: RUNS },
    )
  })
})

describe('[P3] every disguise of a value', () => {
  const plain = fc.constantFrom(1, 5, 100, 5000)
  const numeric: fc.Arbitrary<FileCondition> = fc.oneof(
    fc.record({ param: fc.constant('amount'), operator: fc.constant('gt'), value: number as fc.Arbitrary<unknown> }),
    fc.record({
      param: fc.constant('amount'),
      operator: fc.constantFrom('eq', 'ne'),
      value: number as fc.Arbitrary<unknown>,
    }),
    fc.record({
      param: fc.constant('amount'),
      operator: fc.constantFrom('in', 'not_in'),
      value: fc.array(number, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<unknown>,
    }),
    leaf.filter((made) => 'param' in made && made.param !== 'amount'),
  )
  const { tree } = fc.letrec<{ tree: FileCondition }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      { weight: 4, arbitrary: numeric },
      fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie('tree') }),
    ),
  }))
  const overNumbers = fc
    .record({
      default_action: action,
      first_match: fc.boolean(),
      bodies: fc.array(
        fc.record({ action, priority: fc.constantFrom(1, 2, 3), conditions: fc.array(tree, { maxLength: 2 }) }),
        { maxLength: 6 },
      ),
    })
    .map(({ bodies, ...top }): RulesFile => ({ ...top, rules: bodies.map((body, at) => ({ id: `r${at}`, ...body })) }))

  it('that hides a number never gets a milder decision than the number itself', () => {
    const disguises = (amount: number): unknown[] => [
      [amount],
      `${amount},0`,
      `${amount}e0`,
      ` ${amount}`,
      { amount },
      null,
      true,
      Number.NaN,
    ]
    fc.assert(
      fc.property(overNumbers, plain, fc.nat(7), (rules, amount, pick) => {
        const disguised = disguises(amount)[pick]
        expect(rank(rules, { amount: disguised })).toBeGreaterThanOrEqual(rank(rules, { amount }))
      }),
      { numRuns: RUNS },
    )
  })

  it('that writes the same number another way gets the same decision', () => {
    fc.assert(
      fc.property(overNumbers, plain, (rules, amount) => {
        const { action: decided } = judge(rules, { amount })
        for (const same of [`${amount}`, BigInt(amount), `${amount}.0`, `0${amount}`])
          expect(judge(rules, { amount: same }).action).toBe(decided)
      }),
      { numRuns: RUNS / 10 },
    )
  })
})

describe('[P4] whatever is given as rules', () => {
  it('loads or is refused with a typed error that names each place', () => {
    const source = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
      fc.record({ version: fc.anything(), default_action: fc.anything(), rules: fc.anything() }, { requiredKeys: [] }),
      fc.record({
        rules: fc.array(
          fc.record(
            {
              id: fc.string(),
              function_pattern: fc.string(),
              action,
              priority: fc.anything(),
              conditions: fc.array(fc.oneof(condition, fc.anything())),
            },
            { requiredKeys: [] },
          ),
        ),
      }),
    )
    fc.assert(
      fc.property(source, (given) => {
        try {
          parseRules(given)
        } catch (error) {
          expect(error).toBeInstanceOf(SentinelRulesError)
          expect((error as SentinelRulesError).issues.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: RUNS / 5 },
    )
  })

  it('finds a syntax error exactly where JSON.parse refuses', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', '0', 'e', '\n', '\u0000', '['))
      .map(
        ([json, at, insert]) =>
          json.slice(0, at % (json.length + 1)) + insert + json.slice((at % (json.length + 1)) + (at % 2)),
      )
    fc.assert(
      fc.property(broken, (json) => {
        let isJson = true
        try {
          JSON.parse(json)
        } catch {
          isJson = false
        }
        expect(jsonTextProblems(json).every(({ code }) => code !== 'bad_json')).toBe(isJson)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('[P3] whatever the arguments are', () => {
  it('every operator answers, and none throws', () => {
    const everything = load({
      default_action: 'allow',
      first_match: false,
      rules: [
        ['eq', 1],
        ['eq', { a: [1] }],
        ['ne', 'a'],
        ['gt', 1],
        ['lte', 1],
        ['contains', 'a'],
        ['contains', 1],
        ['not_contains', null],
        ['startswith', 'a'],
        ['endswith', 'a'],
        ['regex', 'a|b'],
        ['matches', 'a'],
        ['in', [1, 'a', null]],
        ['not_in', ['a']],
        ['exists', true],
        ['len_gt', 1],
        ['email_domain_in', 'a.com'],
        ['not_email_domain_in', 'a.com'],
        ['host_in', 'a.com'],
        ['not_host_in', 'a.com'],
        ['host_private', true],
        ['not_host_private', true],
        ['path_under', '/a'],
        ['not_path_under', ['/a', 'b']],
      ].flatMap(([operator, wanted], at) =>
        ['p', 'p[]', 'p.a', 'p[].a'].map(
          (param): FileRule => ({
            id: `${at} ${param}`,
            action: 'block',
            priority: 1,
            conditions: [{ param, operator: String(operator), value: wanted }],
          }),
        ),
      ),
    })
    fc.assert(
      fc.property(fc.anything({ withBigInt: true }), fc.string({ unit: 'binary' }), (anything, words) => {
        for (const p of [
          anything,
          words,
          `http://${words}`,
          `a@${words}`,
          `/${words}`,
          [words, anything],
          { a: anything },
        ]) {
          const verdict = everything.evaluate({ tool: 't', agentId: 'a', params: asParams({ p }) })
          expect(
            verdict.hits
              .flatMap(({ unknown }) => unknown.map(({ because }) => because))
              .filter((because) => because.includes('failed')),
          ).toEqual([])
        }
      }),
      { numRuns: RUNS / 10 },
    )
  })
})
