import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import type { Approval } from '../../src/domain/approval.ts'
import { tempDir } from '../support/guards.ts'
import { ADA, BEN, exchange, fieldsOf, form, json, type Sending } from './serving.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** A process that is gone after the test, and its lines of standard output. */
function run(script: string, ...args: readonly string[]): { child: ChildProcess; lines: string[] } {
  const env = {
    ...process.env,
    SENTINEL_APPROVAL_TOKENS: [ADA, BEN].map(({ name, token }) => `${name}=${token}`).join(),
  }
  const child = spawn(process.execPath, [join(ROOT, script), ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => lines.push(line))
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, lines }
}

const portIn = (lines: readonly string[]): number => Number(/:(?<port>\d+)$/.exec(lines[0] ?? '')?.groups?.port ?? 0)
const waitsMax = { timeout: 30_000 }

/** A guard, and one or more servers on its log, each in a process of its own. */
async function processes(calls: number, servers = 1) {
  const db = join(tempDir(), 'audit.db')
  const guard = run('test/server/guard-program.ts', db, String(calls))
  await expect.poll(() => existsSync(db), waitsMax).toBe(true)
  const started = Array.from({ length: servers }, () => run('src/cli/main.ts', 'serve', '--db', db, '--port', '0'))
  await expect.poll(() => started.map(({ lines }) => portIn(lines) > 0), waitsMax).not.toContain(false)
  const ports = started.map(({ lines }) => portIn(lines))
  const waiting = async (): Promise<Approval[]> =>
    JSON.parse((await exchange(ports[0] ?? 0, { path: '/api/approvals?limit=100', bearer: ADA.token })).text).approvals
  await expect.poll(waiting, waitsMax).toHaveLength(calls)
  return { guard, ports, started, approvals: await waiting() }
}

const decision = ({ id, digest }: Approval, verb: string, extra: object = {}): Sending => ({
  ...json({ digest, ...extra }),
  path: `/api/approvals/${id}/${verb}`,
  bearer: ADA.token,
})

it('[P16] what one process asks another lets run: as it was, changed, or not at all', async () => {
  const { guard, ports, approvals } = await processes(3)
  const port = ports[0] ?? 0
  const byAmount = approvals.toSorted((one, other) => Number(one.params.amount) - Number(other.params.amount))
  const [approved, edited, denied] = byAmount as [Approval, Approval, Approval]
  const statuses = [
    await exchange(port, decision(approved, 'approve')),
    await exchange(port, decision(edited, 'edit', { params: { amount: 10 } })),
    await exchange(port, decision(denied, 'deny', { note: 'not today' })),
  ].map(({ status }) => status)
  expect(statuses).toEqual([200, 200, 200])
  await expect
    .poll(() => guard.lines.map((line) => JSON.parse(line)).sort((a, b) => a.amount - b.amount), waitsMax)
    .toEqual([
      { amount: 0, ended: 0 },
      { amount: 1, ended: 10 },
      { amount: 2, ended: 'APPROVAL_DENIED' },
    ])
  const after = await exchange(port, { path: `/api/approvals/${approved.id}`, bearer: BEN.token })
  expect(JSON.parse(after.text)).toMatchObject({ state: 'consumed', by: 'ada' })
})

it('[P17] of many who decide at once, at two servers, one wins', async () => {
  const { guard, ports, approvals } = await processes(5, 2)
  const outcomes = await Promise.all(
    approvals.map(async (approval) => {
      const deciding = Array.from({ length: 8 }, (_, index) =>
        exchange(ports[index % 2] ?? 0, {
          ...decision(approval, index % 4 < 2 ? 'approve' : 'deny'),
          bearer: index % 3 === 0 ? BEN.token : ADA.token,
        }),
      )
      const answers = await Promise.all(deciding)
      const won = answers.filter(({ status }) => status === 200)
      expect(won).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(7)
      return { amount: approval.params.amount, state: JSON.parse(won[0]?.text ?? '{}').state }
    }),
  )
  await expect.poll(() => guard.lines, waitsMax).toHaveLength(5)
  for (const { amount, ended } of guard.lines.map((line) => JSON.parse(line)))
    expect(outcomes).toContainEqual({ amount, state: ended === amount ? 'approved' : 'denied' })
})

it('[P19] a session and its forms end with the process that gave them; what waits goes on waiting', async () => {
  const { guard, started, ports, approvals } = await processes(1)
  const [approval] = approvals as [Approval]
  const [port, path] = [ports[0] ?? 0, `/approvals/${approval.id}`]
  const origin = `http://127.0.0.1:${port}`
  const signedIn = await exchange(port, { ...form({ token: ADA.token }), path: '/sign-in', origin })
  const cookie = signedIn.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const fields = fieldsOf((await exchange(port, { path, cookie })).text)
  started[0]?.child.kill('SIGTERM')
  await expect.poll(() => started[0]?.child.exitCode, waitsMax).toBe(0)

  const dbArgs = started[0]?.child.spawnargs.slice(2) ?? []
  const again = run('src/cli/main.ts', ...dbArgs)
  await expect.poll(() => portIn(again.lines), waitsMax).toBeGreaterThan(0)
  const second = portIn(again.lines)
  const replayed = await exchange(second, {
    ...form(fields),
    path: `${path}/approve`,
    cookie,
    origin: `http://127.0.0.1:${second}`,
  })
  expect(replayed.status).toBe(401)
  expect((await exchange(second, decision(approval, 'approve'))).status).toBe(200)
  await expect.poll(() => guard.lines, waitsMax).toEqual(['{"amount":0,"ended":0}'])
})
