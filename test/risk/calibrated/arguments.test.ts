import { describe, expect, it } from 'vitest'
import type { Params } from '../../../src/domain/plain.ts'
import { argumentsOf } from '../../../src/risk/calibrated/arguments.ts'

const LONG = 'k'.repeat(300)
const CUT = `${'k'.repeat(200)}…`

const read = (params: Params): readonly unknown[] =>
  argumentsOf(params).map(({ path, elements, isList }) => [path, elements.map(({ value }) => value), isList])

describe('the arguments of a call', () => {
  const table: readonly (readonly [string, Params, readonly unknown[]])[] = [
    [
      'in the order of its keys',
      { b: 1, a: null },
      [
        ['b', [1], false],
        ['a', [null], false],
      ],
    ],
    ['of a list as one', { a: [1, [2, 3]] }, [['a', [1, 2, 3], true]]],
    ['of an empty list', { a: [] }, [['a', [], true]]],
    [
      'of objects in a list',
      { a: [{ b: 1 }, { b: 2, c: 3 }] },
      [
        ['a.b', [1, 2], true],
        ['a.c', [3], true],
      ],
    ],
    ['to depth three', { a: { b: { c: 1 } } }, [['a.b.c', [1], false]]],
    ['and what is deeper as one list', { a: { b: { c: { d: 1, e: { f: 2 } } } } }, [['a.b.c', [1, 2], true]]],
    [
      'with dots in keys told apart',
      { 'a.b': 1, a: { b: 2, 'c.d': 3 } },
      [
        ['a\\.b', [1], false],
        ['a.b', [2], false],
        ['a.c\\.d', [3], false],
      ],
    ],
    [
      'of keys that are empty',
      { '': 1, a: { '': 2 } },
      [
        ['', [1], false],
        ['a.', [2], false],
      ],
    ],
    [
      'of keys that objects have',
      { constructor: 1, toString: { constructor: 2 } },
      [
        ['constructor', [1], false],
        ['toString.constructor', [2], false],
      ],
    ],
    ['of long keys, cut', { [LONG]: { [LONG]: 1 }, [`${LONG}!`]: 2 }, [[CUT, [1, 2], false]]],
  ]

  it.each(table)('are read %s', (_name, params, expected) => {
    expect(read(params)).toEqual(expected)
    expect(read(params)).toEqual(expected)
  })

  it('are the same after thousands of other keys', () => {
    for (let key = 0; key < 5_000; key++) read({ [`x${key}`]: { [`y${key}`]: key } })
    for (const [, params, expected] of table) expect(read(params)).toEqual(expected)
  })
})
