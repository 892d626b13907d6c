import { describe, expect, it, test } from 'vitest'
import { evaluate, ruleSet } from './judging.ts'

const WILD = '(?i)[\\pL\\pN]{20}$'
const mails = Array.from({ length: 10_000 }, (_, at) => `a${at}@good.com`)
const urls = Array.from({ length: 10_000 }, (_, at) => `https://é${at}.good.com/`)

describe('[P6] beyond what a call may cost a condition is unknown, which never weakens a decision', () => {
  test.each`
    condition                                                            | value
    ${{ param: 'v', operator: 'regex', value: WILD }}                    | ${`${'a'.repeat(4_000)}!`}
    ${{ param: 'v', operator: 'matches', value: '(?i)[\\pL\\pN]{20}x' }} | ${'a'.repeat(16_000)}
    ${{ param: 'v', operator: 'contains', value: 'b'.repeat(2_000) }}    | ${'a'.repeat(500_000)}
    ${{ param: 'v', operator: 'contains', value: 'x' }}                  | ${mails}
    ${{ param: 'v', operator: 'email_domain_in', value: 'evil.com' }}    | ${mails}
    ${{ param: 'v[]', operator: 'email_domain_in', value: 'evil.com' }}  | ${mails}
    ${{ param: 'v', operator: 'host_in', value: 'evil.com' }}            | ${urls}
    ${{ param: 'v', operator: 'host_private', value: true }}             | ${urls}
    ${{ param: 'v', operator: 'path_under', value: '/etc' }}             | ${urls.map((_, at) => `/srv/${at}`)}
    ${{ param: 'v[].x', operator: 'gt', value: 1 }}                      | ${urls.map(() => ({ x: 1 }))}
    ${{ param: 'v', operator: 'contains', value: { a: 1, b: 2 } }}       | ${urls.map(() => ({ a: 1, b: 3 }))}
  `('$condition', ({ condition, value }) => {
    const many = (action: string) =>
      Array.from({ length: 150 }, (_, at) => ({ id: `${action}${at}`, action, conditions: [condition] }))
    const blocked = evaluate(ruleSet(many('block')), { v: value })
    expect(blocked.action).toBe('block')
    expect(blocked.hits.every(({ because }) => because === 'unknown')).toBe(true)
    expect(blocked.hits.at(-1)?.unknown[0]?.because).toContain('spent all the work')
    expect(evaluate(ruleSet(many('allow'), { default_action: 'block' }), { v: value }).action).toBe('block')
  })

  it('leaves what costs next to nothing judged', () => {
    const wild = Array.from({ length: 50 }, (_, at) => ({
      id: `wild${at}`,
      action: 'warn',
      conditions: [{ param: 'v', operator: 'regex', value: `${WILD}|${at}` }],
    }))
    const small = { id: 'zz', conditions: [{ param: 'amount', operator: 'gt', value: 100 }] }
    const verdict = evaluate(ruleSet([...wild, small]), { v: 'a'.repeat(2_000), amount: 5 })
    expect(verdict.action).toBe('warn')
    expect(verdict.hits.some(({ ruleId }) => ruleId === 'zz')).toBe(false)
  })

  it('reads one address once, however many rules look at it', () => {
    const to = Array.from({ length: 100 }, (_, at) => `a${at}@good.com`).join(', ')
    const rules = Array.from({ length: 1_000 }, (_, at) => ({
      conditions: [{ param: 'to', operator: 'email_domain_in', value: `evil${at}.com` }],
    }))
    expect(evaluate(ruleSet(rules), { to }).hits).toEqual([])
  })

  it('gives each call its own effort, and the same call the same answer', () => {
    const conditions = [{ param: 'v', operator: 'regex', value: WILD }]
    const set = ruleSet(Array.from({ length: 150 }, () => ({ conditions })))
    const first = evaluate(set, { v: 'a'.repeat(2_000) })
    expect(evaluate(set, { v: 'a'.repeat(2_000) })).toEqual(first)
    expect(evaluate(set, { v: '!' }).hits).toEqual([])
  })
})
