import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { MockLanguageModelV4 } from 'ai/test'
import { describe, expect, it, test } from 'vitest'
import { histogram } from '../../src/cli/baselines/draw.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { guardWithLog } from './logged.ts'
import { type Ran, sentinel } from './run.ts'

/** A log of a guard that learned some payments and stopped one; with the id of that anomaly. */
async function taught(config: SentinelConfig = {}): Promise<{ readonly db: string; readonly anomaly: string }> {
  const { guard, auditLogPath: db } = guardWithLog(config)
  const pay = guard.wrap('pay', async (_: object) => 'paid')
  for (const amount of [50, 60, 70, 80, 90]) await pay({ amount, to: 'bob@example.com', tags: ['a', 'b'] })
  await guard.as({ agentId: 'clerk' }, () => pay({ amount: 7 }))
  await pay({ amount: 5_000 }).catch(() => undefined)
  const [anomaly] = await guard.audit.query({ event: 'anomaly_detected' })
  await guard.close()
  return { db, anomaly: anomaly?.id ?? '' }
}

const run = (db: string, ...args: readonly string[]): Promise<Ran> => sentinel(['baselines', ...args, '--db', db])

async function inJson(db: string, ...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await run(db, ...args, '--json')
  expect([exitCode, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

describe('sentinel baselines, to read', () => {
  test.each<{ config: SentinelConfig; because: string }>([
    { config: {}, because: 'the defaults' },
    { config: { anomalyMethod: 'zscore', timeZone: 'Asia/Tokyo' }, because: 'the plain method, in another time zone' },
    { config: { anomalyMinSamples: 3, timeZone: 'America/New_York' }, because: 'other settings' },
  ])('shows what the guard itself says: $because', async ({ config }) => {
    const { db } = await taught(config)
    const guard = new Sentinel({ auditLogPath: db, logger: false, ...config })
    const [usual, health] = [await guard.baselines.get('pay'), await guard.baselines.health()]
    await guard.close()
    const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data))
    const shown = await inJson(db, 'show', 'pay')
    expect(shown.baselines).toEqual(plain(usual))
    expect(shown.timeZone).toBe(config.timeZone ?? 'UTC')
    expect((await inJson(db, 'list')).baselines).toEqual(plain(usual))
    expect(await inJson(db, 'health')).toEqual(plain(health))
  })

  it('shows it from the log alone when no guard has stored its state', async () => {
    const { guard, auditLogPath: db } = guardWithLog()
    await guard.wrap('pay', async (_: object) => 'paid')({ amount: 50 })
    expect((await inJson(db, 'show', 'pay')).baselines).toMatchObject([{ samples: 1 }])
    await guard.close()
  })

  it('[P12] changes nothing in the log, whatever runs meanwhile', async () => {
    const { guard, auditLogPath: db } = guardWithLog()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const running = guard.wrap('slow', async () => gate)()
    await expect.poll(async () => (await run(db, 'list')).stdout).toContain('slow')
    const before = await guard.audit.query()
    for (const args of [['list'], ['show', 'slow'], ['health']])
      expect(await run(db, ...args)).toMatchObject({ exitCode: 0 })
    expect(await guard.audit.query()).toEqual(before)
    open()
    await running
    await guard.close()
  })

  it('does not write to the file, and makes no key', async () => {
    const { db } = await taught()
    const digest = (): string => createHash('sha256').update(readFileSync(db)).digest('hex')
    rmSync(join(dirname(db), 'audit.key'))
    const before = digest()
    expect(await run(db, 'health', 'payy')).toMatchObject({
      exitCode: 1,
      stderr: "sentinel: nothing is learned of 'payy'; of these something is: pay\n",
    })
    for (const args of [['list'], ['show', 'pay'], ['health']]) await run(db, ...args)
    expect(digest()).toBe(before)
    expect(() => readFileSync(join(dirname(db), 'audit.key'))).toThrow('ENOENT')
  })

  it('lists tools and agents in a table', async () => {
    const { db } = await taught()
    const { stdout } = await run(db, 'list')
    expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      expect.stringMatching(/^tool \| agent \| calls \| an hour \| parameters$/),
      expect.stringMatching(/^pay \| default \| 5 \| .*amount, to, tags$/),
      expect.stringMatching(/^pay \| clerk \| 1 \| .*amount$/),
      '',
    ])
    expect((await run(db, 'list', '--agent', 'clerk')).stdout).not.toContain('default')
  })

  it('draws numbers, values, destinations, hours and the last alarms', async () => {
    const { db, anomaly } = await taught()
    const { stdout } = await run(db, 'show', 'pay', '--agent', 'default')
    for (const part of [
      'pay, agent default\n5 calls learned',
      'amount\n5 numbers, mean 70.00, sd 15.81, usually 52.00 to 88.00\n  50.00 ████',
      'to\n1 different value\n  bob@example.com ████',
      'where it goes\n  mail domain:example.com ████',
      'tags\nlists: 5 numbers, mean 2.00',
      'hours of the day (UTC)\n',
      `risk 10.0  ${anomaly}\n    Parameter 'amount' is 311.8 standard deviations from mean (70.00)\n    usually 50.00 to 90.00; as rare as 1 in`,
    ])
      expect(stdout).toContain(part)
  })

  it.each([40, 80, 200])(
    'stays within a terminal of %i columns, and sends it nothing that it would obey',
    async (columns) => {
      const { guard, auditLogPath: db } = guardWithLog()
      const tool = guard.wrap('t\u001b[2J'.repeat(20), async (_: object) => 'done')
      for (let call = 0; call < 60; call++)
        await tool({
          [`key\u001b]0;x\u0007${'k'.repeat(90)}`]: `${call}\u001b[31m${'v'.repeat(200)}`,
          n: 3 ** call,
        }).catch(() => undefined)
      await guard.close()
      for (const args of [['list'], ['show', 't\u001b[2J'.repeat(20)], ['health']]) {
        const { exitCode, stdout } = await sentinel(['baselines', ...args, '--db', db], {
          columns,
          env: { NO_COLOR: '1' },
        })
        expect(exitCode).toBe(0)
        expect(stdout).not.toContain('\u001b')
        for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
      }
    },
  )

  it('says what is not there', async () => {
    const { db } = await taught()
    expect(await run(db, 'show', 'payy')).toMatchObject({
      exitCode: 1,
      stderr: "sentinel: nothing is learned of 'payy'; of these something is: pay\n",
    })
    for (const args of [['list'], ['show', 'pay'], ['health'], ['rebuild'], ['accept', 'x'], ['forget', 'pay']])
      expect(await run('/nowhere/a.db', ...args)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('there is no such file'),
      })
    expect(await sentinel(['baselines'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('rebuild') })
  })

  it('says that nothing is learned yet', async () => {
    const { guard, auditLogPath: db } = guardWithLog()
    await guard.ready()
    await guard.close()
    expect((await run(db, 'list')).stdout).toBe('Nothing is learned yet.\n')
    expect((await run(db, 'health')).stdout).toBe('No call was scored yet.\n')
  })

  it('shows how often alarms come beside what is promised', async () => {
    const { db } = await taught()
    const { stdout } = await run(db, 'health')
    expect(stdout).toMatch(/^risk 7 and above +1 +1000\.0 +[\d.]+ to 1000\.0 +2$/m)
    expect(stdout).toMatch(/^risk 4 and above +1 +1000\.0 +[\d.]+ to 1000\.0 +46$/m)
  })

  it('shows what asking a model came to', async () => {
    const answer = { reasons: [], risk: 5, recommendation: 'allow' }
    const model = new MockLanguageModelV4({
      doGenerate: {
        content: [{ type: 'text', text: JSON.stringify(answer) }],
        finishReason: { unified: 'stop', raw: undefined },
        usage: {
          inputTokens: { total: 1_200, noCache: 1_200, cacheRead: undefined, cacheWrite: undefined },
          outputTokens: { total: 30, text: 30, reasoning: undefined },
        },
        warnings: [],
      },
    })
    const { guard, auditLogPath: db } = guardWithLog({
      ...{ anomalyLlm: true, anomalyLlmProvider: model, anomalyLlmWhen: 'always', anomalyLlmBudget: { perMinute: 1 } },
    })
    const pay = guard.wrap('pay', async (_: object) => 'paid')
    for (const amount of [1, 1, 2]) await pay({ amount })
    await guard.close()
    const { stdout } = await run(db, 'health')
    const text = stdout.replaceAll('\n', ' ')
    expect(text).toContain(
      'The model was asked about 3 calls: 2 answered (1 from memory, 2 raised), 0 failed, 1 over the budget.',
    )
    expect(text).toMatch(/That took 1,200 tokens in and 30 tokens out, and \d+\.\d s a call\./)
  })
})

describe('sentinel baselines, to change', () => {
  const changes = async (db: string) => {
    const { stdout } = await sentinel(['export', '--event', 'baseline_changed', '--db', db])
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }
  const checked = async (db: string, amount: number): Promise<string> => {
    const guard = new Sentinel({ auditLogPath: db, logger: false })
    const { action } = await guard.check({ tool: 'pay', params: { amount } })
    await guard.close()
    return action
  }

  it('accepts an anomaly, in the name of who did it', async () => {
    const { db, anomaly } = await taught()
    expect(await checked(db, 5_000)).toBe('block')
    expect(await run(db, 'accept', anomaly, '--note', 'new supplier')).toMatchObject({
      exitCode: 0,
      stdout: 'What made this call an anomaly is usual from now on, for pay and agent default.\n',
    })
    expect(await checked(db, 5_000)).not.toBe('block')
    expect(await changes(db)).toMatchObject([
      { details: { change: 'accepted' }, approvedBy: userInfo().username, note: 'new supplier' },
    ])
    expect(await sentinel(['verify', '--db', db])).toMatchObject({ exitCode: 0 })
  })

  it('accepts nothing that is no anomaly', async () => {
    const { db } = await taught()
    expect(await run(db, 'accept', 'nonsense')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("There is no anomaly 'nonsense'"),
    })
    expect(await changes(db)).toEqual([])
  })

  it('forgets a parameter, or a tool', async () => {
    const { db } = await taught()
    expect(await run(db, 'forget', 'pay', 'amount')).toMatchObject({
      exitCode: 0,
      stdout: 'What was learned of amount of pay is forgotten.\n',
    })
    const [usual] = (await inJson(db, 'show', 'pay')).baselines
    expect(usual.parameters.map(({ param }: { param: string }) => param)).toEqual(['to', 'tags'])
    expect(await inJson(db, 'forget', 'pay')).toMatchObject({
      change: 'forgotten',
      tool: 'pay',
      by: userInfo().username,
    })
    expect((await run(db, 'list')).stdout).toBe('Nothing is learned yet.\n')
  })

  it.each([
    [['payy'], "nothing is learned of 'payy'"],
    [['pay', 'amunt'], "nothing is learned of 'amunt' of pay; its parameters are amount, to, tags"],
  ])('forgets nothing by mistake: %s', async (args, says) => {
    const { db } = await taught()
    expect(await run(db, 'forget', ...args)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(says) })
    expect(await changes(db)).toEqual([])
  })

  it('builds everything anew from the log', async () => {
    const { db } = await taught()
    expect(await run(db, 'rebuild')).toMatchObject({
      exitCode: 0,
      stdout: 'Built anew from the log: 6 calls by 2 pairs of tool and agent.\n',
    })
    expect(await changes(db)).toMatchObject([{ details: { change: 'rebuilt' }, approvedBy: userInfo().username }])
  })

  it('changes nothing in a log whose key is not here', async () => {
    const { db } = await taught()
    rmSync(join(dirname(db), 'audit.key'))
    expect(await run(db, 'rebuild')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('sealed with a key'),
    })
    expect(await changes(db)).toEqual([])
  })
})

describe('a histogram', () => {
  test.each`
    values                                                                 | rows  | because
    ${[5]}                                                                 | ${1}  | ${'one value'}
    ${[5, 5, 5]}                                                           | ${1}  | ${'always the same'}
    ${[1, 2, 3, 3]}                                                        | ${3}  | ${'few different values: a row for each'}
    ${Array.from({ length: 40 }, (_, value) => value)}                     | ${10} | ${'many: ranges'}
    ${Array.from({ length: 12 }, (_, value) => value)}                     | ${7}  | ${'fewer values, fewer ranges'}
    ${Array.from({ length: 40 }, (_, power) => 2 ** power)}                | ${10} | ${'over many orders of magnitude: ranges of equal ratio'}
    ${[-1e140, 1e140, ...Array.from({ length: 20 }, (_, value) => value)]} | ${10} | ${'as far apart as numbers go'}
  `('counts each value once, in $rows rows: $because', ({ values, rows }) => {
    const all = histogram(values)
    expect(all).toHaveLength(rows)
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(values.length)
  })
})
