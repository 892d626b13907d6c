import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { tempDir } from '../support/guards.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const DAY_MS = 86_400_000
/** What is usual is built from the last weeks: the page's days are moved to these ones, and those of what is printed back. */
const PAGE_DAY = '2026-01-05'
const DAYS_AGO = 3
const SHIFT_MS = Math.floor(Date.now() / DAY_MS - DAYS_AGO) * DAY_MS - Date.parse(PAGE_DAY)
const moved = (text: string, byMs: number): string =>
  text.replaceAll(/\b\d{4}-\d\d-\d\d/g, (day) => new Date(Date.parse(day) + byMs).toISOString().slice(0, 10))

/** What is new in each run: ids, which hold a time, and the moment of writing. Compared as the same on both sides. */
const settled = (text: string): string =>
  text
    .replaceAll(/\banom_[0-9a-f]{24}\b/g, 'anom_…')
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '…')
    .trim()

interface Command {
  readonly command: string
  readonly output: string
}
interface Page {
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

const pages = ['docs/command-line.md', 'docs/operating.md'].map((page) => {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const files = [...text.matchAll(/^```json\w* (?<name>[\w./-]+)\n(?<text>.*?)^```/gms)].map(({ groups = {} }) => ({
    name: groups.name ?? '',
    text: groups.text ?? '',
  }))
  return { page, text, files }
})
/** The commands of one block follow each other in one directory. */
const sessions = pages.flatMap(({ page, text, files }) =>
  [...text.matchAll(/^```console\n(?<text>.*?)^```/gms)].map(({ groups = {} }) => {
    const commands = (groups.text ?? '')
      .split(/^\$ /m)
      .slice(1)
      .map((part): Command => {
        const [command = '', ...output] = part.split('\n')
        return { command, output: output.join('\n').trim() }
      })
    return { page, files, title: commands[0]?.command, commands }
  }),
)

/** A directory with the files of the page, and `sentinel` on its path. */
function prepared(files: Page['files']): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  const cwd = tempDir()
  const bin = join(cwd, '.bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'sentinel'), `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/dist/cli/main.js" "$@"\n`)
  chmodSync(join(bin, 'sentinel'), 0o755)
  for (const { name, text } of files) {
    const path = join(cwd, moved(name, SHIFT_MS))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, moved(text, SHIFT_MS))
  }
  return { cwd, env: { ...process.env, PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter) } }
}

it.each(sessions)('$page: $title … prints what the page says', ({ files, commands }) => {
  const { cwd, env } = prepared(files)
  for (const { command, output } of commands) {
    // A command that finds something wrong says so with its exit code; the page shows what it prints.
    const script = `${moved(command, SHIFT_MS)} || true`
    const stdout = execFileSync('sh', ['-c', script], { cwd, env, encoding: 'utf8' })
    expect(settled(moved(stdout, -SHIFT_MS)), command).toBe(settled(output))
  }
})
