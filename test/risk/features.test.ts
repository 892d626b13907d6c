import { expect, it, test } from 'vitest'
import { leavesOf, PATH_CHARS_MAX } from '../../src/risk/features.ts'

test.each`
  params                                        | leaves                                          | because
  ${{ amount: 50 }}                             | ${[['amount', 50]]}                             | ${'a parameter is a leaf'}
  ${{ order: { total: 5, by: { card: 'x' } } }} | ${[['order.total', 5], ['order.by.card', 'x']]} | ${'objects are entered to any depth'}
  ${{ amount: [50, 60] }}                       | ${[['amount', 50], ['amount', 60]]}             | ${'elements belong to their parameter'}
  ${{ amount: [[[5000]]] }}                     | ${[['amount', 5000]]}                           | ${'an array around a value does not hide it'}
  ${{ items: [{ price: 1 }, { price: 2n }] }}   | ${[['items.price', 1], ['items.price', 2n]]}    | ${'positions are left out of paths'}
  ${{ a: null, b: true, c: '' }}                | ${[['a', null], ['b', true], ['c', '']]}        | ${'every scalar is a leaf'}
  ${{ 'a.b': 1, a: { b: 2 } }}                  | ${[['a\\.b', 1], ['a.b', 2]]}                   | ${'a dotted key is not taken for a nested one'}
  ${{ 'a\\': { b: 1 }, 'a\\.b': 2 }}            | ${[['a\\\\.b', 1], ['a\\\\\\.b', 2]]}           | ${'nor is an escaped one'}
  ${{ '': { '': 1 } }}                          | ${[['.', 1]]}                                   | ${'an empty key is a key'}
  ${{ constructor: 1, toString: [] }}           | ${[['constructor', 1]]}                         | ${'names of the object prototype are only names'}
  ${{}}                                         | ${[]}                                           | ${'a call without arguments has no leaves'}
`('$params -> $leaves: $because', ({ params, leaves }) => {
  expect(leavesOf(params).map(({ path, value }) => [path, value])).toEqual(leaves)
})

it('keeps `__proto__` as a name of its own', () => {
  const params = JSON.parse('{"__proto__": {"amount": 7}}')
  expect(leavesOf(params)).toEqual([{ path: '__proto__.amount', value: 7 }])
})

it('cuts paths that are too long, and still finds what they lead to [P24]', () => {
  const [leaf] = leavesOf({ ['k'.repeat(10_000)]: { ['m'.repeat(10_000)]: 5 } })
  expect(leaf?.value).toBe(5)
  expect(leaf?.path.length).toBeLessThanOrEqual(PATH_CHARS_MAX + 1)
})

it('enters the deepest and the widest call that a snapshot lets in', () => {
  let deep: object = { amount: 5 }
  for (let depth = 0; depth < 32; depth += 1) deep = { in: deep }
  expect(leavesOf({ deep: deep as never })).toHaveLength(1)
  expect(leavesOf({ wide: Array.from({ length: 10_000 }, (_, index) => index) })).toHaveLength(10_000)
})
