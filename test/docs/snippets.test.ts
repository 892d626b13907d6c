import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRules } from '../../src/rules/load.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** Inside the package, so that `sentinel-guard` is the package itself, as built. */
const OUT = join(ROOT, '.snippets')
/** All programs run at once, on a machine that may have other work. */
const RUNNING_MAX_MS = 60_000
const FENCE = /^```(?<language>\w+)(?<mark> [\w-]+)?\n(?<code>.*?)^```(?:\n+^```text\n(?<output>.*?)^```)?/gms

interface Snippet {
  readonly name: string
  readonly language: string
  readonly code: string
  /** What it prints, when the page shows it. */
  readonly output: string | undefined
  /** `no-run`: needs a person or a terminal; compiled only. */
  readonly mark: string | undefined
}

const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]
const snippets = pages.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(FENCE)].map(
    ({ groups = {} }, index): Snippet => ({
      name: `${page.replaceAll(/\W/g, '-')}-${index + 1}`,
      language: groups.language ?? '',
      code: groups.code ?? '',
      output: groups.output,
      mark: groups.mark?.trim(),
    }),
  ),
)
const programs = snippets.filter(({ language }) => language === 'ts')
const rules = snippets.filter(({ language, code }) => language === 'json' && code.includes('"rules"'))

const TSCONFIG = {
  extends: '../tsconfig.json',
  compilerOptions: {
    noEmit: false,
    outDir: 'out',
    rootDir: '.',
    allowImportingTsExtensions: false,
    noUnusedLocals: false,
  },
  include: ['*.ts'],
}

// Compiled by the TypeScript compiler, because not every runner knows standard decorators.
beforeAll(() => {
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(OUT)
  writeFileSync(join(OUT, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  for (const { name, code } of programs) writeFileSync(join(OUT, `${name}.ts`), code)
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', OUT], { encoding: 'utf8' })
  } catch (error) {
    throw new Error(`The snippets do not compile:\n${(error as { stdout: string }).stdout}`)
  }
})
afterAll(() => rmSync(OUT, { recursive: true, force: true }))

const PROGRAMS_AT_ONCE = 4

/** What each program printed, each in a directory of its own. */
const printed = new Map<string, string>()
const runnable = programs.filter(({ mark }) => mark !== 'no-run')

async function runProgram(name: string): Promise<string> {
  const cwd = mkdtempSync(join(OUT, 'run-'))
  const env = { PATH: process.env.PATH, HOME: cwd, SENTINEL_LOG_LEVEL: 'silent' }
  const program = join(OUT, 'out', `${name}.js`)
  return promisify(execFile)(process.execPath, [program], { cwd, env, timeout: RUNNING_MAX_MS }).then(
    ({ stdout }) => stdout,
    (error: unknown) => `the program failed: ${String(error)}`,
  )
}

beforeAll(async () => {
  const left = runnable.values()
  const runner = async (): Promise<void> => {
    for (const { name } of left) printed.set(name, await runProgram(name))
  }
  // Each has a minute of its own, so that they may not all share the processors.
  await Promise.all(Array.from({ length: PROGRAMS_AT_ONCE }, runner))
}, 600_000)

describe('every program in the README and the docs', () => {
  it.each(runnable)('$name runs, and prints what the page says', ({ name, output }) => {
    expect(printed.get(name)).not.toContain('the program failed')
    if (output !== undefined) expect(printed.get(name)?.trim()).toBe(output.trim())
  })
})

describe('every rules file in the README and the docs', () => {
  it.each(rules)('$name loads', ({ code }) => {
    expect(() => parseRules(JSON.parse(code))).not.toThrow()
  })
})
