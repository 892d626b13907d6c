import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it, test } from 'vitest'
import type { Anomaly } from '../../src/domain/anomaly.ts'
import { tempDir } from '../support/guards.ts'
import { guardWithLog } from './logged.ts'
import { type Ran, type Running, sentinel } from './run.ts'

const user = userInfo().username

/** A log of an agent that was too quick, in the service of somebody new, and of a payment that was stopped. */
async function busy(): Promise<string> {
  const { guard, auditLogPath } = guardWithLog()
  const pay = guard.wrap('pay', async (_: object) => 'paid')
  for (const amount of [50, 60, 70, 80, 90]) await pay({ amount })
  await pay({ amount: 5_000 }).catch(() => undefined)
  const work = guard.wrap('work', async () => 'done')
  await guard.as({ agentId: 'quick', principalId: 'ada' }, async () => {
    for (let call = 0; call < 60; call++) await work()
  })
  await guard.close()
  return auditLogPath
}

const run = (db: string, args: readonly string[], running: Running = {}): Promise<Ran> =>
  sentinel(['anomalies', ...args, '--db', db], running)

async function inJson(
  db: string,
  ...args: readonly string[]
): Promise<{ total: number; anomalies: readonly Anomaly[] }> {
  const { stdout, stderr } = await run(db, [...args, '--json'])
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

const byType = async (db: string, type: Anomaly['type']): Promise<Anomaly> => {
  const { anomalies } = await inJson(db, 'list', '--type', type)
  return anomalies[0] as Anomaly
}

describe('sentinel anomalies', () => {
  test.each`
    args                               | exitCode | says
    ${['--help']}                      | ${0}     | ${'detect'}
    ${['detect', '--help']}            | ${0}     | ${'Examples:'}
    ${['list', '--help']}              | ${0}     | ${'Examples:'}
    ${['ack', '--help']}               | ${0}     | ${'Examples:'}
    ${['resolve', '--help']}           | ${0}     | ${'Examples:'}
    ${['list', '--type', 'odd']}       | ${2}     | ${'Allowed choices are rate_spike'}
    ${['list', '--severity', 'worst']} | ${2}     | ${'Allowed choices are low, medium, high'}
    ${['list', '-n', '1001']}          | ${2}     | ${'It must be a whole number from 1 to 1000.'}
    ${['list', '--since', 'always']}   | ${2}     | ${'It must be a time'}
    ${['ack']}                         | ${2}     | ${"missing required argument 'id'"}
  `('$args exits with $exitCode', async ({ args, exitCode, says }) => {
    const ran = await sentinel(['anomalies', ...args], { columns: 80 })
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stdout + ran.stderr).toContain(says)
    if (exitCode === 0)
      for (const line of (ran.stdout + ran.stderr).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('looks, lists, and says who answered', async () => {
    const db = await busy()
    const { exitCode, stdout } = await run(db, ['detect'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^severity {2}type +last seen +id\n/)
    expect(stdout).toContain("Agent 'quick' made 60 calls in an hour, more than 50")
    expect(stdout).toContain(
      "Tool 'pay': Parameter 'amount' is 311.8 standard deviations from mean (70.00) (agent default)",
    )
    expect((await run(db, ['detect', '--fail'])).exitCode).toBe(1)

    const { id } = await byType(db, 'rate_spike')
    const acknowledged = await run(db, ['ack', id, '--note', 'a load\ntest'])
    expect(acknowledged).toMatchObject({ exitCode: 0, stderr: '' })
    expect(acknowledged.stdout).toContain(`acknowledged by ${user}, `)
    expect(acknowledged.stdout).toContain(': a load\\u{a}test\n')
    expect(await byType(db, 'rate_spike')).toMatchObject({ status: 'acknowledged', by: user })
    expect((await inJson(db, 'list', '--unacknowledged')).anomalies.map(({ type }) => type)).not.toContain('rate_spike')

    const outlier = await byType(db, 'value_outlier')
    expect(JSON.parse((await run(db, ['resolve', outlier.id, '--json'])).stdout)).toMatchObject({
      ...{ id: outlier.id, status: 'resolved', by: user },
    })
    const log = await sentinel(['log', '--event', 'anomaly_acknowledged', 'anomaly_resolved', '--db', db])
    expect(log.stdout).toMatch(/anomaly_acknowledged[^\n]*by /)
    expect(log.stdout).toMatch(/anomaly_resolved[^\n]*by /)
  })

  it('is quiet when all is well, also to a shell', async () => {
    const { guard, auditLogPath: db } = guardWithLog()
    await guard.wrap('work', async () => 'done')()
    await guard.close()
    expect(await run(db, ['detect', '--fail'])).toEqual({
      ...{ exitCode: 0, stdout: 'Nothing is odd that was not acknowledged.\n', stderr: '' },
    })
    expect(await run(db, ['list'])).toMatchObject({ exitCode: 0, stdout: 'No anomalies match.\n' })
    expect(await inJson(db, 'detect')).toMatchObject({ total: 0, anomalies: [], detectedAt: expect.any(String) })
  })

  it('fits a terminal, in colours, and leaves a pipe plain and whole', async () => {
    const db = await busy()
    const { stdout } = await run(db, ['list'], { columns: 80 })
    expect(stdout).toContain('\u001b[31mhigh\u001b[39m')
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
    for (const line of stdout.replaceAll(escapes, '').split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const { anomalies } = await inJson(db, 'list')
    for (const { id } of anomalies) expect(stdout).toContain(id)
    const words = stdout.replaceAll(/\s+/g, ' ')
    for (const { description, agentId, metadata } of anomalies)
      expect(words).toContain(metadata.tool === undefined ? description : `${description} (agent ${agentId})`)
    expect((await run(db, ['list'])).stdout).not.toContain('\u001b')
  })

  it('lists what is asked for, and says that there is more', async () => {
    const db = await busy()
    const { total } = await inJson(db, 'list')
    expect((await run(db, ['list', '-n', '1'])).stdout).toMatch(new RegExp(`\n${total - 1} more; see --limit.\n$`))
    expect((await inJson(db, 'list', '--agent', 'quick', '--type', 'new_principal')).anomalies).toMatchObject([
      { type: 'new_principal', principalId: 'ada' },
    ])
    expect(await inJson(db, 'list', '--since', '2h')).toMatchObject({ total })
  })

  it('knows no other ids, and makes no log where there is none', async () => {
    const db = await busy()
    const { id } = await byType(db, 'rate_spike')
    expect(await run(db, ['ack', id.slice(-8)])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(id) })
    expect(await run(db, ['ack', ''])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('give more') })
    expect(await run(db, ['ack', 'anom_nope'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("There is no anomaly 'anom_nope'"),
    })
    const nowhere = join(tempDir(), 'sub', 'audit.db')
    expect(await run(nowhere, ['detect'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(nowhere) })
    expect(existsSync(dirname(nowhere))).toBe(false)
  })

  it('asks for no key to a file that is no log', async () => {
    const other = join(tempDir(), 'other.db')
    const database = new BetterSqlite3(other)
    database.exec('CREATE TABLE users (name TEXT)')
    database.close()
    expect(await run(other, ['detect'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the database of another program'),
    })
  })
})
