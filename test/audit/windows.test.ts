import { expect, test } from 'vitest'
import { areTooMuch } from '../../src/audit/windows.ts'

/** Amounts without end; counts how many were read. */
function endless(amount: string | null): { readonly amounts: Iterable<string | null>; read: number } {
  const counted = {
    read: 0,
    amounts: {
      *[Symbol.iterator]() {
        for (;;) {
          counted.read++
          yield amount
        }
      },
    },
  }
  return counted
}

test.each`
  others  | max          | answer       | read       | because
  ${'1'}  | ${'2.5'}     | ${true}      | ${2}       | ${'the third settles the matter'}
  ${'1'}  | ${'99999'}   | ${true}      | ${99_999}  | ${'so many can be added up'}
  ${'1'}  | ${'1000000'} | ${'unknown'} | ${100_001} | ${'more can not'}
  ${null} | ${'2.5'}     | ${'unknown'} | ${100_001} | ${'what is not known is no end either'}
  ${null} | ${'0.5'}     | ${true}      | ${0}       | ${'the call itself is too much'}
`('[P6] with 1 itself and others of $others, more than $max: $answer after $read, $because', (row) => {
  const { others, max, answer, read } = row
  const counted = endless(others)
  const question = { key: 'k', counter: 'c', windowMs: 1, of: 'amounts', own: '1', max } as const
  expect(areTooMuch(counted.amounts, question)).toBe(answer)
  expect(counted.read).toBe(read)
})
