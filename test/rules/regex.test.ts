import { describe, expect, it, test } from 'vitest'
import { Effort } from '../../src/rules/effort.ts'
import { EFFORT_STEPS_MAX } from '../../src/rules/limits.ts'
import { compileRegex, type RegexAnchor } from '../../src/rules/regex.ts'

function compiled(source: string, anchor: RegexAnchor = 'anywhere') {
  const regex = compileRegex(source, anchor)
  if ('problem' in regex) throw new Error(regex.problem)
  return regex
}

const problemOf = (source: string): string => {
  const regex = compileRegex(source, 'anywhere')
  return 'problem' in regex ? regex.problem : ''
}

class Meter extends Effort {
  used = 0
  override spend(steps: number): boolean {
    this.used += steps
    return true
  }
}

/** The share of a call's effort that one text costs. */
function costOf(source: string, text: string): number {
  const meter = new Meter()
  compiled(source).matches(text, meter)
  return meter.used / EFFORT_STEPS_MAX
}

describe('[P4] what is refused at load, with its place', () => {
  test.each`
    source                 | problem
    ${'a(?=b)'}            | ${'(?= at character 2: look-around'}
    ${'a(?!b)'}            | ${'(?! at character 2: look-around'}
    ${'(?<=a)b'}           | ${'(?<= at character 1: look-around'}
    ${'x(?<!a)b'}          | ${'(?<! at character 2: look-around'}
    ${'(a)\\1'}            | ${'\\1 at character 4: a back-reference'}
    ${'(?P<n>a)(?P=n)'}    | ${'(?P= at character 9: a back-reference'}
    ${'(?<n>a)\\k<n>'}     | ${'\\k< at character 8: a back-reference'}
    ${'(?>a)'}             | ${'(?> at character 1: atomic groups'}
    ${'a++'}               | ${'++ at character 2: possessive'}
    ${'a{2,3}+'}           | ${'{2,3}+ at character 2: possessive'}
    ${'(?(1)a|b)'}         | ${'(?( at character 1: conditional'}
    ${'a(?#note)'}         | ${'(?# at character 2: comments'}
    ${'a{,3}'}             | ${'{,3} at character 2: a repetition needs its lower bound'}
    ${'a\\Z'}              | ${'\\Z at character 2'}
    ${'\\u0041'}           | ${'\\u at character 1'}
    ${'a('}                | ${'missing closing )'}
    ${'[a'}                | ${'[a at character 1: missing closing ]'}
    ${'*a'}                | ${'* at character 1: missing argument'}
    ${'a{1001}'}           | ${'{1001} at character 2'}
    ${'\\'}                | ${'trailing backslash'}
    ${'[z-a]'}             | ${'z-a at character 2'}
    ${'((a{1000}){1000})'} | ${'{1000} at character'}
    ${'(?s).{900}.{900}x'} | ${'too large to run in time'}
    ${'a'.repeat(10_001)}  | ${'10001 characters, more than 10000'}
  `('$source: $problem', ({ source, problem }) => {
    expect(problemOf(source)).toContain(problem)
  })

  it.each(['\\(?=', '[(?=a)]', '\\Q(?=\\E', '\\\\1', '[]{,3}]', 'a\\{,3}', '[^]\\]{,3}]'])(
    'takes %s, where those characters stand for themselves',
    (source) => {
      expect(problemOf(source)).toBe('')
    },
  )
})

describe('what an expression finds', () => {
  test.each`
    source                 | anchor        | text                  | found
    ${'(?i)drop\\s+table'} | ${'anywhere'} | ${'x; DROP  TABLE y'} | ${true}
    ${'\\bfoo\\b'}         | ${'anywhere'} | ${'food'}             | ${false}
    ${'^a$'}               | ${'anywhere'} | ${'a\n'}              | ${false}
    ${'(?m)^a$'}           | ${'anywhere'} | ${'b\na\n'}           | ${true}
    ${'a.c'}               | ${'anywhere'} | ${'a\nc'}             | ${false}
    ${'(?s)a.c'}           | ${'anywhere'} | ${'a\nc'}             | ${true}
    ${'\\p{Greek}+'}       | ${'anywhere'} | ${'abc λόγος'}        | ${true}
    ${'(?i)ДОГОВОР'}       | ${'anywhere'} | ${'договор №1'}       | ${true}
    ${'^.$'}               | ${'anywhere'} | ${'😀'}               | ${true}
    ${'[A-Z]{2}\\d{2}'}    | ${'start'}    | ${'DE89 3704'}        | ${true}
    ${'[A-Z]{2}\\d{2}'}    | ${'start'}    | ${' DE89'}            | ${false}
    ${'b|a'}               | ${'start'}    | ${'ab'}               | ${true}
    ${'b|c'}               | ${'start'}    | ${'ab'}               | ${false}
    ${''}                  | ${'start'}    | ${'anything'}         | ${true}
  `('$source at $anchor of $text: $found', ({ source, anchor, text, found }) => {
    expect(compiled(source, anchor).matches(text, new Effort())).toBe(found)
    // The same again, after other texts have passed through the same automaton.
    const regex = compiled(source, anchor)
    for (const other of ['', 'zzz', text.repeat(3), '\n', text]) regex.matches(other, new Effort())
    expect(regex.matches(text, new Effort())).toBe(found)
  })
})

describe('[P6] what one call may cost', () => {
  it('reads texts of up to 16 KiB and is in doubt beyond, counted in UTF-8', () => {
    const regex = compiled('b$')
    expect(regex.matches(`${'a'.repeat(16_383)}b`, new Effort())).toBe(true)
    expect(regex.matches(`${'a'.repeat(16_384)}b`, new Effort())).toMatchObject({
      because: expect.stringContaining('16 KiB'),
    })
    expect(regex.matches(`${'é'.repeat(8_191)}b`, new Effort())).toBe(true)
    expect(regex.matches(`${'é'.repeat(8_192)}b`, new Effort())).toMatchObject({
      because: expect.stringContaining('16 KiB'),
    })
  })

  it('is in doubt when the effort is spent', () => {
    expect(compiled('a').matches('a'.repeat(1_000), new Effort(500))).toMatchObject({
      because: expect.stringContaining('spent all the work'),
    })
  })

  it.each([
    '(?i)(?:select|insert|update|delete|drop)\\s',
    '(?i)password|secret|token',
    '-----BEGIN (RSA |EC )?PRIVATE KEY-----',
    '^(?:[a-z0-9._-]+)@(?:[a-z0-9-]+\\.)+[a-z]{2,}$',
    '\\b\\d{16}\\b',
    '\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b',
    '(a+)+$',
    '(.*a){20}',
  ])('costs a look-up for each character: %s', (source) => {
    expect(costOf(source, 'a'.repeat(16_384))).toBeLessThan(1 / 150)
  })

  it.each(['(a|b)*a(a|b){20}$', '(?i)[\\pL\\pN]{20}$', '.{400}$'])(
    'costs by its size where an automaton would grow without end: %s',
    (source) => {
      expect(costOf(source, 'a'.repeat(1_000))).toBeGreaterThan(1 / 20)
    },
  )
})
