import { describe, expect, it, test } from 'vitest'
import { answer, doubt } from './judging.ts'

/** Each way to write five thousand, and things that only look like it. */
describe('[P3] values in disguise against "amount gt 100"', () => {
  test.each`
    value             | says         | because
    ${5000}           | ${'true'}    | ${'a number is a number'}
    ${50}             | ${'false'}   | ${'it is not above'}
    ${100}            | ${'false'}   | ${'above is not at'}
    ${'5000'}         | ${'true'}    | ${'plain decimal text compares as its number'}
    ${'50.5'}         | ${'false'}   | ${'plain decimal text compares as its number'}
    ${'-5000'}        | ${'false'}   | ${'a sign is plain'}
    ${5000n}          | ${'true'}    | ${'a bigint compares as its number'}
    ${10n ** 30n}     | ${'true'}    | ${'a bigint beyond any number compares exactly'}
    ${'5,000'}        | ${'unknown'} | ${'a comma means thousands here and decimals there'}
    ${'5e3'}          | ${'unknown'} | ${'an exponent is not plain'}
    ${' 5000'}        | ${'unknown'} | ${'white space is not plain'}
    ${'5000\n'}       | ${'unknown'} | ${'white space is not plain'}
    ${'0x1388'}       | ${'unknown'} | ${'hexadecimal is not plain'}
    ${'+5000'}        | ${'unknown'} | ${'a plus is not plain'}
    ${'٥٠٠٠'}         | ${'unknown'} | ${'digits of another script are not plain'}
    ${'５０００'}     | ${'unknown'} | ${'full-width digits are not plain'}
    ${''}             | ${'unknown'} | ${'empty text is no number'}
    ${'Infinity'}     | ${'unknown'} | ${'a word is no number'}
    ${Number.NaN}     | ${'unknown'} | ${'NaN compares with nothing'}
    ${Infinity}       | ${'unknown'} | ${'infinity is no amount'}
    ${[5000]}         | ${'unknown'} | ${'a list is no number'}
    ${[]}             | ${'unknown'} | ${'a list is no number'}
    ${{}}             | ${'unknown'} | ${'an object is no number'}
    ${{ valueOf: 1 }} | ${'unknown'} | ${'an object is never asked what it is worth'}
    ${true}           | ${'unknown'} | ${'true is not 1'}
    ${null}           | ${'unknown'} | ${'null is not 0'}
  `('$value is $says: $because', ({ value, says }) => {
    expect(answer({ param: 'amount', operator: 'gt', value: 100 }, { amount: value })).toBe(says)
    expect(answer({ not: { param: 'amount', operator: 'gt', value: 100 } }, { amount: value })).toBe(
      { true: 'false', false: 'true', unknown: 'unknown' }[says as 'true'],
    )
  })
})

describe('operators, one by one', () => {
  const list = ['a', 'b']
  test.each`
    operator          | value           | given              | says         | because
    ${'eq'}           | ${5000}         | ${5000}            | ${'true'}    | ${'equal numbers'}
    ${'eq'}           | ${5000}         | ${'5000'}          | ${'true'}    | ${'the number in the text'}
    ${'eq'}           | ${5000}         | ${'5000.00'}       | ${'true'}    | ${'the number in the text'}
    ${'eq'}           | ${5000}         | ${5000n}           | ${'true'}    | ${'the number in the bigint'}
    ${'eq'}           | ${5000}         | ${5001}            | ${'false'}   | ${'another number'}
    ${'eq'}           | ${1}            | ${true}            | ${'unknown'} | ${'true is not 1'}
    ${'eq'}           | ${'5000'}       | ${'5000'}          | ${'true'}    | ${'equal texts'}
    ${'eq'}           | ${'5000'}       | ${'5000.0'}        | ${'false'}   | ${'texts compare as they are written'}
    ${'eq'}           | ${'5000'}       | ${5000}            | ${'unknown'} | ${'the rule wants text'}
    ${'eq'}           | ${'a'}          | ${'A'}             | ${'false'}   | ${'case counts'}
    ${'eq'}           | ${'a'}          | ${['a']}           | ${'unknown'} | ${'a list is no text'}
    ${'eq'}           | ${'a'}          | ${{ a: 1 }}        | ${'unknown'} | ${'an object is no text'}
    ${'eq'}           | ${'a'}          | ${null}            | ${'unknown'} | ${'null is no text'}
    ${'eq'}           | ${true}         | ${true}            | ${'true'}    | ${'equal'}
    ${'eq'}           | ${true}         | ${false}           | ${'false'}   | ${'different'}
    ${'eq'}           | ${true}         | ${'true'}          | ${'unknown'} | ${'text is neither true nor false'}
    ${'eq'}           | ${null}         | ${null}            | ${'true'}    | ${'null is null'}
    ${'eq'}           | ${null}         | ${0}               | ${'false'}   | ${'nothing else is null'}
    ${'eq'}           | ${['a', 1]}     | ${['a', '1']}      | ${'true'}    | ${'lists compare element by element'}
    ${'eq'}           | ${['a', 1]}     | ${['a']}           | ${'false'}   | ${'lists of other lengths differ'}
    ${'eq'}           | ${['a', 1]}     | ${['a', 'x']}      | ${'unknown'} | ${'one element is of another kind'}
    ${'eq'}           | ${['a', 1]}     | ${['b', 'x']}      | ${'false'}   | ${'one element certainly differs'}
    ${'eq'}           | ${['a']}        | ${'a'}             | ${'unknown'} | ${'text is no list'}
    ${'eq'}           | ${{ a: 1 }}     | ${{ a: 1 }}        | ${'true'}    | ${'objects compare key by key'}
    ${'eq'}           | ${{ a: 1 }}     | ${{ a: 1, b: 2 }}  | ${'false'}   | ${'one key more'}
    ${'eq'}           | ${{ a: 1 }}     | ${{ b: 1 }}        | ${'false'}   | ${'another key'}
    ${'ne'}           | ${5000}         | ${'5001'}          | ${'true'}    | ${'another number'}
    ${'ne'}           | ${5000}         | ${'5000'}          | ${'false'}   | ${'the same number'}
    ${'ne'}           | ${5000}         | ${'5,000'}         | ${'unknown'} | ${'who knows which number'}
    ${'ne'}           | ${'a'}          | ${null}            | ${'unknown'} | ${'null is of no kind'}
    ${'gte'}          | ${100}          | ${100}             | ${'true'}    | ${'at the bound'}
    ${'gte'}          | ${100}          | ${'99.99'}         | ${'false'}   | ${'below the bound'}
    ${'lt'}           | ${100}          | ${'99.99'}         | ${'true'}    | ${'below the bound'}
    ${'lt'}           | ${100}          | ${100}             | ${'false'}   | ${'at the bound'}
    ${'lt'}           | ${100}          | ${[1]}             | ${'unknown'} | ${'a list is no number'}
    ${'lte'}          | ${100}          | ${100n}            | ${'true'}    | ${'at the bound'}
    ${'lte'}          | ${100}          | ${100.5}           | ${'false'}   | ${'above the bound'}
    ${'contains'}     | ${'rm -rf'}     | ${'sudo rm -rf /'} | ${'true'}    | ${'part of the text'}
    ${'contains'}     | ${'rm -rf'}     | ${'ls'}            | ${'false'}   | ${'not part of the text'}
    ${'contains'}     | ${'a'}          | ${['b', 'a']}      | ${'true'}    | ${'element of the list'}
    ${'contains'}     | ${'a'}          | ${['ab']}          | ${'false'}   | ${'elements are compared whole'}
    ${'contains'}     | ${5}            | ${['5']}           | ${'true'}    | ${'elements compare as eq does'}
    ${'contains'}     | ${5}            | ${'15'}            | ${'unknown'} | ${'a number is no part of a text'}
    ${'contains'}     | ${'a'}          | ${['b', 1]}        | ${'unknown'} | ${'one element is of another kind'}
    ${'contains'}     | ${'a'}          | ${['a', 1]}        | ${'true'}    | ${'found, whatever the others are'}
    ${'contains'}     | ${'a'}          | ${{ a: 1 }}        | ${'unknown'} | ${'an object contains nothing'}
    ${'contains'}     | ${'a'}          | ${5}               | ${'unknown'} | ${'a number contains nothing'}
    ${'not_contains'} | ${'x'}          | ${'abc'}           | ${'true'}    | ${'not part of the text'}
    ${'not_contains'} | ${'b'}          | ${'abc'}           | ${'false'}   | ${'part of the text'}
    ${'not_contains'} | ${'x'}          | ${['a', 'b']}      | ${'true'}    | ${'not in the list'}
    ${'not_contains'} | ${'x'}          | ${7}               | ${'unknown'} | ${'a number contains nothing'}
    ${'startswith'}   | ${'sudo '}      | ${'sudo ls'}       | ${'true'}    | ${'at the start'}
    ${'startswith'}   | ${'sudo '}      | ${' sudo ls'}      | ${'false'}   | ${'exactly at the start'}
    ${'startswith'}   | ${'s'}          | ${['sudo']}        | ${'unknown'} | ${'a list has no start'}
    ${'endswith'}     | ${'.exe'}       | ${'a.exe'}         | ${'true'}    | ${'at the end'}
    ${'endswith'}     | ${'.exe'}       | ${'a.EXE'}         | ${'false'}   | ${'case counts'}
    ${'endswith'}     | ${'.exe'}       | ${5}               | ${'unknown'} | ${'a number has no end'}
    ${'regex'}        | ${'b+'}         | ${'abbc'}          | ${'true'}    | ${'anywhere in the text'}
    ${'regex'}        | ${'^b'}         | ${'abbc'}          | ${'false'}   | ${'the expression asks for the start'}
    ${'regex'}        | ${'(?i)SELECT'} | ${'select 1'}      | ${'true'}    | ${'flags are known'}
    ${'regex'}        | ${'5'}          | ${5}               | ${'unknown'} | ${'a number is no text'}
    ${'regex'}        | ${'a'}          | ${['a']}           | ${'unknown'} | ${'a list is no text'}
    ${'matches'}      | ${'b+'}         | ${'bbc'}           | ${'true'}    | ${'at the start'}
    ${'matches'}      | ${'b+'}         | ${'abbc'}          | ${'false'}   | ${'only at the start'}
    ${'matches'}      | ${'a|b'}        | ${'cb'}            | ${'false'}   | ${'each alternative only at the start'}
    ${'matches'}      | ${'b+'}         | ${'bbc\nx'}        | ${'true'}    | ${'the rest does not matter'}
    ${'matches'}      | ${'b+$'}        | ${'bbc'}           | ${'false'}   | ${'unless the expression asks for the end'}
    ${'in'}           | ${list}         | ${'a'}             | ${'true'}    | ${'one of them'}
    ${'in'}           | ${list}         | ${'c'}             | ${'false'}   | ${'none of them'}
    ${'in'}           | ${list}         | ${['a']}           | ${'unknown'} | ${'a list is not one of the texts'}
    ${'in'}           | ${list}         | ${1}               | ${'unknown'} | ${'a number is not one of the texts'}
    ${'in'}           | ${[1, 2]}       | ${'2'}             | ${'true'}    | ${'the number in the text'}
    ${'in'}           | ${[1, 2]}       | ${2n}              | ${'true'}    | ${'the number in the bigint'}
    ${'in'}           | ${[1, 2]}       | ${'2.0'}           | ${'true'}    | ${'the number in the text'}
    ${'in'}           | ${[1, 2]}       | ${'two'}           | ${'unknown'} | ${'who knows which number'}
    ${'in'}           | ${[1, 'a']}     | ${'a'}             | ${'true'}    | ${'one of them, in a mixed list'}
    ${'in'}           | ${[1, 'a']}     | ${'b'}             | ${'unknown'} | ${'not "a", and who knows whether 1'}
    ${'in'}           | ${[1, 'a']}     | ${'7'}             | ${'false'}   | ${'neither 1 nor "a"'}
    ${'in'}           | ${[null, 'a']}  | ${null}            | ${'true'}    | ${'null is named'}
    ${'in'}           | ${[]}           | ${'a'}             | ${'false'}   | ${'nothing is in an empty list'}
    ${'in'}           | ${[1e20]}       | ${10n ** 20n}      | ${'true'}    | ${'beyond 2^53 too'}
    ${'not_in'}       | ${list}         | ${'c'}             | ${'true'}    | ${'none of them'}
    ${'not_in'}       | ${list}         | ${'a'}             | ${'false'}   | ${'one of them'}
    ${'not_in'}       | ${list}         | ${null}            | ${'unknown'} | ${'null is of no kind'}
    ${'not_in'}       | ${[1, 2]}       | ${'1,0'}           | ${'unknown'} | ${'who knows which number'}
    ${'exists'}       | ${true}         | ${0}               | ${'true'}    | ${'it is there'}
    ${'exists'}       | ${undefined}    | ${''}              | ${'true'}    | ${'it is there, and true is what is asked'}
    ${'exists'}       | ${false}        | ${0}               | ${'false'}   | ${'it is there'}
    ${'exists'}       | ${true}         | ${null}            | ${'unknown'} | ${'null may mean "not given"'}
    ${'exists'}       | ${false}        | ${null}            | ${'unknown'} | ${'null may mean "given"'}
    ${'len_gt'}       | ${3}            | ${'abcd'}          | ${'true'}    | ${'four characters'}
    ${'len_gt'}       | ${3}            | ${'abc'}           | ${'false'}   | ${'three characters'}
    ${'len_gt'}       | ${3}            | ${'😀😀'}          | ${'true'}    | ${'counted in UTF-16 units'}
    ${'len_gt'}       | ${1}            | ${[1, 2]}          | ${'true'}    | ${'two elements'}
    ${'len_gt'}       | ${3}            | ${12345}           | ${'unknown'} | ${'a number has no length'}
    ${'len_gt'}       | ${0}            | ${{ a: 1 }}        | ${'unknown'} | ${'an object has no length'}
  `('$given $operator $value is $says: $because', ({ operator, value, given, says }) => {
    const condition = value === undefined ? { param: 'p', operator } : { param: 'p', operator, value }
    expect(answer(condition, { p: given })).toBe(says)
  })
})

describe('what stood in the way', () => {
  test.each`
    operator        | value   | given         | because
    ${'gt'}         | ${100}  | ${'5,000'}    | ${'expected a number, found text'}
    ${'gt'}         | ${100}  | ${Number.NaN} | ${'expected a number, found a number that is not finite'}
    ${'eq'}         | ${'a'}  | ${{}}         | ${'expected text, found an object'}
    ${'eq'}         | ${true} | ${'true'}     | ${'expected true or false, found text'}
    ${'contains'}   | ${'a'}  | ${5}          | ${'expected text or an array, found a number'}
    ${'path_under'} | ${'/a'} | ${5}          | ${'expected text, found a number'}
  `('$operator over $given: $because', ({ operator, value, given, because }) => {
    expect(doubt({ param: 'p', operator, value }, { p: given })).toBe(because)
  })

  it('never quotes the value itself', () => {
    const secret = 'sk-verysecret'
    const operators = ['gt', 'host_in', 'email_domain_in', 'path_under', 'regex']
    const values: Record<string, unknown> = {
      gt: 1,
      host_in: 'a.com',
      email_domain_in: 'a.com',
      path_under: '/a',
      regex: 'x',
    }
    for (const operator of operators) {
      for (const given of [`${secret} ${secret}\n\\`, [secret], { secret }, secret.repeat(2_000)]) {
        const because = doubt({ param: 'p', operator, value: values[operator] }, { p: given })
        expect(because ?? '').not.toContain(secret)
      }
    }
  })
})
