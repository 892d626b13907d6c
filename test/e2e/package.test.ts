import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeVersionProblem } from '../../src/support/node-version.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CLI = join(ROOT, 'dist/cli/main.js')

/** An empty project that installed the package as it would be published, its dependencies taken from here. */
let project: string
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'sentinel-project-'))
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
      cwd: ROOT,
      encoding: 'utf8',
    }),
  ) as [{ filename: string }]
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', type: 'module' }))
  execFileSync('tar', ['-xzf', filename], { cwd: project })
  execFileSync(
    'sh',
    [
      '-c',
      `mkdir -p node_modules && mv package node_modules/sentinel-guard && ln -s ${ROOT}/node_modules node_modules/sentinel-guard/node_modules`,
    ],
    { cwd: project },
  )
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('the package as it is published', () => {
  it('runs the starter that init writes, and shows what it recorded', () => {
    const sentinel = (...args: string[]) =>
      execFileSync(process.execPath, [join(project, 'node_modules/sentinel-guard/dist/cli/main.js'), ...args], {
        cwd: project,
        encoding: 'utf8',
      })
    expect(sentinel('init')).toContain('Next:')
    const { stdout, stderr, status } = spawnSync(process.execPath, ['sentinel.example.mjs'], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, SENTINEL_LOG_LEVEL: 'silent' },
    })
    expect([stderr, status]).toEqual(['', 0])
    expect(stdout).toBe(
      "sent 50 to bob@example.com\nRule 'transfer_limit' blocks: This transfer is larger than an agent may make.\n",
    )
    expect(sentinel('log')).toMatch(/allow.*\n.*executed.*\n.*block/)
    expect(sentinel('check', 'rules.example.json')).toContain('rules, ')
  })

  it('holds what it needs and nothing else', () => {
    const files = readdirSync(join(project, 'node_modules/sentinel-guard')).filter((name) => name !== 'node_modules')
    expect(files.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'cases.example.json',
      'cases.schema.json',
      'dist',
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
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: project, encoding: 'utf8' }),
    ).toBe(title)
  })
})

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
    ['v22.0.0', false],
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
    expect(stderr).toContain('sentinel-guard needs Node 22 or newer, found v20.20.2')
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
    const calls = join(project, 'calls.jsonl')
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
      engines: { node: '>=22' },
    })
  })
})
