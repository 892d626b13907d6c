import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasScript, runInTerminal } from './run-in-terminal.ts'

const page = readFileSync(new URL('../../docs/approvals.md', import.meta.url), 'utf8')
const library = new URL('../../src/index.ts', import.meta.url).href

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sentinel-docs-'))
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

// The other programs of the page run with all the docs; this one needs a terminal and someone who types.
test.skipIf(!hasScript)('the program of "The terminal" asks on a real terminal, and runs the tool', async () => {
  const [, code = ''] = /^## The terminal\n\n```ts no-run\n((?:(?!```).*\n)*)```/m.exec(page) ?? []
  const file = join(directory, 'terminal.mts')
  writeFileSync(file, code.replaceAll("'sentinel-guard'", `'${library}'`))
  const { exitCode, screen } = await runInTerminal({ program: [file], cwd: directory, typed: ['y\r'] })
  expect(exitCode).toBe(0)
  expect(screen).toContain('Approval needed: delete_user')
  expect(screen).toContain('user 7 deleted')
})
