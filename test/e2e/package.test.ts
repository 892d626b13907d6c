import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeVersionProblem } from '../../src/support/node-version.ts'
import { PACKING_MAX_MS, type Project, packedProject, ROOT } from './project.ts'

const CLI = join(ROOT, 'dist/cli/main.js')

let project: Project
beforeAll(() => {
  project = packedProject()
}, PACKING_MAX_MS)
afterAll(() => project.remove())

describe('the package as it is published', () => {
  it('holds what it needs and nothing else', () => {
    const files = readdirSync(join(project.path, 'node_modules/sentinel-guard')).filter(
      (name) => name !== 'node_modules',
    )
    expect(files.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'cases.example.json',
      'cases.schema.json',
      'dist',
      'docs',
      'package.json',
      'rules.example.json',
      'rules.schema.json',
    ])
  })

  it.each([
    ['rules.schema.json', 'Sentinel rules file'],
    ['cases.schema.json', 'Sentinel policy cases'],
  ])('gives %s', (file, title) => {
    const script = `import schema from 'sentinel-guard/${file}' with { type: 'json' }; process.stdout.write(schema.title)`
    expect(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: project.path, encoding: 'utf8' }),
    ).toBe(title)
  })
})

/** All that a declaration file imports, the files of the package followed. */
function typesNeeded(file: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const { groups = {} } of readFileSync(file, 'utf8').matchAll(/(?:from|import|import\() ?'(?<name>[^']+)'/g)) {
    const name = groups.name ?? ''
    if (name.startsWith('.')) typesNeeded(join(dirname(file), name.replace(/\.ts$/, '.d.ts')), seen)
    else seen.add(name)
  }
  return seen
}

it.each(['index', 'server/index', 'testing/index'])(
  "the types of %s need none but those that come along, or are Node's: strict projects compile without `skipLibCheck`",
  (entry) => {
    const dist = join(project.path, 'node_modules/sentinel-guard/dist')
    const packages = [...typesNeeded(join(dist, `${entry}.d.ts`))].filter((name) => !name.startsWith(dist))
    // better-sqlite3 has no types of its own: who does not install them would get an error here.
    expect(
      packages.filter((name) => !name.startsWith('node:') && !['zod', 'hono', 'ai', 'ipaddr.js'].includes(name)),
    ).toEqual([])
  },
)

describe('npm run demo', () => {
  it('shows rules and anomaly detection deciding real calls', () => {
    const stdout = execFileSync(process.execPath, ['examples/demo.mjs'], { cwd: ROOT, encoding: 'utf8' })
    expect(stdout).toContain(
      "Anomaly detected (risk: 9.4): Parameter 'amount' is 52.5 standard deviations from mean (70.00)",
    )
    expect(stdout).toContain("Rule 'inside_hosts' blocks")
    expect(stdout).toContain('6 calls were refused.')
  })
})

describe('an older Node', () => {
  it.each([
    ['v20.20.2', true],
    ['v21.9.0', true],
    ['v22.0.0', true],
    ['v22.13.1', true],
    ['v22.14.0', false],
    ['v23.0.0', false],
    ['v26.10.0', false],
  ])('%s has a problem: %s', (version, wrong) => {
    expect(nodeVersionProblem(version) !== undefined).toBe(wrong)
  })

  // The version is pretended, so that the test needs no second Node; the order of loading is the real one.
  const pretend = 'data:text/javascript,Object.defineProperty(process, "version", { value: "v20.20.2" })'
  it('is told so by the library, before any native code loads', () => {
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--import', pretend, '-e', "import('sentinel-guard').then(() => process.exit(0))"],
      { cwd: ROOT, encoding: 'utf8' },
    )
    expect(status).not.toBe(0)
    expect(stderr).toContain('sentinel-guard needs Node 22.14 or newer, found v20.20.2')
  })

  it('is told so by the command, in one line', () => {
    const { stderr, status } = spawnSync(process.execPath, ['--import', pretend, CLI, '--help'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect([status, stderr.trim().split('\n').length]).toEqual([1, 1])
    expect(stderr).toContain('found v20.20.2')
  })
})

describe('the command as a process', () => {
  it('takes a reader that goes away for what it is', () => {
    const calls = join(project.path, 'calls.jsonl')
    const line = JSON.stringify({ ts: '2026-01-01', agent: 'a', tool: 't', params: { n: 1 }, outcome: null })
    writeFileSync(calls, `${line}\n`.repeat(20_000))
    const { stdout, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${CLI}" replay "${calls}" | head -n 2`], {
      encoding: 'utf8',
    })
    expect(stdout.trim().split('\n')).toHaveLength(2)
    expect(stderr).toBe('')
  })

  it('loads no native code for what needs none', () => {
    const { stdout } = spawnSync(
      process.execPath,
      [
        '-e',
        "import('sentinel-guard').then(() => process.stdout.write(String(process.moduleLoadList.some((name) => name.includes('better'))) + Object.keys(process.report.getReport().sharedObjects).some((key) => /better_sqlite3/.test(process.report.getReport().sharedObjects[key]))))",
      ],
      { cwd: ROOT, encoding: 'utf8' },
    )
    expect(stdout).toBe('falsefalse')
  })

  it('is named in package.json', () => {
    expect(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).toMatchObject({
      bin: { sentinel: 'dist/cli/main.js' },
      engines: { node: '>=22.14' },
    })
  })
})
