import { expect, it, test } from 'vitest'
import { gistOf } from '../../src/approval/gist.ts'
import type { ApprovalRequest } from '../../src/domain/approval.ts'
import { systemClock } from '../../src/support/clock.ts'
import { aReason, aRequest, aSignal } from './requests.ts'

const judging = (...params: readonly string[]) => ({ ...aReason('no name in here'), params })
const long = 'x'.repeat(300)

test.each<[string, Partial<ApprovalRequest>, string | undefined]>([
  ['what the strongest signal is about', { signals: [aSignal('amount'), aSignal('destination')] }, 'amount = 5000'],
  [
    'a value inside another',
    { params: { a: 1, order: { lines: [{ price: 7 }] } }, signals: [aSignal('order.lines.price')] },
    'order.lines[0].price = 7',
  ],
  ['what a rule looked at', { reasons: [judging('destination')] }, 'destination = "bob@example.com"'],
  ['what a rule looked at inside a list', { params: { to: ['a', 'b'] }, reasons: [judging('to[]')] }, 'to[0] = "a"'],
  ['what a reason names', { reasons: [aReason('the amount is large')] }, 'amount = 5000'],
  ['nothing, when nothing is named', { reasons: [judging()] }, undefined],
  [
    'nothing, when what is named is not there',
    { signals: [aSignal('nothing')], reasons: [judging('none')] },
    undefined,
  ],
  [
    'the beginning of a long text',
    { params: { amount: long }, signals: [aSignal('amount')] },
    `amount = "${'x'.repeat(200)}…"`,
  ],
  [
    'what is invisible, escaped',
    { params: { amount: '\u202e5' }, signals: [aSignal('amount')] },
    'amount = "\\u{202e}5"',
  ],
])('a list shows %s', (_, given, shown) => {
  expect(gistOf(aRequest(systemClock, given))).toBe(shown)
})

it('looks at no more than a hundred values of a call, however they are nested', () => {
  let read = 0
  const watched = (value: object): never =>
    new Proxy(value, {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) read += 1
        return Reflect.get(target, key, receiver)
      },
    }) as never
  const lists = watched(Array.from({ length: 5_000 }, () => watched(Array(5_000).fill(1))))
  const request = aRequest(systemClock, { params: { amount: lists }, signals: [aSignal('amount')] })
  expect(gistOf(request)).toBe('amount[0][0] = 1')
  expect(read).toBeLessThan(1_000)
})
