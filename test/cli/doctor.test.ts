import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, describe, expect, it, test } from 'vitest'
import { Sentinel } from '../../src/sentinel.ts'
import { tempDir } from '../support/guards.ts'
import { type Running, sentinel } from './run.ts'

const RULES = resolve(import.meta.dirname, '../../rules.example.json')

interface Finding {
  readonly check: string
  readonly status: string
  readonly found: string
  readonly remedy?: string
}

/** A log that a guard made, in a directory that it made, with payments in it. */
async function project(): Promise<string> {
  const db = join(tempDir(), '.sentinel', 'audit.db')
  const guard = new Sentinel({ auditLogPath: db, logger: false, auditDurability: 'normal' })
  const pay = guard.wrap('pay', async (_: object) => 'paid')
  for (let call = 0; call < 12; call++) await pay({ amount: 50 + call, to: 'bob@example.com' })
  await guard.close()
  return db
}

async function examined(db: string, args: readonly string[] = [], running: Running = {}) {
  const { exitCode, stdout } = await sentinel(['doctor', '--json', '--db', db, ...args], running)
  const { status, findings } = JSON.parse(stdout) as { status: string; findings: readonly Finding[] }
  const of = (check: string): Finding | undefined => findings.find((finding) => finding.check === check)
  return { exitCode, status, findings, of }
}

describe('sentinel doctor', () => {
  it('finds a fresh project in order', async () => {
    const db = await project()
    const running = { columns: 80 }
    const { stdout, exitCode } = await sentinel(['doctor', '--db', db, '--rules', RULES], running)
    expect(exitCode).toBe(0)
    const checks = [
      'node',
      'package',
      'environment',
      'database',
      'permissions',
      'key',
      'head',
      'chain',
      'clock',
      'rules',
    ]
    const refusals = ['rule refusal', 'anomaly refusal', 'learned refusal']
    const { findings } = await examined(db, ['--rules', RULES], running)
    expect(findings.filter(({ status }) => status === 'ok').map(({ check }) => check)).toEqual(
      expect.arrayContaining([...checks, ...refusals]),
    )
    expect(stdout).toContain('none failed')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
    for (const line of stdout.replaceAll(/\u001b\[\d+m/g, '').split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('writes nothing: not to the log, not beside it', async () => {
    const db = await project()
    const digest = (): string => createHash('sha256').update(readFileSync(db)).digest('hex')
    const before = digest()
    await examined(db, ['--rules', RULES])
    expect(digest()).toBe(before)
    const missing = join(tempDir(), 'sub', 'audit.db')
    const { of, exitCode } = await examined(missing)
    expect([exitCode, of('database')?.status, existsSync(dirname(missing))]).toEqual([0, 'warn', false])
  })

  const tamper = (db: string): void => {
    const database = new BetterSqlite3(db)
    database.exec("DROP TRIGGER events_no_update; UPDATE events SET tool = 'other' WHERE seq = 2")
    database.close()
  }
  const inFuture = (db: string): void => {
    const database = new BetterSqlite3(db)
    database.exec("DROP TRIGGER events_no_update; UPDATE events SET time = '2999-01-01T00:00:00.000Z' WHERE seq = 3")
    database.close()
  }
  const linked = (db: string): void => {
    renameSync(db, `${db}.moved`)
    symlinkSync(`${db}.moved`, db)
  }
  const newer = (db: string): void => {
    const database = new BetterSqlite3(db)
    database.pragma('user_version = 999')
    database.close()
  }

  test.each<{ broken: string; by: (db: string) => void; check: string; status: string; says: string }>([
    {
      broken: 'the file may be read by others',
      by: (db) => chmodSync(db, 0o644),
      check: 'permissions',
      status: 'fail',
      says: 'audit.db',
    },
    {
      broken: 'others may replace it',
      by: (db) => chmodSync(dirname(db), 0o777),
      check: 'permissions',
      status: 'fail',
      says: 'others may replace the log',
    },
    {
      broken: 'others may look into the directory',
      by: (db) => chmodSync(dirname(db), 0o755),
      check: 'permissions',
      status: 'warn',
      says: 'others may look into',
    },
    { broken: 'it is a link', by: linked, check: 'database', status: 'fail', says: 'symbolic link' },
    {
      broken: 'it is no database',
      by: (db) => writeFileSync(db, 'x'.repeat(5_000)),
      check: 'database',
      status: 'fail',
      says: 'not a SQLite database',
    },
    { broken: 'a newer version wrote it', by: newer, check: 'database', status: 'fail', says: 'newer version' },
    { broken: 'an event was changed', by: tamper, check: 'chain', status: 'fail', says: 'broken at event 2' },
    { broken: 'an event is still to come', by: inFuture, check: 'clock', status: 'fail', says: 'still to come' },
    {
      broken: 'the key is gone',
      by: (db) => rmSync(join(dirname(db), 'audit.key')),
      check: 'key',
      status: 'warn',
      says: 'it is not here',
    },
    {
      broken: 'without the key nothing is proved',
      by: (db) => rmSync(join(dirname(db), 'audit.key')),
      check: 'chain',
      status: 'warn',
      says: 'not verifiable',
    },
    {
      broken: 'others may read the key',
      by: (db) => chmodSync(join(dirname(db), 'audit.key'), 0o644),
      check: 'key',
      status: 'fail',
      says: 'mode 644',
    },
    {
      broken: 'the head is gone',
      by: (db) => rmSync(`${db}.head`),
      check: 'head',
      status: 'warn',
      says: 'no head file',
    },
    {
      broken: 'the head is none',
      by: (db) => writeFileSync(`${db}.head`, 'x'),
      check: 'head',
      status: 'fail',
      says: 'not a head',
    },
  ])('tells that $broken', async ({ by, check, status, says }) => {
    const db = await project()
    by(db)
    const { of, exitCode } = await examined(db)
    expect(of(check)).toMatchObject({ status, found: expect.stringContaining(says) })
    if (status === 'fail') expect(exitCode).toBe(1)
    if (status === 'warn') expect(of(check)?.remedy).not.toBe('')
  })

  it('tells of rules that can not be used, or do not mean what they say, and still tries a bad call', async () => {
    const db = await project()
    const file = (rules: object[]): string => {
      const path = join(tempDir(), 'rules.json')
      writeFileSync(path, JSON.stringify({ version: '1.0', rules }))
      return path
    }
    const bad = await examined(db, ['--rules', file([{ id: 'a' }])])
    expect([bad.exitCode, bad.of('rules')?.status, bad.of('rule refusal')?.status]).toEqual([1, 'fail', 'ok'])
    const odd = await examined(db, ['--rules', file([])])
    expect([odd.exitCode, odd.of('rules')?.status, odd.of('rule refusal')?.status]).toEqual([0, 'warn', 'ok'])
    const allowing = await examined(db, [
      '--rules',
      file([{ id: 'all', function_pattern: '*', action: 'allow', priority: -1_000 }]),
    ])
    expect(allowing.of('rule refusal')?.status).toBe('ok')
    expect((await examined(db)).of('rules')).toMatchObject({
      status: 'warn',
      remedy: expect.stringContaining('--rules'),
    })
    expect((await examined(db, [], { env: { SENTINEL_RULES_PATH: RULES } })).of('rules')?.status).toBe('ok')
  })

  it('tells of an environment that no guard would start in', async () => {
    const { of, exitCode } = await examined(await project(), [], { env: { SENTINEL_FAIL_MODE: 'open' } })
    expect([exitCode, of('environment')?.status]).toEqual([1, 'fail'])
    expect(of('environment')?.found).toMatch(/is not valid: SENTINEL_FAIL_MODE: expected 'secure' or 'safe'/)
    const key = { env: { SENTINEL_AUDIT_KEY: 'another key of thirty-two bytes or more' } }
    expect((await examined(await project(), [], key)).of('chain')?.status).toBe('fail')
  })

  it('judges an outlandish call by what the log taught', async () => {
    const { of } = await examined(await project())
    expect(of('learned refusal')).toMatchObject({
      status: 'ok',
      found: expect.stringMatching(/^pay with amount \d+\.00 would be risk (?:[789]|10)\./),
    })
  })

  it('gives no advice about a file that is no log', async () => {
    const db = join(tempDir(), 'other.db')
    const database = new BetterSqlite3(db)
    database.exec('CREATE TABLE users (name TEXT)')
    database.close()
    chmodSync(db, 0o644)
    const { of } = await examined(db)
    expect(of('database')).toMatchObject({ status: 'fail', found: expect.stringContaining('of another program') })
    expect([of('permissions'), of('key'), of('head')]).toEqual([undefined, undefined, undefined])
  })

  it('does not wait for what is in the way of a directory', async () => {
    const db = join(tempDir(), 'audit.db')
    mkdirSync(db)
    expect((await examined(db)).of('database')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('a directory'),
    })
  })
})

/** A small disk that only the program sees. */
const ALONE = ['--user', '--map-root-user', '--mount', 'sh', '-c'] as const
const MOUNT = 'mount -t tmpfs -o size=1m tmpfs "$0"'
const canMount = spawnSync('unshare', [...ALONE, MOUNT, tempDir()]).status === 0

it.skipIf(!canMount)('sentinel doctor says that the disk is full', async () => {
  const db = await project()
  const script = `${MOUNT} && cp -p "$1"/audit* "$0" && chmod 700 "$0" && exec "$2" "$3" doctor --json --db "$0/audit.db"`
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
  const ran = spawnSync('unshare', [...ALONE, script, tempDir(), dirname(db), process.execPath, main])
  expect(JSON.parse(ran.stdout.toString()).findings).toContainEqual({
    check: 'database',
    status: 'fail',
    found: expect.stringContaining('no space is left on the disk of'),
    remedy: expect.stringContaining('free some'),
  })
})

describe('sentinel doctor, of an approver', () => {
  const servers: { close: () => unknown }[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })
  const seen: string[] = []
  async function webhook(status: number): Promise<string> {
    const server = createServer((request, response) => {
      seen.push(`${request.method}`)
      response.writeHead(status).end()
    })
    servers.push(server)
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/approvals`
  }

  test.each`
    status | finds     | because
    ${200} | ${'ok'}   | ${'it answers'}
    ${405} | ${'ok'}   | ${'it answers, though not to this'}
    ${500} | ${'fail'} | ${'it answers that something is wrong'}
  `('$status is $finds: $because', async ({ status, finds }) => {
    const { of } = await examined('/nowhere/a.db', ['--webhook', await webhook(status)])
    expect(of('approver')?.status).toBe(finds)
    expect(seen.splice(0)).toEqual(['HEAD'])
  })

  it('fails when nobody answers, or the address is none', async () => {
    const url = await webhook(200)
    servers.splice(0)[0]?.close()
    for (const address of [url, 'approvals.example', 'file:///etc/passwd']) {
      const { of, exitCode } = await examined('/nowhere/a.db', ['--webhook', address])
      expect([exitCode, of('approver')?.status]).toEqual([1, 'fail'])
    }
  })

  it('warns where nobody can be asked at a terminal', async () => {
    expect((await examined('/nowhere/a.db')).of('approver')).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('nobody can be asked'),
    })
  })
})
