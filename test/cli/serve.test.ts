import { chmodSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { main } from '../../src/cli/program.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { tempDir } from '../support/guards.ts'
import { FakeTerminal, type Running, sentinel } from './run.ts'

const TOKEN = 'ada-token-0123456789-abcdefghijk'

/** A file with a token in it, that only its owner can read. */
function tokenFile(text = `${TOKEN}\n`, mode = 0o600): string {
  const path = join(tempDir(), 'ada.token')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** A log in which a call waits, with the guard that keeps it waiting. */
async function waiting(): Promise<{ db: string; call: Promise<string> }> {
  const db = join(tempDir(), 'audit.db')
  const guard = new Sentinel({
    auditLogPath: db,
    auditDurability: 'normal',
    rules: { version: '1.0', default_action: 'require_approval', rules: [] },
    approval: 'queue',
    logger: false,
  })
  onTestFinished(() => guard.close())
  const call = guard.wrap('pay', async ({ amount }: { amount: number }) => `paid ${amount}`)({ amount: 5 })
  // Of a test that does not decide it ends with its guard.
  call.catch(() => undefined)
  await expect.poll(() => guard.approvals.list()).toHaveLength(1)
  return { db, call }
}

interface Started {
  readonly terminal: FakeTerminal
  readonly url: string
  /** Ends it as Ctrl-C does. @returns the exit code. */
  end(signal?: 'SIGINT' | 'SIGTERM'): Promise<number>
}

async function started(args: readonly string[], running: Running = {}): Promise<Started> {
  const terminal = new FakeTerminal(['serve', '--port', '0', ...args], running)
  const exitCode = main(terminal)
  const end = (signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<number> => {
    terminal.emit(signal)
    return exitCode
  }
  onTestFinished(async () => void (await end()))
  await expect.poll(() => terminal.written.stdout).toContain(' at http')
  return { terminal, url: / at (?<url>http\S+)/.exec(terminal.written.stdout)?.groups?.url ?? '', end }
}

interface Listed {
  readonly approvals: readonly { readonly id: string; readonly tool: string; readonly digest: string }[]
}

const listed = async (url: string, token: string): Promise<Listed> =>
  (await (await fetch(`${url}/api/approvals`, { headers: { Authorization: `Bearer ${token}` } })).json()) as Listed

describe('sentinel serve', () => {
  it('shows what waits in a log, takes a decision, and the call runs', async () => {
    const { db, call } = await waiting()
    const { url, end, terminal } = await started(['--db', db, '--token', `ada=${tokenFile()}`])
    const [approval] = (await listed(url, TOKEN)).approvals
    expect(approval?.tool).toBe('pay')
    const answered = await fetch(`${url}/api/approvals/${approval?.id}/edit`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ digest: approval?.digest, params: { amount: 4 } }),
    })
    expect(await answered.json()).toMatchObject({ state: 'edited', by: 'ada', edited: { amount: 4 } })
    expect(await call).toBe('paid 4')
    expect(await end()).toBe(0)
    expect(terminal.written.stdout + terminal.written.stderr).not.toContain(TOKEN)
    await expect(fetch(url)).rejects.toThrow()
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with exit code 0 at %s', async (signal) => {
    const { db } = await waiting()
    expect(await (await started(['--db', db, '--token', `ada=${tokenFile()}`])).end(signal)).toBe(0)
  })

  it('makes a token for who runs it, and prints it once, to the terminal alone', async () => {
    const { db } = await waiting()
    const { terminal, url } = await started(['--db', db], { columns: 80 })
    const [, name, token = ''] = /^Token of (.+), not shown again: (\S{43})$/m.exec(terminal.written.stderr) ?? []
    expect(name).toBe(userInfo().username)
    expect(terminal.written.stdout).not.toContain(token)
    expect((await listed(url, token)).approvals).toHaveLength(1)
  })

  it('takes tokens from the environment, and those of the options instead', async () => {
    const { db } = await waiting()
    const env = {
      SENTINEL_APPROVAL_TOKENS: `ben=${TOKEN.replace('ada', 'ben')}==,\n cleo = ${TOKEN.replace('ada', 'cleo')}`,
    }
    const both = await started(['--db', db], { env })
    for (const token of [`${TOKEN.replace('ada', 'ben')}==`, TOKEN.replace('ada', 'cleo')])
      expect((await listed(both.url, token)).approvals).toHaveLength(1)
    const given = await started(['--db', db, '--token', `ada=${tokenFile()}`], { env })
    const refused = await listed(given.url, TOKEN.replace('ada', 'cleo'))
    expect(refused).toMatchObject({ error: { code: 'UNAUTHORIZED' } })
  })

  it('says what it means to listen for others', async () => {
    const { db } = await waiting()
    const args = [
      '--db',
      db,
      '--host',
      '0.0.0.0',
      '--allow-host',
      'https://approvals.example.com',
      '--token',
      `ada=${tokenFile()}`,
    ]
    const { terminal, url } = await started(args)
    expect(url).toBe('https://approvals.example.com')
    expect(terminal.written.stderr).toContain('whoever reaches it can try tokens')
  })

  test.each`
    args                                     | env                                             | exitCode | says
    ${['--help']}                            | ${{}}                                           | ${0}     | ${'Examples:'}
    ${['--port', 'x']}                       | ${{}}                                           | ${2}     | ${'whole number from 0 to 65535'}
    ${['--port', '65536']}                   | ${{}}                                           | ${2}     | ${'whole number from 0 to 65535'}
    ${['--nonsense']}                        | ${{}}                                           | ${2}     | ${"unknown option '--nonsense'"}
    ${['--host', '0.0.0.0']}                 | ${{}}                                           | ${1}     | ${'name what browsers will show'}
    ${[]}                                    | ${{}}                                           | ${1}     | ${'there is no token, and no terminal'}
    ${['--token', 'ada']}                    | ${{}}                                           | ${1}     | ${'--token takes NAME=FILE, found "ada"'}
    ${['--token', 'ada=/nowhere']}           | ${{}}                                           | ${1}     | ${"ENOENT: no such file or directory, open '/nowhere'"}
    ${['--token', 'ada=$open']}              | ${{}}                                           | ${1}     | ${'others than its owner may read'}
    ${['--token', 'ada=$short']}             | ${{}}                                           | ${1}     | ${'tokens[0].token: a token has 32 to 512'}
    ${['--token', 'ada=$long']}              | ${{}}                                           | ${1}     | ${'is too long for a token'}
    ${['--token', 'ada=$good', 'ben=$good']} | ${{}}                                           | ${1}     | ${'two tokens are equal'}
    ${['--allow-host', 'a b']}               | ${{ SENTINEL_APPROVAL_TOKENS: `ada=${TOKEN}` }} | ${1}     | ${'expected a host such as'}
    ${[]}                                    | ${{ SENTINEL_APPROVAL_TOKENS: TOKEN }}          | ${1}     | ${'entry 1 is not'}
    ${['--db', '/nowhere/audit.db']}         | ${{ SENTINEL_APPROVAL_TOKENS: `ada=${TOKEN}` }} | ${1}     | ${"there is no log at '/nowhere/audit.db'"}
  `('$args $env exits with $exitCode: $says', async ({ args, env, exitCode, says }) => {
    const files: Readonly<Record<string, string>> = {
      $open: tokenFile(TOKEN, 0o644),
      $short: tokenFile('short'),
      $long: tokenFile('x'.repeat(5_000)),
      $good: tokenFile(),
    }
    const { db } = await waiting()
    const given = args.map((arg: string) => arg.replace(/\$\w+/, (name) => files[name] ?? ''))
    const ran = await sentinel(['serve', '--db', db, '--port', '0', ...given], { env })
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stdout + ran.stderr).toContain(says)
    expect(ran.stdout + ran.stderr).not.toContain(TOKEN)
    for (const line of ran.stdout.split('\n')) if (args.includes('--help')) expect(line.length).toBeLessThanOrEqual(80)
  })
})
