import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const LINK = /\[(?<title>[^\]]+)\]\(\.\.\/(?<file>test\/[^)]+)\)/g

interface Row {
  readonly feature: string
  readonly proofs: readonly { readonly title: string; readonly file: string }[]
}

/** Every row of the tables in docs/parity.md whose last column is the proof. */
function rowsOf(page: string): readonly Row[] {
  const tables = page.split('\n\n').filter((block) => /^\|.*\| proof +\|\n/.test(block))
  return tables.flatMap((table) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => {
        const cells = line.split(' | ')
        const links = [...(cells.at(-1) ?? '').matchAll(LINK)]
        const proofs = links.map(({ groups }) => ({ title: groups?.title ?? '', file: groups?.file ?? '' }))
        return { feature: (cells[0] ?? '').replace(/^\| /, '').trim(), proofs }
      }),
  )
}

const rows = rowsOf(readFileSync(join(ROOT, 'docs/parity.md'), 'utf8'))

it('the page has its rows', () => {
  expect(rows.length).toBeGreaterThan(50)
})

describe('every documented feature of the two systems is proven by a test that is there', () => {
  it.each(rows.map((row) => [row.feature, row] as const))('%s', (_, { proofs }) => {
    expect(proofs).not.toEqual([])
    const missing = proofs.filter(
      ({ file, title }) => !existsSync(join(ROOT, file)) || !readFileSync(join(ROOT, file), 'utf8').includes(title),
    )
    expect(missing).toEqual([])
  })
})
