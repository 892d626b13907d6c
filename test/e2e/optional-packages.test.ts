import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { tempDir } from '../support/guards.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** A project that installed the package with what it needs and nothing optional. */
function bareProject(): string {
  const project = tempDir()
  const installed = join(project, 'node_modules')
  cpSync(join(ROOT, 'dist'), join(installed, 'sentinel-guard/dist'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(installed, 'sentinel-guard/package.json'))
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(installed, name)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(installed, name))
  }
  return project
}

const run = (project: string, program: string): string => {
  writeFileSync(join(project, 'program.mjs'), program)
  return execFileSync(process.execPath, ['program.mjs'], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, OPENAI_API_KEY: 'sk-test-0123456789' },
  })
}

it('the guard works without any optional package', () => {
  const printed = run(
    bareProject(),
    `import { Sentinel } from 'sentinel-guard'
     await using sentinel = new Sentinel({ logger: false })
     console.log(await sentinel.wrap('look', async () => 'seen')())`,
  )
  expect(printed).toBe('seen\n')
})

it('LLM analysis without its packages says at ready() what to install', () => {
  const printed = run(
    bareProject(),
    `import { Sentinel } from 'sentinel-guard'
     await using sentinel = new Sentinel({ logger: false, anomalyLlm: true })
     await sentinel.ready().catch((error) => console.log(error.code, error.message))`,
  )
  expect(printed).toContain('CONFIG_INVALID')
  expect(printed).toContain("Cannot find package 'ai'")
  expect(printed).toContain('run `npm install ai @ai-sdk/openai`')
})

it('the types of the package name no optional package', () => {
  const seen = new Set<string>()
  const foreign = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(file, 'utf8')
    for (const { groups } of text.matchAll(/(?:from |import\()'(?<target>[^']+)'/g)) {
      const target = groups?.target ?? ''
      if (target.startsWith('.')) visit(resolve(dirname(file), target.replace(/\.[jt]s$/, '.d.ts')))
      else foreign.add(target)
    }
  }
  visit(join(ROOT, 'dist/index.d.ts'))
  expect(seen.size).toBeGreaterThan(20)
  expect(foreign.size).toBeGreaterThan(0)
  expect([...foreign].filter((name) => /^(ai|@ai-sdk|@opentelemetry)(\/|$)/.test(name))).toEqual([])
})
