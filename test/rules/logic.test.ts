import { describe, expect, it, test } from 'vitest'
import { type Answer, answer, answerInAllowRule } from './judging.ts'

/** One condition for each of the three values, over `{ yes: 'a', odd: 1 }`. */
const PARAMS = { yes: 'a', odd: 1 }
const CONDITION: Readonly<Record<Answer, object>> = {
  true: { param: 'yes', operator: 'eq', value: 'a' },
  false: { param: 'yes', operator: 'eq', value: 'b' },
  unknown: { param: 'odd', operator: 'eq', value: 'a' },
}

describe('[P3] Kleene logic', () => {
  test.each`
    first        | second       | any          | all
    ${'true'}    | ${'true'}    | ${'true'}    | ${'true'}
    ${'true'}    | ${'false'}   | ${'true'}    | ${'false'}
    ${'true'}    | ${'unknown'} | ${'true'}    | ${'unknown'}
    ${'false'}   | ${'true'}    | ${'true'}    | ${'false'}
    ${'false'}   | ${'false'}   | ${'false'}   | ${'false'}
    ${'false'}   | ${'unknown'} | ${'unknown'} | ${'false'}
    ${'unknown'} | ${'true'}    | ${'true'}    | ${'unknown'}
    ${'unknown'} | ${'false'}   | ${'unknown'} | ${'false'}
    ${'unknown'} | ${'unknown'} | ${'unknown'} | ${'unknown'}
  `('$first, $second: any is $any, all is $all', ({ first, second, any, all }) => {
    const conditions = [CONDITION[first as Answer], CONDITION[second as Answer]]
    expect(answer({ any: conditions }, PARAMS)).toBe(any)
    expect(answer({ all: conditions }, PARAMS)).toBe(all)
    expect(answerInAllowRule({ any: conditions }, PARAMS)).toBe(any)
    expect(answerInAllowRule({ all: conditions }, PARAMS)).toBe(all)
  })

  test.each`
    given        | not
    ${'true'}    | ${'false'}
    ${'false'}   | ${'true'}
    ${'unknown'} | ${'unknown'}
  `('not $given is $not', ({ given, not }) => {
    expect(answer({ not: CONDITION[given as Answer] }, PARAMS)).toBe(not)
    expect(answer({ not: { not: CONDITION[given as Answer] } }, PARAMS)).toBe(given)
  })

  it('nests', () => {
    const { true: yes, false: no, unknown } = CONDITION
    expect(answer({ any: [{ all: [yes, { not: no }] }, unknown] }, PARAMS)).toBe('true')
    expect(answer({ all: [{ any: [no, unknown] }, { not: { any: [yes] } }] }, PARAMS)).toBe('false')
    expect(answer({ not: { all: [yes, { any: [no, unknown] }] } }, PARAMS)).toBe('unknown')
  })
})
