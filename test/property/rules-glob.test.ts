import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { type Glob, parseGlob } from '../../src/rules/glob.ts'
import { covers, overlaps } from '../../src/rules/glob-relations.ts'

const RUNS = 10_000

const character = fc.constantFrom('a', 'b', 'c', '-', '.', '😀')
const name = fc.string({ unit: character, maxLength: 8 })

interface Piece {
  readonly glob: string
  readonly regex: string
}

const escaped = (text: string): string => [...text].map((each) => `\\x{${each.codePointAt(0)?.toString(16)}}`).join('')
const member = fc.oneof(
  character.filter((each) => each !== '-').map((each) => ({ glob: each, regex: escaped(each) })),
  fc.constant({ glob: 'a-c', regex: 'a-c' }),
)
/** A piece of a pattern, in both languages. */
const piece: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: character.map((each) => ({ glob: each, regex: escaped(each) })) },
  { weight: 2, arbitrary: fc.constant({ glob: '*', regex: '.*' }) },
  fc.constant({ glob: '?', regex: '.' }),
  fc.tuple(fc.boolean(), fc.array(member, { minLength: 1, maxLength: 3 })).map(([negated, members]) => ({
    glob: `[${negated ? '!' : ''}${members.map(({ glob }) => glob).join('')}]`,
    regex: `[${negated ? '^' : ''}${members.map(({ regex }) => regex).join('')}]`,
  })),
)
const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => ({
  glob: pieces.map(({ glob }) => glob).join(''),
  regex: pieces.map(({ regex }) => regex).join(''),
}))

function globOf(source: string): Glob {
  const glob = parseGlob(source)
  if ('problem' in glob) throw new Error(`${source}: ${glob.problem}`)
  return glob
}

describe('[P6] whole-name patterns', () => {
  it('match what their translation into a regular expression matches', () => {
    fc.assert(
      fc.property(pattern, name, ({ glob, regex }, given) => {
        expect(globOf(glob).matches(given)).toBe(RE2JS.compile(regex, RE2JS.DOTALL).testExact(given))
      }),
      { numRuns: RUNS },
    )
  })

  it('are read or refused, and never throw, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('[', ']', '!', '^', '-', '*', '?', 'a', 'b') }),
        name,
        (source, given) => {
          const glob = parseGlob(source)
          expect('problem' in glob ? glob.problem.length > 0 : typeof glob.matches(given) === 'boolean').toBe(true)
        },
      ),
      { numRuns: RUNS },
    )
  })

  it('are said to have no name in common only when they have none', () => {
    fc.assert(
      fc.property(pattern, pattern, name, (a, b, given) => {
        const [left, right] = [globOf(a.glob), globOf(b.glob)]
        expect(overlaps(left, right)).toBe(overlaps(right, left))
        if (left.matches(given) && right.matches(given)) expect(overlaps(left, right)).toBe(true)
      }),
      { numRuns: RUNS },
    )
  })

  it('are said to cover each other only when they do', () => {
    fc.assert(
      fc.property(pattern, pattern, name, (a, b, given) => {
        const [left, right] = [globOf(a.glob), globOf(b.glob)]
        expect(covers(left, left)).toBe(true)
        if (covers(left, right)) expect(overlaps(left, right)).toBe(true)
        if (covers(left, right) && right.matches(given)) expect(left.matches(given)).toBe(true)
      }),
      { numRuns: RUNS },
    )
  })
})
