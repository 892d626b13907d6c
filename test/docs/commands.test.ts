import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { tempDir } from '../support/guards.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8')
const files = [...page.matchAll(/^```\w+ (?<name>[\w.-]+)\n(?<text>.*?)^```/gms)].map(({ groups = {} }) => groups)
const sessions = [...page.matchAll(/^```console\n(?<text>.*?)^```/gms)].flatMap(({ groups = {} }) =>
  (groups.text ?? '')
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.split('\n')
      return { command, output: output.join('\n').trim() }
    }),
)

/** A directory with the files of the page, and `sentinel` on its path. */
function prepared(): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  const cwd = tempDir()
  const bin = join(cwd, '.bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'sentinel'), `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/dist/cli/main.js" "$@"\n`)
  chmodSync(join(bin, 'sentinel'), 0o755)
  for (const { name = '', text = '' } of files) writeFileSync(join(cwd, name), text)
  return { cwd, env: { ...process.env, PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter) } }
}

it.each(sessions)('docs/command-line.md: $command prints what the page says', ({ command, output }) => {
  const { cwd, env } = prepared()
  // A command that finds something wrong says so with its exit code; the page shows what it prints.
  const stdout = execFileSync('sh', ['-c', `${command} || true`], { cwd, env, encoding: 'utf8' })
  expect(stdout.trim()).toBe(output)
})
