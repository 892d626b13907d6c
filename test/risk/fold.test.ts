import { describe, expect, it, test } from 'vitest'
import { type AuditEvent, BLANK_ENTRY } from '../../src/domain/audit-event.ts'
import type { Detector } from '../../src/domain/detector.ts'
import type { Params } from '../../src/domain/plain.ts'
import type { AuditId } from '../../src/domain/units.ts'
import { foldEvent } from '../../src/risk/fold.ts'
import { call, detector, later, MINUTE_MS, NINE, noTraits, scoreOf, taught } from './calls.ts'

/** Tells a detector a stretch of the log, in its order. */
const foldEvents = (detector: Detector, events: Iterable<AuditEvent>): void => {
  for (const event of events) foldEvent(detector, event, event.lesson)
}

const event = (changes: Partial<AuditEvent>): AuditEvent => ({
  ...BLANK_ENTRY,
  seq: 1,
  id: '01947a3c-0000-7000-8000-000000000000' as AuditId,
  time: new Date(NINE).toISOString(),
  event: 'allow',
  tool: 'transfer_funds',
  params: { amount: 50 },
  agentId: 'default',
  lesson: 'ran',
  ...changes,
})

const events = (params: readonly Params[]): readonly AuditEvent[] =>
  params.map((one, index) => event({ params: one, time: new Date(NINE + index * 1_000).toISOString() }))

test.each`
  lesson        | samples | because
  ${'ran'}      | ${1}    | ${'it ran'}
  ${'warned'}   | ${1}    | ${'it ran with a warning'}
  ${'approved'} | ${1}    | ${'a human let it run'}
  ${'refused'}  | ${0}    | ${'a refused call is never usual [P8]'}
  ${undefined}  | ${0}    | ${'an event without a lesson'}
`('an event with lesson $lesson leaves $samples learned calls: $because', ({ lesson, samples }) => {
  const made = detector(1)
  foldEvent(made, event({}), lesson)
  expect(made.score(call({}), noTraits).samples).toBe(samples)
})

test.each`
  missing                   | because
  ${{ tool: undefined }}    | ${'no tool'}
  ${{ agentId: undefined }} | ${'no agent'}
  ${{ params: undefined }}  | ${'no parameters'}
  ${{ time: 'yesterday' }}  | ${'a time that can not be read'}
  ${{ time: '' }}           | ${'no time'}
`('an event teaches nothing: $because', ({ missing }) => {
  const made = detector(1)
  foldEvent(made, event(missing), 'ran')
  expect(made.score(call({}), noTraits).samples).toBe(0)
})

test.each`
  lesson       | reviewed      | samples | because
  ${'refused'} | ${'approved'} | ${1}    | ${'the reviewer let it pass'}
  ${'ran'}     | ${'refused'}  | ${0}    | ${'the reviewer would not have [P8]'}
  ${'ran'}     | ${undefined}  | ${0}    | ${'the reviewer wants nothing learned'}
`('lesson $lesson, reviewed as $reviewed, leaves $samples learned calls: $because', ({ lesson, reviewed, samples }) => {
  const made = detector(1)
  foldEvent(made, event({ lesson }), reviewed)
  expect(made.score(call({}), noTraits).samples).toBe(samples)
})

describe('the fold over the log', () => {
  it('is what was learned live', () => {
    const amounts = [50, 60, 70, 80, 90]
    const restored = detector()
    foldEvents(restored, events(amounts.map((amount) => ({ amount }))))
    expect(restored.score(call({ amount: 5000 }), noTraits)).toEqual(
      taught('amount', amounts).score(call({ amount: 5000 }), noTraits),
    )
  })

  it('takes the time from the event, and counts refused calls as attempts only', () => {
    const restored = detector()
    const day = (index: number): string => new Date(NINE + index * 86_400_000).toISOString()
    foldEvents(
      restored,
      [0, 1, 2, 3, 4].map((index) => event({ time: day(index) })),
    )
    foldEvents(
      restored,
      Array.from({ length: 40 }, () => event({ time: day(5), lesson: 'refused', params: { amount: 5000 } })),
    )
    const { samples, signals } = restored.score(call({ amount: 50 }, later(NINE, 5 * 86_400_000 + MINUTE_MS)), noTraits)
    expect(samples).toBe(5)
    expect(signals.map(({ message }) => message)).toEqual([
      'Called 41 times in the last 60 min, more than 3 times the usual 0.05 an hour',
    ])
  })

  it('goes on from where it was', () => {
    const restored = detector()
    foldEvents(restored, events([{ amount: 50 }, { amount: 60 }, { amount: 70 }]))
    foldEvents(restored, events([{ amount: 80 }, { amount: 90 }]))
    expect(scoreOf(restored, { amount: 5000 })).toBe(10)
  })
})
