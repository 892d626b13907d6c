import { describe, expect, it, test } from 'vitest'
import { isRedacted, markOf, withoutDigests, withPlainMarks } from '../../src/domain/redacted.ts'

const MARK = markOf('0123456789abcdef')

describe('a text', () => {
  test.each`
    text                             | is       | because
    ${MARK}                          | ${true}  | ${'a mark and nothing else'}
    ${`${MARK} `}                    | ${false} | ${'something stands after it'}
    ${`a${MARK}`}                    | ${false} | ${'something stands before it'}
    ${`${MARK}\n`}                   | ${false} | ${'a line break is something'}
    ${'[redacted]'}                  | ${false} | ${'anybody can write that'}
    ${'[redacted:0123456789ABCDEF]'} | ${false} | ${'digests are in lower case'}
    ${'[redacted:0123456789abcde]'}  | ${false} | ${'a digit is missing'}
    ${''}                            | ${false} | ${'nothing'}
  `('$text is a redacted value: $is, $because', ({ text, is }) => {
    expect(isRedacted(text)).toBe(is)
  })

  test.each`
    text                         | shown
    ${MARK}                      | ${'[redacted]'}
    ${`a=${MARK}&b=${MARK}`}     | ${'a=[redacted]&b=[redacted]'}
    ${'[redacted:nothing of it'} | ${'[redacted:nothing of it'}
    ${'[redacted] and more'}     | ${'[redacted] and more'}
    ${'plain'}                   | ${'plain'}
  `('$text without digests is $shown', ({ text, shown }) => {
    expect(withoutDigests(text)).toBe(shown)
  })
})

describe('what an approver reads', () => {
  it('has plain marks at any depth, and is frozen', () => {
    const shown = withPlainMarks({ params: { a: { b: [MARK, `x ${MARK}`, 1, 2n, null] } }, paths: ['a.b[0]'] })
    expect(shown).toEqual({ a: { b: ['[redacted]', 'x [redacted]', 1, 2n, null] } })
    expect(Object.isFrozen(shown) && Object.isFrozen(shown.a)).toBe(true)
    expect(Object.getPrototypeOf(shown)).toBeNull()
  })

  it('is the very same object when nothing was redacted', () => {
    const params = { a: 1 }
    expect(withPlainMarks({ params, paths: [] })).toBe(params)
  })
})
