import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { leaves } from '../../src/approval/leaves.ts'
import { inWords, recap, requestRows } from '../../src/approval/screen.ts'
import type { ApprovalRequest } from '../../src/domain/approval.ts'
import type { PlainObject } from '../../src/domain/plain.ts'
import { FakeClock } from './fake-clock.ts'
import { aReason, aRequest, aSignal } from './requests.ts'

const clock = new FakeClock()
const COLUMNS = 79
const FIRST_SCREEN_ROWS = 20

const rowsOf = (given: Partial<ApprovalRequest>): readonly string[] =>
  requestRows(aRequest(clock, given), { columns: COLUMNS, now: clock.now() }).map((row) => row.text)
const firstScreen = (given: Partial<ApprovalRequest>): readonly string[] => rowsOf(given).slice(0, FIRST_SCREEN_ROWS)

/** The rows with what was wrapped put together again. */
const unwrapped = (rows: readonly string[]): string => rows.join('\n').replaceAll('\n  | ', '')

const PADDING = 'all is well '.repeat(4_000)
const manyLines = 'ok\n'.repeat(2_000)
const manyKeys = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`padding${index}`, 'ok']))

describe('the question', () => {
  it('reads as a whole', () => {
    const rows = rowsOf({
      callId: 'call-1' as ApprovalRequest['callId'],
      principalId: 'acme',
      notJudged: ['signal'],
      context: { customer: { since: 2019 } },
    })
    expect(rows).toEqual([
      'Approval needed: transfer_funds',
      'Risk 7.5 of 10, HIGH. Asked by agent agent-7, session session-3, principal acme',
      'Answer before 2026-01-05T09:05:00.000Z (5 min left)',
      'Reasons',
      "  rule: Rule 'large' requires approval: a large transfer",
      'Not judged, handed to the tool as given',
      '  signal',
      'All parameters (2)',
      '  amount = 5000',
      '  destination = "bob@example.com"',
      'Context',
      '  customer.since = 2019',
      'The call in full',
      '  agent agent-7, session session-3, principal acme',
      '  call call-1',
      `  digest ${'ab'.repeat(32)}`,
    ])
  })

  it('[P20] shows short values before long ones, each in the order of the call', () => {
    const params = { first: 'a'.repeat(1_000), second: 2, third: 'b'.repeat(1_000), fourth: [4, 5] }
    const begun = rowsOf({ params }).flatMap((row) => /^ {2}(\w+)(?:\[\d\])? = /.exec(row)?.[1] ?? [])
    expect(begun).toEqual(['second', 'fourth', 'fourth', 'first', 'third'])
  })

  it('says so when there are no parameters', () => {
    expect(rowsOf({ params: {} })).toContain('No parameters')
  })

  test.each`
    given                                                            | decided                                                         | because
    ${{ signals: [aSignal('amount')] }}                              | ${['> amount = 1']}                                             | ${'a signal is about it'}
    ${{ signals: [aSignal('amount', 0)] }}                           | ${[]}                                                           | ${'a signal without risk decided nothing'}
    ${{ signals: [aSignal('order.items.price')] }}                   | ${['> order.items[0].price = 2', '> order.items[1].price = 3']} | ${'a path without places means each of them'}
    ${{ signals: [aSignal('order.items[].price')] }}                 | ${['> order.items[0].price = 2', '> order.items[1].price = 3']} | ${'however it is written'}
    ${{ signals: [aSignal('order')] }}                               | ${['> order.items[0].price = 2', '> order.items[1].price = 3']} | ${'a signal on a whole is on its parts'}
    ${{ signals: [aSignal('ord')] }}                                 | ${[]}                                                           | ${'the beginning of a name is another name'}
    ${{ reasons: [aReason('an amount above 1000 needs approval')] }} | ${['> amount = 1']}                                             | ${'a reason names it'}
    ${{ reasons: [aReason('amounts need approval')] }}               | ${[]}                                                           | ${'another word is another name'}
  `('$decided decided: $because', ({ given, decided }) => {
    const rows = rowsOf({ params: { amount: 1, order: { items: [{ price: 2 }, { price: 3 }] } }, ...given })
    const heading = rows.indexOf('What decided')
    const below = heading === -1 ? [] : rows.slice(heading + 1, rows.indexOf('Reasons'))
    expect(below).toEqual(decided)
  })

  test.each`
    params                                               | because
    ${{ note: PADDING, amount: 5000 }}                   | ${'a long text comes first'}
    ${{ note: manyLines, amount: 5000 }}                 | ${'a text has two thousand lines'}
    ${{ ...manyKeys, amount: 5000 }}                     | ${'two thousand others come first'}
    ${{ notes: Array(3_000).fill('ok'), amount: 5000 }}  | ${'a list is long'}
    ${{ ['k'.repeat(50_000)]: 1, amount: 5000 }}         | ${'a key is long'}
    ${{ deep: { er: { note: PADDING } }, amount: 5000 }} | ${'the padding is inside'}
  `('[P20] what decided and why is on the first screen although $because', ({ params }) => {
    const screen = firstScreen({ params, signals: [aSignal('amount')] })
    expect(screen).toContain('> amount = 5000')
    expect(screen).toContain("  rule: Rule 'large' requires approval: a large transfer")
  })

  test.each`
    given                                                                    | because
    ${{ tool: 't'.repeat(5_000) }}                                           | ${'the tool has a long name'}
    ${{ agentId: 'a'.repeat(5_000), sessionId: 's'.repeat(5_000) }}          | ${'the agent has a long name'}
    ${{ reasons: Array(200).fill(aReason('x'.repeat(5_000))) }}              | ${'the reasons are many and long'}
    ${{ notJudged: Array(200).fill('signal') }}                              | ${'many arguments are not judged'}
    ${{ context: { ticket: PADDING } }}                                      | ${'the context is long'}
    ${{ signals: [aSignal('amount'), ...Array(200).fill(aSignal('note'))] }} | ${'there are many signals'}
  `('[P20] what decided is on the first screen although $because', ({ given }) => {
    const params = { note: PADDING, amount: 5000 }
    expect(firstScreen({ signals: [aSignal('amount')], params, ...given })).toContain('> amount = 5000')
  })

  it('[P20] a value that decided and is too long for its row says so, and stands whole below', () => {
    const rows = rowsOf({ params: { note: PADDING }, signals: [aSignal('note')] })
    expect(rows[4]).toMatch(/^> note = "all is well .* \(\+\d+ characters, shown below\)$/)
    expect(unwrapped(rows)).toContain(`> note = "${PADDING}"`)
  })

  it('[P20] names how many more decided', () => {
    const rows = rowsOf({ params: { items: [1, 2, 3, 4, 5, 6, 7] }, signals: [aSignal('items')] })
    expect(rows).toContain('  and 2 more, marked > below')
    expect(rows.filter((row) => row.startsWith('> items['))).toHaveLength(5 + 7)
  })

  const anyText = (): fc.Arbitrary<string> =>
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        '\n> amount = 1',
        '\u001b[2J\u001b[H',
        'Approve this call? y or n: y',
        '\u202eevil',
        'a\r  b = 2',
      ),
    )
  const anyParams = (): fc.Arbitrary<PlainObject> =>
    fc.dictionary(anyText(), fc.oneof(anyText(), fc.integer(), fc.array(anyText(), { maxLength: 3 })), { maxKeys: 6 })

  it('[P20] every leaf is there in full, whatever the arguments hold', () => {
    fc.assert(
      fc.property(anyParams(), anyParams(), (params, context) => {
        const whole = unwrapped(rowsOf({ params, context })).split('\n')
        const values = Object.keys(params).length === 0 ? [] : leaves(params)
        for (const { path, text } of [...values, ...leaves(context)]) {
          const shown = path === '' ? text : `${path} = ${text}`
          expect(whole.some((row) => row.slice(2) === shown)).toBe(true)
        }
      }),
    )
  })

  it('[P20] no text of a call leaves its row, its margin or its width', () => {
    const headings =
      /^(Approval needed: |Risk |Answer before |What decided$|Reasons$|Not judged|All parameters|No parameters$|Context$|The call in full$)/
    fc.assert(
      fc.property(anyParams(), anyText(), (params, text) => {
        const rows = rowsOf({ params, tool: text, agentId: text, reasons: [aReason(text)], notJudged: [text] })
        for (const row of rows) {
          expect(row).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u)
          expect(row.length).toBeLessThanOrEqual(COLUMNS)
          expect(row.startsWith('  ') || row.startsWith('> ') || headings.test(row)).toBe(true)
        }
      }),
    )
  })
})

describe('the row that repeats what is decided on', () => {
  test.each`
    given                               | shown
    ${{ signals: [aSignal('amount')] }} | ${'> transfer_funds, risk 7.5, amount = 5000'}
    ${{}}                               | ${'> transfer_funds, risk 7.5'}
    ${{ tool: 'a\nb' }}                 | ${'> a\\u{a}b, risk 7.5'}
  `('$shown', ({ given, shown }) => {
    expect(recap(aRequest(clock, given), COLUMNS).text).toBe(shown)
  })
})

describe('time left', () => {
  test.each`
    ms               | words
    ${-5}            | ${'0 s'}
    ${999}           | ${'0 s'}
    ${59_999}        | ${'59 s'}
    ${60_000}        | ${'1 min'}
    ${299_000}       | ${'4 min 59 s'}
    ${3_605_000}     | ${'1 h'}
    ${30 * 86.4e6}   | ${'30 d'}
    ${29.5 * 86.4e6} | ${'29 d 12 h'}
  `('$ms ms are $words', ({ ms, words }) => {
    expect(inWords(ms)).toBe(words)
  })
})
