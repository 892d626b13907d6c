import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it, test } from 'vitest'
import { main } from '../../src/cli/program.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { settle } from '../support/fake-clock.ts'
import { tempDir } from '../support/guards.ts'
import { logged, RULES } from './logged.ts'
import { FakeTerminal, sentinel } from './run.ts'

describe('the command itself', () => {
  test.each`
    args                                                    | exitCode | says
    ${['--help']}                                           | ${0}     | ${'replay'}
    ${['--version']}                                        | ${0}     | ${'0.1.0'}
    ${['replay', '--help']}                                 | ${0}     | ${'Examples:'}
    ${['log', '--help']}                                    | ${0}     | ${'Examples:'}
    ${['check', '--help']}                                  | ${0}     | ${'Examples:'}
    ${['init', '--help']}                                   | ${0}     | ${'Examples:'}
    ${['verify', '--help']}                                 | ${0}     | ${'not verifiable'}
    ${['prune', '--help']}                                  | ${0}     | ${'Examples:'}
    ${['import', '--help']}                                 | ${0}     | ${'Examples:'}
    ${['export', '--help']}                                 | ${0}     | ${'Examples:'}
    ${['test', '--help']}                                   | ${0}     | ${'Examples:'}
    ${['doctor', '--help']}                                 | ${0}     | ${'Examples:'}
    ${['baselines', '--help']}                              | ${0}     | ${'rebuild'}
    ${['baselines', 'show', '--help']}                      | ${0}     | ${'Examples:'}
    ${['import']}                                           | ${2}     | ${"missing required argument 'paths'"}
    ${['export', '--format', 'xml']}                        | ${2}     | ${'Allowed choices are jsonl, csv'}
    ${['baselines', 'show']}                                | ${2}     | ${"missing required argument 'tool'"}
    ${['baselines', 'nonsense']}                            | ${2}     | ${"unknown command 'nonsense'"}
    ${['prune']}                                            | ${2}     | ${"required option '--before <when>'"}
    ${['prune', '--before', 'yesterday']}                   | ${2}     | ${'It must be a time'}
    ${['verify', '--db', '/nowhere/a.db']}                  | ${1}     | ${'there is no such file'}
    ${['prune', '--db', '/nowhere/a.db', '--before', '1d']} | ${1}     | ${'there is no such file'}
    ${[]}                                                   | ${2}     | ${'Usage: sentinel'}
    ${['nonsense']}                                         | ${2}     | ${"unknown command 'nonsense'"}
    ${['check']}                                            | ${2}     | ${"missing required argument 'file'"}
    ${['log', '--nonsense']}                                | ${2}     | ${"unknown option '--nonsense'"}
    ${['log', '--min-risk', 'high']}                        | ${2}     | ${'It must be a number from 0 to 10.'}
    ${['log', '-n', '0']}                                   | ${2}     | ${'It must be a whole number'}
    ${['log', '--event', 'allowed']}                        | ${2}     | ${'Allowed choices are'}
    ${['log', '--since', 'yesterday']}                      | ${2}     | ${'It must be a time'}
    ${['anomalies', 'list', '--since', 'yesterday']}        | ${2}     | ${'It must be a time'}
    ${['replay', '--reviewer', 'nobody']}                   | ${2}     | ${'Allowed choices are clean, human, auto'}
    ${['replay', '/nowhere/calls.jsonl']}                   | ${1}     | ${'can not be read'}
    ${['check', '/nowhere/rules.json']}                     | ${1}     | ${'can not be read'}
    ${['log', '--db', '/nowhere/audit.db']}                 | ${1}     | ${'/nowhere/audit.db'}
  `('sentinel $args exits with $exitCode', async ({ args, exitCode, says }) => {
    const ran = await sentinel(args, { columns: 80 })
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stdout + ran.stderr).toContain(says)
    for (const line of (ran.stdout + ran.stderr).split('\n'))
      if (args.includes('--help')) expect(line.length).toBeLessThanOrEqual(80)
  })
})

/** It answers over HTTP. */
const SERVER = 'serve'

it('every command takes --json, and shows in its help how it is used', async () => {
  const { stdout } = await sentinel(['--help'])
  const listed = stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+) \[/gm)
  const names = [...listed].map(([, name = '']) => name).filter((name) => name !== 'help' && name !== SERVER)
  expect(names).toContain('doctor')
  for (const name of names) {
    const group = (await sentinel([name, '--help'])).stdout.includes('Commands:')
    const nested = group ? (await sentinel([name, '--help'])).stdout.matchAll(/^ {2}([a-z]+) \[/gm) : [['', '']]
    for (const [, child = ''] of nested) {
      if (child === 'help') continue
      const { stdout: help } = await sentinel([name, child, '--help'].filter(Boolean))
      expect(help, `${name} ${child}`).toContain('--json')
      expect(help, `${name} ${child}`).toContain('Examples:')
    }
  }
})

describe('sentinel init', () => {
  it('writes the example rules and a starter, and replaces nothing', async () => {
    const cwd = tempDir()
    expect(await sentinel(['init'], { cwd })).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Next:') })
    expect(await sentinel(['check', join(cwd, 'rules.example.json')])).toMatchObject({ exitCode: 0 })
    expect(
      await sentinel(['test', join(cwd, 'cases'), '--rules', join(cwd, 'rules.example.json'), '--require-coverage']),
    ).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(cwd, 'sentinel.example.mjs'), 'utf8').trim().split('\n').length).toBeLessThanOrEqual(10)
    writeFileSync(join(cwd, 'rules.example.json'), 'mine')
    expect(await sentinel(['init'], { cwd })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--force') })
    expect(readFileSync(join(cwd, 'rules.example.json'), 'utf8')).toBe('mine')
    expect(await sentinel(['init', '--force'], { cwd })).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(cwd, 'rules.example.json'), 'utf8')).not.toBe('mine')
  })

  it('says in JSON what it wrote', async () => {
    const { stdout } = await sentinel(['init', '--json'], { cwd: tempDir() })
    expect(JSON.parse(stdout)).toEqual({ files: ['rules.example.json', 'cases/example.json', 'sentinel.example.mjs'] })
  })
})

it('sentinel init does not write through a link that leads elsewhere', async () => {
  const [cwd, elsewhere] = [tempDir(), join(tempDir(), 'target.json')]
  symlinkSync(elsewhere, join(cwd, 'rules.example.json'))
  expect(await sentinel(['init'], { cwd })).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^sentinel: /) })
  expect(existsSync(elsewhere)).toBe(false)
})

it('sentinel init says what is in the way', async () => {
  const cwd = tempDir()
  mkdirSync(join(cwd, 'rules.example.json'))
  expect(await sentinel(['init', '--force'], { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^sentinel: EISDIR/),
  })
})

describe('sentinel check', () => {
  const file = (rules: unknown): string => {
    const path = join(tempDir(), 'rules.json')
    writeFileSync(path, typeof rules === 'string' ? rules : JSON.stringify(rules))
    return path
  }
  it('says that a file is fine', async () => {
    expect(await sentinel(['check', file(RULES)])).toMatchObject({ exitCode: 0, stdout: '1 rule, 0 warnings.\n' })
  })
  it('lists everything wrong, each with its place', async () => {
    const bad = {
      version: '1.0',
      rules: [
        { ...RULES.rules[0], action: 'deny' },
        { id: 'x', function_pattern: '[', conditions: [], action: 'allow' },
      ],
    }
    const { exitCode, stdout } = await sentinel(['check', file(bad)])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('rules[0].action: error:')
    expect(stdout).toContain('rules[1].function_pattern: error:')
    expect(stdout).toContain('2 errors: this file can not be used.')
  })
  it('says so in JSON too', async () => {
    const { stdout } = await sentinel(['check', file('{'), '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ errors: [{ code: expect.any(String) }], warnings: [], rules: 0 })
  })
})

describe('sentinel log', () => {
  it('shows the latest events last, one line each, without what a terminal would obey', async () => {
    const { exitCode, stdout } = await sentinel(['log', '--db', await logged()])
    expect(exitCode).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.split(/\s+/)[2])).toEqual([
      'rules_loaded',
      'allow',
      'executed',
      'allow',
      'failed',
      'block',
    ])
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toContain('No wiping.')
    expect(stdout).toContain('TypeError')
  })

  test.each`
    args                              | events
    ${['--tool', 'pay']}              | ${['allow', 'executed']}
    ${['--agent', 'other']}           | ${['allow', 'failed']}
    ${['--event', 'block', 'failed']} | ${['failed', 'block']}
    ${['--min-risk', '1']}            | ${[]}
    ${['--since', '1h', '-n', '1']}   | ${['block']}
    ${['--until', '2020-01-01']}      | ${[]}
  `('$args', async ({ args, events }) => {
    const { stdout } = await sentinel(['log', '--json', '--db', await logged(), ...args])
    expect(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).event),
    ).toEqual(events)
  })

  it('fits the terminal, in colour', async () => {
    const { stdout } = await sentinel(['log', '--db', await logged()], { columns: 80 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
    const plain = stdout.replaceAll(/\u001b\[\d+m/g, '')
    expect(plain).not.toBe(stdout)
    for (const line of plain.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const { stdout: quiet } = await sentinel(['log', '--db', await logged()], { columns: 80, env: { NO_COLOR: '1' } })
    expect(quiet).not.toContain('\u001b')
  })

  it('takes the place of the log from the environment, and makes none', async () => {
    const path = await logged()
    expect(await sentinel(['log'], { env: { SENTINEL_AUDIT_PATH: path } })).toMatchObject({ exitCode: 0 })
    const missing = join(tempDir(), 'sub', 'audit.db')
    expect(await sentinel(['log', '--db', missing])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(missing),
    })
    expect(existsSync(missing)).toBe(false)
    expect(existsSync(dirname(missing))).toBe(false)
  })

  it('[P15] only reads: it makes no key beside a log', async () => {
    const path = await logged()
    const key = join(dirname(path), 'audit.key')
    rmSync(key)
    expect(await sentinel(['log', '--db', path])).toMatchObject({ exitCode: 0 })
    expect(existsSync(key)).toBe(false)
  })

  it('follows until Ctrl-C', async () => {
    const auditLogPath = await logged()
    const terminal = new FakeTerminal(['log', '-f', '--json', '--db', auditLogPath, '-n', '1'], {})
    const done = main(terminal)
    const guard = new Sentinel({ auditLogPath, logger: false, auditDurability: 'normal' })
    await guard.wrap('new_tool', async () => 1)()
    await guard.close()
    await expect.poll(() => terminal.written.stdout, { timeout: 5_000 }).toContain('new_tool')
    terminal.emit('SIGINT')
    expect(await done).toBe(0)
    await settle()
    expect(terminal.listenerCount('SIGINT')).toBe(0)
  })
})

describe('sentinel verify', () => {
  it('[P13] finds an untouched log intact with the key beside it', async () => {
    const { exitCode, stdout } = await sentinel(['verify', '--db', await logged()])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^6 events, 1 to 6: intact\.\nThe head of .* names event 6, and the log holds it\.\n$/)
  })

  it('[P13] says that it is not verifiable without the key, and exits with 3', async () => {
    const path = await logged()
    rmSync(join(dirname(path), 'audit.key'))
    const { exitCode, stdout } = await sentinel(['verify', '--db', path])
    expect(exitCode).toBe(3)
    expect(stdout).toContain('not verifiable: the key that seals the events was not given: SENTINEL_AUDIT_KEY')
    expect(existsSync(join(dirname(path), 'audit.key'))).toBe(false)
  })

  it('takes the key from the environment', async () => {
    const auditLogPath = join(tempDir(), 'audit.db')
    const auditKey = 'a key of thirty-two bytes or more'
    const guard = new Sentinel({ auditLogPath, auditKey, logger: false })
    await guard.wrap('pay', async () => 'paid')()
    await guard.close()
    const running = { env: { SENTINEL_AUDIT_KEY: auditKey } }
    expect((await sentinel(['verify', '--db', auditLogPath], running)).exitCode).toBe(0)
    expect((await sentinel(['verify', '--db', auditLogPath])).exitCode).toBe(3)
    const other = { env: { SENTINEL_AUDIT_KEY: 'another key of thirty-two bytes or more' } }
    expect((await sentinel(['verify', '--db', auditLogPath], other)).exitCode).toBe(1)
    const short = { env: { SENTINEL_AUDIT_KEY: 'short' } }
    expect((await sentinel(['verify', '--db', auditLogPath], short)).stderr).toContain(
      'SENTINEL_AUDIT_KEY is too short',
    )
  })

  const tamper = (path: string, sql: string): void => {
    const database = new BetterSqlite3(path)
    database.exec(`DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete; ${sql}`)
    database.close()
  }

  it('[P13] names the first bad place, and exits with 1', async () => {
    const path = await logged()
    tamper(path, "UPDATE events SET tool = 'other' WHERE seq = 2")
    const { exitCode, stdout } = await sentinel(['verify', '--db', path])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /^1 event, 1 to 1: broken at event 2: it was changed, or put in, or one before it was taken out/,
    )
  })

  it('[P13] holds the log against heads that were kept elsewhere', async () => {
    const path = await logged()
    const kept = join(tempDir(), 'heads.jsonl')
    writeFileSync(kept, `${readFileSync(`${path}.head`, 'utf8')}\n`)
    rmSync(`${path}.head`)
    tamper(path, 'DELETE FROM events WHERE seq > 4; UPDATE sqlite_sequence SET seq = 4')
    expect((await sentinel(['verify', '--db', path])).stdout).toContain('There is no head to hold it against')
    const { exitCode, stdout } = await sentinel(['verify', '--db', path, '--head', kept])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('broken at event 5: the log ends with event 4, and a head names event 6')
  })

  it('claims nothing of a head that names a pruned event', async () => {
    const path = await logged()
    const kept = join(tempDir(), 'heads.jsonl')
    writeFileSync(kept, readFileSync(`${path}.head`, 'utf8'))
    await sentinel(['prune', '--db', path, '--before', '0s'])
    rmSync(`${path}.head`)
    const { exitCode, stdout } = await sentinel(['verify', '--db', path, '--head', kept])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/names event 6, which was pruned: a cut end would not be found\.\n$/)
  })

  it('says in JSON what it found', async () => {
    const { stdout } = await sentinel(['verify', '--json', '--db', await logged()])
    expect(JSON.parse(stdout)).toMatchObject({ events: 6, firstSeq: 1, lastSeq: 6, heads: [{ seq: 6 }] })
  })

  it('shows how far it is on a terminal', async () => {
    const { stderr } = await sentinel(['verify', '--db', await logged()], { columns: 80 })
    expect(stderr).toContain('100 %')
  })

  it('says of a head that is not there that it is the head, and what to do about a broken log', async () => {
    const path = await logged()
    expect(await sentinel(['verify', '--db', path, '--head', '/mnt/heads/audit.db.head'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^sentinel: the head file '\/mnt\/heads\/audit\.db\.head' .* not looked at: ENOENT/,
      ),
    })
    tamper(path, "UPDATE events SET tool = 'other' WHERE seq = 2")
    expect((await sentinel(['verify', '--db', path])).stdout).toContain('\nIs this the key of the guard (SENTINEL_')
  })

  it('refuses what is no head', async () => {
    const notes = join(tempDir(), 'notes.txt')
    writeFileSync(notes, 'seven\n')
    expect(await sentinel(['verify', '--db', await logged(), '--head', notes])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('does not hold heads of an audit log, one a line'),
    })
  })
})

describe('sentinel prune', () => {
  it('takes the oldest events out, and says who did', async () => {
    const path = await logged()
    const { exitCode, stdout } = await sentinel(['prune', '--db', path, '--before', '0s'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^Pruned 6 events before 2\S+Z\. The log begins with event 7\.\n$/)
    const { stdout: left } = await sentinel(['log', '--db', path, '--json'])
    expect(JSON.parse(left)).toMatchObject({
      event: 'pruned',
      note: `pruned by ${userInfo().username}`,
      params: { upTo: 6 },
    })
    expect((await sentinel(['verify', '--db', path])).exitCode).toBe(0)
  })

  it('says in JSON what it pruned', async () => {
    const { stdout } = await sentinel(['prune', '--db', await logged(), '--before', '0s', '--json'])
    expect(JSON.parse(stdout)).toEqual({ before: expect.stringMatching(/^2\S+Z$/), events: 6, firstSeq: 7 })
  })

  it('takes a time that is still to come for a slip', async () => {
    const path = await logged()
    const { exitCode, stderr } = await sentinel(['prune', '--db', path, '--before', '2099-01-01'])
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('It must be in the past')])
    expect((await sentinel(['log', '--db', path, '--json'])).stdout.trim().split('\n')).toHaveLength(6)
  })

  it('[P13] does not prune away what shows that a log is broken', async () => {
    const path = await logged()
    const database = new BetterSqlite3(path)
    database.exec("DROP TRIGGER events_no_update; UPDATE events SET tool = 'other' WHERE seq = 2")
    database.close()
    expect(await sentinel(['prune', '--db', path, '--before', '0s'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the log is broken at event 2'),
    })
  })
})
