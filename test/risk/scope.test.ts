import { expect, test } from 'vitest'
import { covers } from '../../src/risk/scope.ts'

test.each`
  names              | path               | covered  | because
  ${['memo']}        | ${'memo'}          | ${true}  | ${'a parameter by its name'}
  ${['memo']}        | ${'memo.text'}     | ${true}  | ${'and all below it'}
  ${['memo']}        | ${'memory'}        | ${false} | ${'a longer name is another one'}
  ${['memo']}        | ${'order.memo'}    | ${false} | ${'a name means the top level'}
  ${['order.notes']} | ${'order.notes.a'} | ${true}  | ${'a path means the value there and all below'}
  ${['order.notes']} | ${'order'}         | ${false} | ${'not what is above'}
  ${['a.b']}         | ${'a\\.b'}         | ${true}  | ${'a key that holds a dot can be named as it is'}
  ${['items[].id']}  | ${'items.id'}      | ${true}  | ${'the brackets of a rule path are understood'}
  ${['x', 'memo']}   | ${'memo'}          | ${true}  | ${'any of the names will do'}
  ${[]}              | ${'memo'}          | ${false} | ${'nothing is covered by no names'}
`('$names covers $path: $covered, $because', ({ names, path, covered }) => {
  expect(covers(names, path)).toBe(covered)
})
