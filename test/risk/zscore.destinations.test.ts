import { describe, expect, it, test } from 'vitest'
import type { ToolTraits } from '../../src/domain/call.ts'
import type { Detector } from '../../src/domain/detector.ts'
import type { Plain } from '../../src/domain/plain.ts'
import { markOf } from '../../src/domain/redacted.ts'
import { call, noTraits, signalOf, taught } from './calls.ts'

const declared = (params: readonly string[], whenNew: 'warn' | 'escalate' = 'warn'): ToolTraits => ({
  ...noTraits,
  destinations: { params, whenNew },
})

const MAIL = ['bob@one.example', 'ann@two.example', 'eve@three.example', 'bob@one.example', 'bob@one.example']
const URLS = ['https://one.example/a', 'https://two.example/', 'https://three.example', 'https://one.example/b', '']
const FILES = ['/home/bob/a', '/home/ann/b', '/srv/data/c', '/home/bob/d', '/home/bob/e']
const MARK = markOf('0123456789abcdef')
const SECRETS = [MARK, markOf('1'.repeat(16)), markOf('2'.repeat(16)), MARK, MARK]
const CHANNELS = ['#general', '#sales', '#support', '#general', '#general']

/** The message about `to`, when it is new. */
function newFor(history: readonly Plain[], value: Plain, traits: ToolTraits = noTraits): string | undefined {
  return signalOf(taught('to', history), call({ to: value }), 'new_destination', traits)?.message
}

describe('a destination recognised by its shape', () => {
  test.each`
    history                                | value                            | found
    ${MAIL}                                | ${'x@evil.example'}              | ${'a mail domain never seen before (evil.example); 3 are known'}
    ${URLS}                                | ${'https://evil.example/'}       | ${'a host never seen before (evil.example); 3 are known'}
    ${FILES}                               | ${'/home/bob/../../etc/ssh/key'} | ${'a directory never seen before (/etc/ssh); 3 are known'}
    ${[...MAIL, 'GB29NWBK60161331926819']} | ${'US133000000121212121212'}     | ${'an account never seen before (US133000000121212121212); 4 are known'}
    ${MAIL}                                | ${'https://evil.example/'}       | ${'a host never seen before (evil.example); 3 are known'}
    ${MAIL}                                | ${'x at evil dot example'}       | ${'a value never seen before (x at evil dot example); 3 are known'}
  `('after $history, $value goes to $found', ({ history, value, found }) => {
    expect(newFor(history, value)).toBe(`Parameter 'to' goes to ${found}`)
  })

  it('is risk 4, once for each parameter', () => {
    const made = taught('to', MAIL)
    const { score, signals } = made.score(call({ to: ['x@evil.example', 'y@worse.example'] }), noTraits)
    expect(score).toBe(4)
    expect(signals).toMatchObject([{ kind: 'new_destination', param: 'to', risk: 4, z: undefined }])
  })

  test.each`
    value                                       | because
    ${'somebody.else@one.example'}              | ${'a new person at a known domain'}
    ${' BOB@ONE.EXAMPLE. '}                     | ${'case, spaces and a trailing dot'}
    ${'bob@one\u200b.example'}                  | ${'a character that can not be seen'}
    ${['bob@one.example']}                      | ${'an array around it'}
    ${[['ann@two.example'], 'bob@one.example']} | ${'and another one'}
    ${'Bob <bob@one.example>, ann@two.example'} | ${'a list of known ones'}
    ${''}                                       | ${'a blank goes nowhere'}
    ${null}                                     | ${'nor does nothing'}
    ${true}                                     | ${'nor does true'}
  `('stays known: $value ($because)', ({ value }) => {
    expect(newFor(MAIL, value)).toBeUndefined()
  })

  test.each`
    value                                                     | because
    ${'X@EVIL.EXAMPLE.'}                                      | ${'case and a trailing dot'}
    ${'bob@one.example.evil.example'}                         | ${'a known domain in front'}
    ${'bob@one.exаmple'}                                      | ${'a Cyrillic letter in a known domain'}
    ${['bob@one.example', 'x@evil.example']}                  | ${'behind a known one in an array'}
    ${'bob@one.example, x@evil.example'}                      | ${'in a list'}
    ${'bob@one.example;x@evil.example'}                       | ${'with semicolons'}
    ${'bob@one.example\nx@evil.example'}                      | ${'line by line'}
    ${'"bob@one.example" <x@evil.example>'}                   | ${'behind a display name'}
    ${'x@evil.example (bob@one.example)'}                     | ${'before a comment'}
    ${'bob@one.example x@evil.example'}                       | ${'without a separator'}
    ${`${'bob@one.example, '.repeat(500)}x@evil.example`}     | ${'at the end of a long list'}
    ${`bob@one.example, ${'x'.repeat(100_000)}@evil.example`} | ${'behind more text than is read'}
  `('is found: $value ($because)', ({ value }) => {
    expect(newFor(MAIL, value)).toContain('never seen before')
  })

  it('is never a number: that has no shape', () => {
    expect(newFor(MAIL, 12345)).toBeUndefined()
  })

  it('needs three known ones', () => {
    expect(newFor(['a@one.example', 'a@two.example', 'b@two.example', '', ''], 'x@evil.example')).toBeUndefined()
  })

  it('does not make a destination of a parameter with other texts', () => {
    expect(newFor([...MAIL, 'nobody'], 'somebody')).toBeUndefined()
    expect(newFor(['hello', 'what is new', 'see you', 'thanks', 'bye'], 'never said before')).toBeUndefined()
  })

  it('is not learned from a refused call [P8]', () => {
    const made = taught('to', MAIL)
    for (let attempt = 0; attempt < 20; attempt += 1) made.refused(call({ to: 'x@evil.example' }), 'denied')
    expect(signalOf(made, call({ to: 'x@evil.example' }), 'new_destination')).toBeDefined()
  })

  it('is known once it was learned, also with a warning', () => {
    const made = taught('to', MAIL)
    made.learn(call({ to: 'x@evil.example' }), 'warned')
    expect(signalOf(made, call({ to: 'y@evil.example' }), 'new_destination')).toBeUndefined()
  })

  it('is shown without what an operator could not see', () => {
    expect(newFor([...MAIL, ...URLS], `x at \u202e${'y'.repeat(200)}`)).toBe(
      `Parameter 'to' goes to a value never seen before (x at ${'y'.repeat(75)}…); 6 are known`,
    )
  })
})

describe('a declared destination', () => {
  const traits = declared(['to'])

  test.each`
    history                  | value                     | found
    ${CHANNELS}              | ${'#leaks'}               | ${'a value never seen before (#leaks); 3 are known'}
    ${MAIL}                  | ${'x@evil.example'}       | ${'a mail domain never seen before (evil.example); 3 are known'}
    ${[...MAIL, '#general']} | ${'#leaks'}               | ${'a value never seen before (#leaks); 4 are known'}
    ${[1, 2, 3, 4, 5]}       | ${99}                     | ${'a value never seen before (99); 5 are known'}
    ${['1', 2, 3n, 4, 5]}    | ${'99'}                   | ${'a value never seen before (99); 5 are known'}
    ${CHANNELS}              | ${'x'.repeat(300)}        | ${`a value never seen before (${'x'.repeat(80)}…); 3 are known`}
    ${SECRETS}               | ${markOf('3'.repeat(16))} | ${'a value never seen before ([redacted]); 3 are known'}
    ${CHANNELS}              | ${['#general', '#leaks']} | ${'a value never seen before (#leaks); 3 are known'}
  `('after $history, $value goes to $found', ({ history, value, found }) => {
    expect(newFor(history, value, traits)).toBe(`Parameter 'to' goes to ${found}`)
  })

  test.each`
    history                                        | value                      | because
    ${CHANNELS}                                    | ${' #GENERAL'}             | ${'case and spaces'}
    ${CHANNELS}                                    | ${[['#general']]}          | ${'arrays around it'}
    ${['One.example', 'b.c', 'd.e', 1, 2]}         | ${'one.EXAMPLE.'}          | ${'a trailing dot'}
    ${['b\u00fccher.example', 'b.c', 'd.e', 1, 2]} | ${'xn--bcher-kva.example'} | ${'punycode'}
    ${[1, 2, 3, 4, 5]}                             | ${'5'}                     | ${'text for a number'}
    ${['1', '2', '3', '4', '5']}                   | ${5n}                      | ${'a bigint for text'}
    ${SECRETS}                                     | ${MARK}                    | ${'the same secret'}
    ${[...CHANNELS, `a ${MARK}`]}                  | ${`a ${SECRETS[1]}`}       | ${'the secret in a text is not looked at'}
    ${[1, 1, 2, 2, 2]}                             | ${99}                      | ${'two are too few to say'}
  `('after $history, $value is not new: $because', ({ history, value }) => {
    expect(newFor(history, value, traits)).toBeUndefined()
  })

  it.each([MARK.toUpperCase(), MARK.replace('[', '［'), MARK.replace('r', 'ｒ')])(
    '%s does not pass for the secret that has this mark',
    (disguise) => {
      expect(newFor(SECRETS, disguise, traits)).toContain('a value never seen before')
    },
  )

  it.each([
    ['warn', 4],
    ['escalate', 7],
  ] as const)('with whenNew %s is risk %d', (whenNew, risk) => {
    const made = taught('to', CHANNELS)
    expect(made.score(call({ to: '#leaks' }), declared(['to'], whenNew)).score).toBe(risk)
  })

  it('escalates only what is declared', () => {
    const made = taught('cc', MAIL)
    expect(made.score(call({ cc: 'x@evil.example' }), declared(['to'], 'escalate')).score).toBe(4)
  })

  it('names something, so its size as a number is not judged', () => {
    const accounts: Detector = taught('to', [10_000_001, 10_000_002, 10_000_003, 10_000_004, 10_000_005])
    expect(accounts.score(call({ to: 99_999_999 }), noTraits).signals[0]?.kind).toBe('value_outlier')
    expect(accounts.score(call({ to: 99_999_999 }), traits)).toMatchObject({
      score: 4,
      readings: [],
      signals: [{ kind: 'new_destination' }],
    })
  })

  it('may be a path', () => {
    const made = taught(
      'order',
      CHANNELS.map((channel) => ({ notify: { channel } })),
    )
    const scored = call({ order: { notify: { channel: '#leaks' } } })
    expect(signalOf(made, scored, 'new_destination', declared(['order.notify']))?.param).toBe('order.notify.channel')
  })

  it('is not judged when it is ignored', () => {
    const made = taught('to', CHANNELS)
    expect(made.score(call({ to: '#leaks' }), { ...traits, ignore: ['to'] }).score).toBe(0)
  })
})
