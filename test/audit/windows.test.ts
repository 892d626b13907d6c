import { expect, test } from 'vitest'
import { areTooMuch } from '../../src/audit/windows.ts'

/** Amounts without end; counts how many were read. */
function endless(): { readonly amounts: Iterable<string>; read: number } {
  const counted = {
    read: 0,
    amounts: {
      *[Symbol.iterator]() {
        for (;;) {
          counted.read++
          yield '1'
        }
      },
    },
  }
  return counted
}

test.each`
  max          | answer       | read       | because
  ${'2.5'}     | ${true}      | ${2}       | ${'the third settles the matter'}
  ${'99999'}   | ${true}      | ${99_999}  | ${'so many can be added up'}
  ${'1000000'} | ${'unknown'} | ${100_001} | ${'more can not'}
`('[P6] with 1 itself and others of 1, more than $max: $answer after $read, $because', ({ max, answer, read }) => {
  const counted = endless()
  const question = { key: 'k', counter: 'c', windowMs: 1, of: 'amounts', own: '1', max } as const
  expect(areTooMuch(counted.amounts, question)).toBe(answer)
  expect(counted.read).toBe(read)
})
