import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type Chart, svgOf } from '../../scripts/plots/chart.ts'
import { FIGURES, type RunSize } from '../../scripts/plots/figures.ts'

const DOCS = resolve(import.meta.dirname, '../../docs')
const KEPT_BYTES_MAX = 60_000
/** Enough for each line to have a few points. */
const SMALL: RunSize = { payments: 30, calls: 310, runs: 1, attempts: 20 }

const page = readFileSync(join(DOCS, 'statistics.md'), 'utf8')
const keptFile = (name: string): string => readFileSync(join(DOCS, 'plots', name), 'utf8')
const titleOf = (svg: string): string | undefined =>
  /<title id="title">(?<title>[^<]+)<\/title>/.exec(svg)?.groups?.title

/** Elements that were opened and not closed, or closed and not opened; none in well-formed XML. */
function unpaired(svg: string): readonly string[] {
  const open: string[] = []
  for (const { groups = {} } of svg.matchAll(
    /<(?<close>\/)?(?<name>\w+)(?:\s+[\w:-]+="[^"<]*")*(?<empty>\/)?>|(?<stray><|&(?!\w+;))/g,
  )) {
    const { close, name = '', empty, stray } = groups
    if (stray !== undefined) return [...open, stray]
    if (close === undefined && empty === undefined) open.push(name)
    else if (close !== undefined && open.pop() !== name) return [...open, `/${name}`]
  }
  return open
}

describe.each(Object.entries(FIGURES))('the chart %s', (name, draw) => {
  const svg = svgOf(draw(SMALL))
  const kept = keptFile(`${name}.svg`)

  it('is drawn the same each time', () => {
    expect(svgOf(draw(SMALL))).toBe(svg)
  })

  it.each([
    ['as drawn', svg],
    ['as kept', kept],
  ])('is well-formed, and has a description for those who can not see it: %s', (_, text) => {
    expect(unpaired(text)).toEqual([])
    expect(text).not.toContain('NaN')
    expect(text).toMatch(/<desc id="desc">[^<]{100,}<\/desc>/)
  })

  it('is kept under the same title, and small', () => {
    expect(titleOf(kept)).toBe(titleOf(svg))
    expect(kept.length).toBeLessThan(KEPT_BYTES_MAX)
  })
})

it.each([
  ['kept', readdirSync(join(DOCS, 'plots'))],
  ['shown', [...page.matchAll(/^!\[.+\]\(plots\/(?<file>[\w.-]+)\)$/gm)].map(({ groups = {} }) => groups.file)],
])('every chart that is drawn is %s, and no other', (_, files) => {
  expect(files.toSorted()).toEqual(
    Object.keys(FIGURES)
      .map((name) => `${name}.svg`)
      .sort(),
  )
})

const blank: Chart = {
  title: 'A title',
  description: 'A description',
  x: { name: 'x', scale: 'linear', from: 0, to: 10, ticks: [] },
  y: { name: 'y', scale: 'log', from: 1, to: 100, ticks: [] },
  series: [],
}

test.each`
  point        | look      | path            | because
  ${[0, 1]}    | ${'dots'} | ${'M70 388h0'}  | ${'the least of both axes is the lower left corner'}
  ${[10, 100]} | ${'dots'} | ${'M726 76h0'}  | ${'the most of both axes is the upper right corner'}
  ${[5, 10]}   | ${'dots'} | ${'M398 232h0'} | ${'half-way on a log axis is the geometric mean'}
`('draws $point at $path: $because', ({ point, look, path }) => {
  expect(svgOf({ ...blank, series: [{ look, parts: [[point]] }] })).toContain(`d="${path}"`)
})

it('stays well-formed whatever a text holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ' ', '/') }), (text) => {
      const x = { ...blank.x, name: text, ticks: [[1, text]] as const }
      expect(unpaired(svgOf({ ...blank, title: text, description: text, x }))).toEqual([])
    }),
  )
})
