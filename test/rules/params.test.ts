import { describe, expect, it, test } from 'vitest'
import { answer, answerInAllowRule, doubt, evaluate, ruleSet } from './judging.ts'

describe('where a condition looks', () => {
  const order = { order: { items: [{ price: 5 }, { price: 500 }], total: 505, notes: ['a'], nothing: null } }
  test.each`
    param                    | operator    | value    | params                                                  | says         | because
    ${'order.total'}         | ${'gt'}     | ${500}   | ${order}                                                | ${'true'}    | ${'keys of keys'}
    ${'order.items[].price'} | ${'gt'}     | ${400}   | ${order}                                                | ${'true'}    | ${'one element is above'}
    ${'order.items[].price'} | ${'gt'}     | ${900}   | ${order}                                                | ${'false'}   | ${'no element is above'}
    ${'order.notes[]'}       | ${'eq'}     | ${'a'}   | ${order}                                                | ${'true'}    | ${'elements that are no objects'}
    ${'m[][]'}               | ${'eq'}     | ${3}     | ${{ m: [[1], [2, 3]] }}                                 | ${'true'}    | ${'lists of lists'}
    ${'a[].b[].c'}           | ${'eq'}     | ${2}     | ${{ a: [{ b: [] }, { b: [{ c: 2 }] }] }}                | ${'true'}    | ${'lists in lists of objects'}
    ${'order.items[].price'} | ${'gt'}     | ${1}     | ${{ order: { items: [] } }}                             | ${'false'}   | ${'no element, nothing above'}
    ${'order.items[].price'} | ${'ne'}     | ${5}     | ${{ order: { items: [] } }}                             | ${'false'}   | ${'no element, nothing that differs'}
    ${'order.items[].price'} | ${'ne'}     | ${5}     | ${order}                                                | ${'true'}    | ${'one element differs'}
    ${'order.items[].price'} | ${'gt'}     | ${400}   | ${{ order: { items: [{}, { price: 500 }] } }}           | ${'true'}    | ${'a missing price hides no other'}
    ${'order.items[].price'} | ${'ne'}     | ${500}   | ${{ order: { items: [{}, { price: 500 }] } }}           | ${'true'}    | ${'a missing price differs'}
    ${'order.items[].price'} | ${'gt'}     | ${1}     | ${{ order: { items: [{ price: 'x' }] } }}               | ${'unknown'} | ${'one element is no number'}
    ${'order.items[].price'} | ${'gt'}     | ${1}     | ${{ order: { items: [{ price: 'x' }, { price: 9 }] } }} | ${'true'}    | ${'another certainly is above'}
    ${'order.items[].price'} | ${'gt'}     | ${1}     | ${{ order: {} }}                                        | ${'false'}   | ${'missing on the way is missing'}
    ${'order.items[].price'} | ${'gt'}     | ${1}     | ${{}}                                                   | ${'false'}   | ${'missing on the way is missing'}
    ${'order.items[].price'} | ${'gt'}     | ${1}     | ${{ order: { items: { price: 9 } } }}                   | ${'unknown'} | ${'an object where a list is looked for'}
    ${'order.items[].price'} | ${'gt'}     | ${1}     | ${{ order: { items: '[{"price":9}]' } }}                | ${'unknown'} | ${'text where a list is looked for'}
    ${'order.items.price'}   | ${'gt'}     | ${1}     | ${order}                                                | ${'unknown'} | ${'a list where an object is looked for'}
    ${'order.total'}         | ${'gt'}     | ${1}     | ${{ order: '{"total":9}' }}                             | ${'unknown'} | ${'text where an object is looked for'}
    ${'order.total'}         | ${'exists'} | ${true}  | ${{ order: 'x' }}                                       | ${'unknown'} | ${'text where an object is looked for'}
    ${'order.nothing.x'}     | ${'gt'}     | ${1}     | ${order}                                                | ${'unknown'} | ${'null where an object is looked for'}
    ${'order.items[].price'} | ${'exists'} | ${true}  | ${order}                                                | ${'true'}    | ${'an element has it'}
    ${'order.items[].sku'}   | ${'exists'} | ${false} | ${order}                                                | ${'true'}    | ${'an element lacks it'}
  `('$param $operator $value over $params is $says: $because', ({ param, operator, value, params, says }) => {
    expect(answer({ param, operator, value }, params)).toBe(says)
  })

  it('says what it found on the way', () => {
    expect(doubt({ param: 'a.b', operator: 'eq', value: 1 }, { a: 5 })).toBe(
      'expected an object with "b", found a number',
    )
    expect(doubt({ param: 'a[]', operator: 'eq', value: 1 }, { a: {} })).toBe('expected an array, found an object')
  })
})

describe('a parameter whose own name is the whole path', () => {
  const gt = { param: 'order.total', operator: 'gt', value: 100 }
  test.each`
    params                                           | says         | because
    ${{ 'order.total': 500 }}                        | ${'true'}    | ${'a flat name is the same place to a tool that reads it so'}
    ${{ 'order.total': 5 }}                          | ${'false'}   | ${'the one value there is is not above'}
    ${{ 'order.total': 500, order: { total: 5 } }}   | ${'true'}    | ${'one of the two is above'}
    ${{ 'order.total': 5, order: { total: 500 } }}   | ${'true'}    | ${'one of the two is above'}
    ${{ 'order.total': '5,0', order: { total: 5 } }} | ${'unknown'} | ${'one of the two can not be judged'}
    ${{ 'order.total': 5, order: 'x' }}              | ${'unknown'} | ${'one of the two can not be judged'}
  `('$params is $says: $because', ({ params, says }) => {
    expect(answer(gt, params)).toBe(says)
  })

  it('does not stand in for what is missing elsewhere', () => {
    const ne = { param: 'order.total', operator: 'ne', value: 5 }
    expect(answer(ne, { 'order.total': 5 })).toBe('false')
    expect(answer(ne, { 'order.total': 5, order: {} })).toBe('true')
    expect(answer({ param: 'items[].price', operator: 'gt', value: 1 }, { 'items[].price': 9 })).toBe('true')
  })
})

describe('an allow rule asks every value, since one bad one among good ones counts', () => {
  const ours = { param: 'to[]', operator: 'in', value: ['ann', 'bob'] }
  test.each`
    to                | says         | because
    ${['ann', 'bob']} | ${'true'}    | ${'all are in the list'}
    ${['ann', 'eve']} | ${'unknown'} | ${'one is not'}
    ${['eve']}        | ${'false'}   | ${'none is'}
    ${['ann', 7]}     | ${'unknown'} | ${'one can not be judged'}
    ${[]}             | ${'false'}   | ${'nobody is in the list'}
  `('$to is $says: $because', ({ to, says }) => {
    expect(answerInAllowRule(ours, { to })).toBe(says)
  })

  it('asks for one element with contains', () => {
    const tagged = { param: 'tags', operator: 'contains', value: 'checked' }
    expect(answerInAllowRule(tagged, { tags: ['new', 'checked'] })).toBe('true')
  })
})

describe('names that every JavaScript object knows', () => {
  it.each(['constructor', '__proto__', 'hasOwnProperty', 'toString', 'valueOf'])(
    '%s is missing unless it is given',
    (name) => {
      const exists = { param: name, operator: 'exists' }
      expect(answer(exists, {})).toBe('false')
      expect(answer({ param: `${name}.name`, operator: 'exists' }, {})).toBe('false')
      expect(answer({ param: `a.${name}`, operator: 'exists' }, { a: {} })).toBe('false')
      expect(answer(exists, JSON.parse(`{"${name}": 1}`))).toBe('true')
      expect(answer({ param: name, operator: 'gt', value: 100 }, JSON.parse(`{"${name}": 5000}`))).toBe('true')
    },
  )

  it.each(['constructor', '__proto__', 'hasOwnProperty'])('a tool and a rule called %s are like any other', (name) => {
    const set = ruleSet([{ id: name, function_pattern: name }])
    expect(evaluate(set, {}, name).hits.map(({ ruleId }) => ruleId)).toEqual([name])
    expect(evaluate(set, {}, 'other').action).toBe('allow')
    expect(evaluate(ruleSet([{ function_pattern: 'other' }]), {}, name).action).toBe('allow')
  })
})
