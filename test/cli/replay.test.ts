import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { Sentinel } from '../../src/sentinel.ts'
import { widthOf } from '../../src/support/cells.ts'
import { createDetector } from '../../src/testing/index.ts'
import { randomNumbers } from '../risk/calibrated/streams.ts'
import { tempDir } from '../support/guards.ts'
import { sentinel } from './run.ts'

interface Line {
  readonly ts?: string
  readonly amount: number
  readonly label?: string
  readonly split?: string
}
/** A transfer every three hours: nothing but the amount is ever unusual. */
const lines = (calls: readonly Line[]): string =>
  calls
    .map(({ amount, ...rest }, index) => {
      const ts = new Date(Date.UTC(2026, 0, 1, 3 * index)).toISOString()
      return `${JSON.stringify({ ts, agent: 'a', tool: 'transfer_funds', params: { amount }, outcome: 'success', ...rest })}\n`
    })
    .join('')
const fileOf = (text: string): string => {
  const path = join(tempDir(), 'calls.jsonl')
  writeFileSync(path, text)
  return path
}
const decisions = async (
  args: readonly string[],
  text: string,
): Promise<{ action: string; risk: number; samples: number }[]> => {
  const { stdout, stderr, exitCode } = await sentinel(['replay', fileOf(text), '--json', ...args])
  expect([stderr, exitCode]).toEqual(['', 0])
  return stdout
    .trimEnd()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}
const HISTORY = [50, 60, 70, 80, 90].map((amount) => ({ amount, label: 'normal', split: 'train' }))

describe('sentinel replay', () => {
  it('runs recorded calls through the real guard, with their own times as the clock', async () => {
    const replayed = await decisions([], lines([...HISTORY, { amount: 5000, label: 'anomaly' }]))
    expect(replayed.map(({ samples }) => samples)).toEqual([0, 1, 2, 3, 4, 5])
    expect(replayed.at(-1)).toMatchObject({
      action: 'block',
      risk: 10,
      message: expect.stringContaining('311.8 standard deviations from mean (70.00)'),
    })
  })

  it('counts over time by the times of the calls, and stopped calls do not count', async () => {
    const rules = join(tempDir(), 'rules.json')
    const condition = { operator: 'calls_in_window', value: { window: '7h', max: 2, by: 'agent' } }
    const limit = { id: 'limit', function_pattern: 'transfer_*', conditions: [condition], action: 'block' }
    writeFileSync(rules, JSON.stringify({ version: '1.0', rules: [limit] }))
    const replayed = await decisions(['--rules', rules], lines([50, 51, 52, 53, 54, 55].map((amount) => ({ amount }))))
    expect(replayed.map(({ action }) => action)).toEqual(['allow', 'allow', 'block', 'allow', 'allow', 'block'])
  })

  test.each`
    reviewer   | label        | samples | because
    ${'auto'}  | ${'normal'}  | ${5}    | ${'nobody reviews: a stopped call is not learned'}
    ${'human'} | ${'normal'}  | ${6}    | ${'a blocked normal call is learned as approved'}
    ${'clean'} | ${'normal'}  | ${6}    | ${'the same'}
    ${'auto'}  | ${'anomaly'} | ${5}    | ${'stopped'}
    ${'human'} | ${'anomaly'} | ${5}    | ${'stopped, and rightly so'}
    ${'clean'} | ${'anomaly'} | ${5}    | ${'the same'}
  `('reviewer $reviewer, a stopped call labelled $label: $because', async ({ reviewer, label, samples }) => {
    const replayed = await decisions(
      ['--reviewer', reviewer],
      lines([...HISTORY, { amount: 5000, label }, { amount: 70 }]),
    )
    expect(replayed.at(-1)?.samples).toBe(samples)
  })

  test.each`
    reviewer   | samples | because
    ${'auto'}  | ${6}    | ${'it ran'}
    ${'human'} | ${6}    | ${'it ran'}
    ${'clean'} | ${5}    | ${'a missed anomaly is not learned'}
  `('reviewer $reviewer, a missed anomaly: $because', async ({ reviewer, samples }) => {
    const replayed = await decisions(
      ['--reviewer', reviewer],
      lines([...HISTORY, { amount: 75, label: 'anomaly' }, { amount: 70 }]),
    )
    expect(replayed.at(-1)?.samples).toBe(samples)
  })

  it('learns training calls always, stopped or not', async () => {
    const replayed = await decisions(
      [],
      lines([...HISTORY, { amount: 5000, label: 'normal', split: 'train' }, { amount: 70 }]),
    )
    expect(replayed.at(-1)?.samples).toBe(6)
  })

  it('prints a line for each call, a summary for each tool, and the alarms with their reasons', async () => {
    const { stdout } = await sentinel(['replay', fileOf(lines([...HISTORY, { amount: 5000, label: 'anomaly' }]))])
    expect(stdout).toContain('2026-01-01 00:00:00  allow      0.0  a  transfer_funds  Insufficient history (0 samples)')
    expect(stdout).toContain('2026-01-01 15:00:00  block     10.0  a  transfer_funds  Anomaly detected (risk: 10.0)')
    expect(stdout).toMatch(/transfer_funds +6 +5 +0 +0 +1 +10\.0/)
    expect(stdout).toContain('anomalies stopped        1 of 1 (100.00 %)')
    expect(stdout).toContain('Alarms, highest risk first:')
    expect(stdout).toContain("    Parameter 'amount' is 311.8 standard deviations from mean (70.00)")
  })

  it('prints only summary and alarms with --report, in 80 columns', async () => {
    const { stdout } = await sentinel(['replay', '--report', fileOf(lines([...HISTORY, { amount: 5000 }]))], {
      columns: 80,
      env: { NO_COLOR: '1' },
    })
    expect(stdout).not.toContain('Insufficient')
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('reads standard input, and judges by rules', async () => {
    const rules = join(tempDir(), 'rules.json')
    writeFileSync(
      rules,
      JSON.stringify({
        version: '1.0',
        rules: [
          {
            id: 'cap',
            function_pattern: '*',
            conditions: [{ param: 'amount', operator: 'gt', value: 60 }],
            action: 'require_approval',
          },
        ],
      }),
    )
    const { stdout } = await sentinel(['replay', '--rules', rules, '--report'], { stdin: lines(HISTORY) })
    expect(stdout).toMatch(/transfer_funds +5 +2 +0 +3 +0 +0\.0/)
  })

  it('starts from the baselines of a log, and only reads it', async () => {
    const directory = tempDir()
    const auditLogPath = join(directory, 'audit.db')
    const guard = new Sentinel({ auditLogPath, logger: false, auditDurability: 'normal' })
    const transfer = guard.wrap('transfer_funds', async (_: object) => 1)
    await guard.as({ agentId: 'a' }, async () => {
      for (const amount of [50, 60, 70, 80, 90]) await transfer({ amount })
    })
    await guard.close()
    rmSync(join(directory, 'audit.key'))
    const now = new Date().toISOString()
    const { stdout } = await sentinel(['replay', '--db', auditLogPath, '--report'], {
      stdin: `${JSON.stringify({ ts: now, agent: 'a', tool: 'transfer_funds', params: { amount: 5000 }, outcome: null })}\n`,
    })
    expect(stdout).toContain('311.8 standard deviations')
    const { stdout: before } = await sentinel(['replay', '--db', auditLogPath, '--report'], {
      stdin: `${JSON.stringify({ ts: '2020-01-01T00:00:00Z', agent: 'a', tool: 'transfer_funds', params: { amount: 5000 }, outcome: null })}\n`,
    })
    // What was learned after a call was made is not known to it.
    expect(before).toContain('No alarms.')
    expect(existsSync(join(directory, 'audit.key'))).toBe(false)
    const again = new Sentinel({ auditLogPath, logger: false })
    expect(await again.audit.query({ event: 'block' })).toEqual([])
    await again.close()
  })

  it("never opens the user's own log", async () => {
    const cwd = tempDir()
    mkdirSync(join(cwd, 'x'))
    const here = process.cwd()
    process.chdir(cwd)
    try {
      await sentinel(['replay', fileOf(lines(HISTORY))], { cwd, env: { SENTINEL_AUDIT_PATH: join(cwd, 'mine.db') } })
    } finally {
      process.chdir(here)
    }
    expect(readdirSync(cwd)).toEqual(['x'])
    expect(existsSync(join(cwd, '.sentinel'))).toBe(false)
  })

  test.each`
    text                                                   | says
    ${'{"ts": "2026-01-01", "tool": "x"'}                  | ${'line 1: not JSON'}
    ${'\n{"ts": "2026-01-01"}'}                            | ${'line 2: tool'}
    ${'{"ts": 1e300, "tool": "x"}'}                        | ${"line 1: ts: found '1e+300'"}
    ${'{"ts": "soon", "tool": "x"}'}                       | ${"line 1: ts: found 'soon'"}
    ${'{"ts": "2026-01-01", "tool": "x", "params": [1]}'}  | ${'line 1: params'}
    ${'{"ts": "2026-01-01", "tool": "x", "label": "bad"}'} | ${'line 1: label'}
  `('names the line that is not a call: $text', async ({ text, says }) => {
    const { exitCode, stderr } = await sentinel(['replay', fileOf(text)])
    expect(exitCode).toBe(1)
    expect(stderr).toContain(says)
  })

  it('sends nothing to the terminal that it would obey, and stays within it', async () => {
    const evil = 'x\u001b]0;PWN\u0007\u001b[2J'
    const call = {
      ts: '2026-01-01T00:00:00Z',
      agent: evil,
      tool: evil.concat('転送'.repeat(40)),
      params: {},
      outcome: null,
    }
    const rules = join(tempDir(), 'rules.json')
    writeFileSync(rules, JSON.stringify({ version: '1.0', default_action: 'block', rules: [] }))
    for (const args of [[], ['--report']]) {
      const { stdout } = await sentinel(['replay', '--rules', rules, ...args], {
        stdin: JSON.stringify(call),
        columns: 80,
        env: { NO_COLOR: '1' },
      })
      expect(stdout).not.toContain('\u001b')
      expect(stdout).toContain('\\u{1b}')
      expect(stdout).not.toContain('\\u{5c}')
      for (const line of stdout.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80)
    }
    expect((await sentinel(['replay'], { stdin: JSON.stringify({ ...call, ts: evil }) })).stderr).not.toContain(
      '\u001b',
    )
  })

  it('has nothing to say of an empty file', async () => {
    expect(await sentinel(['replay', fileOf('')])).toMatchObject({ exitCode: 0, stdout: 'No calls.\n' })
  })

  it('shows progress on a terminal, and leaves none of it behind', async () => {
    const { stderr } = await sentinel(['replay', '--report', fileOf(lines(HISTORY))], { columns: 80 })
    expect(stderr).toContain('100 %')
    expect(stderr.endsWith('\r')).toBe(true)
  })
})

describe('the numbers', () => {
  /** Payments of three months with secrets, failures, and now and then an anomaly. */
  const made = (): readonly Record<string, unknown>[] => {
    const random = randomNumbers(7)
    return Array.from({ length: 600 }, (_, index) => {
      const isAnomaly = index > 200 && random() < 0.03
      const params = {
        amount: Math.round(50 * Math.exp(random())) * (isAnomaly ? 40 : 1),
        to: `${['ann', 'bob', 'cy', isAnomaly ? 'eve' : 'dan'][index % 4]}@example.com`,
        password: random() < 0.02 ? 'another' : 'usual',
      }
      const ts = new Date(Date.UTC(2026, 0, 1) + index * 13 * 600_000).toISOString()
      const outcome = random() < 0.1 ? 'error' : 'success'
      const [label, split] = [isAnomaly ? 'anomaly' : 'normal', index < 100 ? 'train' : 'test']
      return { ts, agent: 'a', tool: index % 3 === 0 ? 'get_rate' : 'pay', params, outcome, label, split }
    })
  }

  it('of a replay with the labels as reviewer are those of the scorer by itself, call by call', async () => {
    const rows = made()
    const replayed = await decisions(['--reviewer', 'clean'], rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    const detector = createDetector()
    const measured = rows.map(({ ts, agent, tool, params, outcome, label, split }) => {
      const call = { t: Date.parse(String(ts)), agent: String(agent), tool: String(tool), params, outcome }
      const { risk } = detector.score(call)
      if (split === 'train' || label === 'normal') detector.learn(call, risk)
      else detector.refused(call, risk)
      return risk
    })
    expect(replayed.map(({ risk }) => risk)).toEqual(measured)
    expect(measured.filter((risk) => risk >= 7).length).toBeGreaterThan(5)
  })
})
