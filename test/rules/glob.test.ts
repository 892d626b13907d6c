import { describe, expect, it, test } from 'vitest'
import { type Glob, parseGlob } from '../../src/rules/glob.ts'

function globOf(source: string): Glob {
  const glob = parseGlob(source)
  if ('problem' in glob) throw new Error(glob.problem)
  return glob
}

describe('whole-name patterns', () => {
  test.each`
    pattern       | name             | matches  | because
    ${'transfer'} | ${'transfer'}    | ${true}  | ${'the name itself'}
    ${'transfer'} | ${'transfers'}   | ${false} | ${'the whole name'}
    ${'transfer'} | ${'Transfer'}    | ${false} | ${'case counts'}
    ${'*'}        | ${''}            | ${true}  | ${'a star is also nothing'}
    ${'*'}        | ${'any\nthing'}  | ${true}  | ${'a star takes everything'}
    ${'**'}       | ${'a/b.c'}       | ${true}  | ${'nothing separates'}
    ${'send_*'}   | ${'send_'}       | ${true}  | ${'a star is also nothing'}
    ${'send_*'}   | ${'resend_mail'} | ${false} | ${'from the start'}
    ${'*_file'}   | ${'read_file'}   | ${true}  | ${'to the end'}
    ${'*_file'}   | ${'read_files'}  | ${false} | ${'to the end'}
    ${'a*b*c'}    | ${'a-b-b-c'}     | ${true}  | ${'stars give back what they took'}
    ${'a*b*c'}    | ${'acb'}         | ${false} | ${'in this order'}
    ${'?at'}      | ${'cat'}         | ${true}  | ${'one character'}
    ${'?at'}      | ${'at'}          | ${false} | ${'exactly one'}
    ${'?'}        | ${'😀'}          | ${true}  | ${'one character is one code point'}
    ${'[ab]c'}    | ${'bc'}          | ${true}  | ${'one of these'}
    ${'[a-c]x'}   | ${'bx'}          | ${true}  | ${'one of a range'}
    ${'[a-c]x'}   | ${'dx'}          | ${false} | ${'outside of the range'}
    ${'[!a-c]x'}  | ${'dx'}          | ${true}  | ${'none of a range'}
    ${'[!a-c]x'}  | ${'ax'}          | ${false} | ${'none of a range'}
    ${'[!a]'}     | ${''}            | ${false} | ${'a set is one character'}
    ${'[]]'}      | ${']'}           | ${true}  | ${'a ] directly after the [ is a member'}
    ${'[!]]'}     | ${'a'}           | ${true}  | ${'a ] directly after the [! is a member'}
    ${'[a-]'}     | ${'-'}           | ${true}  | ${'a - at the end is a member'}
    ${'[*]'}      | ${'*'}           | ${true}  | ${'a star in a set is itself'}
    ${'[*]'}      | ${'a'}           | ${false} | ${'a star in a set is itself'}
    ${'[[]'}      | ${'['}           | ${true}  | ${'a [ in a set is itself'}
    ${'[😀-😂]'}  | ${'😁'}          | ${true}  | ${'ranges of code points'}
    ${'a.c'}      | ${'abc'}         | ${false} | ${'a dot is a dot'}
    ${'a+'}       | ${'aa'}          | ${false} | ${'a plus is a plus'}
    ${'a\\*'}     | ${'a\\b'}        | ${true}  | ${'a backslash is a backslash'}
  `('$pattern and "$name": $matches, $because', ({ pattern, name, matches }) => {
    expect(globOf(pattern).matches(name)).toBe(matches)
  })

  test.each`
    pattern    | problem
    ${''}      | ${'empty'}
    ${'a[b'}   | ${'at character 2 is never closed'}
    ${'a[]'}   | ${'never closed'}
    ${'[!]'}   | ${'never closed'}
    ${'[b-a]'} | ${'runs backwards'}
    ${'[^a]'}  | ${'write [!a'}
  `('refuses "$pattern": $problem', ({ pattern, problem }) => {
    expect(parseGlob(pattern)).toMatchObject({ problem: expect.stringContaining(problem) })
  })

  it('[P6] takes no more steps than pattern times name, however the stars are placed', () => {
    const name = `${'a'.repeat(100_000)}c`
    expect(globOf('*a*a*a*a*a*a*a*a*a*a*b').matches(name)).toBe(false)
    expect(globOf(`*${'a'.repeat(50)}b`).matches(name)).toBe(false)
    expect(globOf('*a?a*[a-b]*a?*c').matches(name)).toBe(true)
  })
})
