import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { main } from '../../src/cli/program.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { tempDir } from '../support/guards.ts'
import { FakeTerminal, type Ran, sentinel } from './run.ts'

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
const DAY = daysAgo(2)

const RECORD = {
  timestamp: `${DAY}T09:00:00.123456+00:00`,
  event_type: 'allow',
  function_name: 'transfer_funds',
  parameters: { amount: 50, destination: 'bob@example.com' },
  result: 'executed',
  agent_id: 'billing',
}

/** A directory with one daily log, and a place for the audit log. */
function project(lines: readonly (object | string)[]): { readonly file: string; readonly db: string; cwd: string } {
  const cwd = tempDir()
  const file = join(cwd, `${DAY}.jsonl`)
  writeFileSync(file, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
  return { cwd, file, db: join(cwd, 'log', 'audit.db') }
}

const importing = (file: string, db: string, ...more: readonly string[]): Promise<Ran> =>
  sentinel(['import', file, '--db', db, ...more])

async function eventsOf(db: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { stdout } = await sentinel(['export', '--db', db])
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

const amounts = (values: readonly number[]): readonly object[] =>
  values.map((amount, index) => ({
    ...RECORD,
    timestamp: `${DAY}T${String(9 + index).padStart(2, '0')}:00:00Z`,
    parameters: { amount },
  }))

describe('sentinel import, of logs', () => {
  test.each`
    type                    | event                     | lesson        | because
    ${'allow'}              | ${'allow'}                | ${'ran'}      | ${'it ran'}
    ${'block'}              | ${'block'}                | ${'refused'}  | ${'what was refused is not learned, as it was there'}
    ${'approval_requested'} | ${'approval_requested'}   | ${undefined}  | ${'the answer teaches'}
    ${'approval_granted'}   | ${'approval_granted'}     | ${'approved'} | ${'a human let it through'}
    ${'approval_denied'}    | ${'approval_denied'}      | ${'refused'}  | ${'a human said no'}
    ${'approval_timeout'}   | ${'approval_timeout'}     | ${'refused'}  | ${'nobody answered'}
    ${'approval_error'}     | ${'approval_unavailable'} | ${'refused'}  | ${'nobody could be asked'}
    ${'anomaly_detected'}   | ${'anomaly_detected'}     | ${undefined}  | ${'the decision teaches'}
  `('$type becomes $event, which teaches $lesson: $because', async ({ type, event, lesson }) => {
    const { file, db } = project([{ ...RECORD, event_type: type, metadata: { risk_score: 8 } }])
    expect(await importing(file, db)).toMatchObject({ exitCode: 0 })
    const [first] = await eventsOf(db)
    expect([first?.event, first?.lesson]).toEqual([event, lesson])
    expect(first).toMatchObject({ time: `${DAY}T09:00:00.123Z`, tool: 'transfer_funds', agentId: 'billing' })
  })

  it('keeps what has a place of its own in its place, and the rest with where it came from', async () => {
    const denied = {
      ...RECORD,
      ...{ event_type: 'approval_denied', rule_id: 'large', approved_by: 'dana', reason: 'too much' },
      ...{ action_id: 'a-1', context: { ticket: 7 }, metadata: { tries: 1 }, duration_ms: null },
    }
    const { file, db } = project([denied])
    await importing(file, db)
    const [event] = await eventsOf(db)
    expect(event).toMatchObject({
      ...{ ruleIds: ['large'], approvedBy: 'dana', note: 'too much', callId: 'python-a-1' },
      details: {
        imported: { from: 'python', file, line: 1 },
        ...{ result: 'executed', actionId: 'a-1', context: { ticket: 7 }, metadata: { tries: 1 } },
      },
    })
  })

  it('[P12] tells of calls that may have run that nobody knows how they ended, and the next guard has no more to tell', async () => {
    const { file, db } = project([RECORD, { ...RECORD, event_type: 'block' }])
    await importing(file, db)
    expect((await eventsOf(db)).map(({ event }) => event)).toEqual(['allow', 'outcome_unknown', 'block'])
    const guard = new Sentinel({ auditLogPath: db, logger: false })
    await guard.ready()
    await guard.close()
    expect((await eventsOf(db)).map(({ event }) => event)).toEqual(['allow', 'outcome_unknown', 'block'])
  })

  it('imports each line once: a copy, a longer file and equal lines included', async () => {
    const { file, db, cwd } = project([RECORD, RECORD, { ...RECORD, event_type: 'block' }])
    expect((await importing(file, db)).stdout).toMatch(/\.jsonl +3 +0 +0\n$/)
    expect((await importing(file, db)).stdout).toMatch(/\.jsonl +0 +3 +0\n$/)
    const copy = join(cwd, 'copy.jsonl')
    const more = JSON.stringify({ ...RECORD, parameters: { amount: 51 } })
    writeFileSync(copy, `${readFileSync(file, 'utf8')}${more}\n`)
    expect((await importing(copy, db)).stdout).toMatch(/\.jsonl +1 +3 +0\n$/)
    expect((await eventsOf(db)).filter(({ event }) => event === 'allow')).toHaveLength(3)
    expect(await sentinel(['verify', '--db', db])).toMatchObject({ exitCode: 0 })
  })

  it('imports each line once also when two do it at the same time', async () => {
    const { file, db } = project(amounts([50, 60, 70, 80, 90]))
    await importing(project([]).file, db)
    await Promise.all([importing(file, db), importing(file, db)])
    expect((await eventsOf(db)).filter(({ event }) => event === 'allow')).toHaveLength(5)
  })

  test.each`
    line                                       | because
    ${'{"timestamp": NaN}'}                    | ${'not JSON'}
    ${'[]'}                                    | ${'expected an object'}
    ${{ ...RECORD, timestamp: 'yesterday' }}   | ${"timestamp: expected ISO 8601 such as 2026-01-31T09:30:00Z, found 'yesterday'"}
    ${{ ...RECORD, timestamp: '2999-01-01' }}  | ${'its time 2999-01-01T00:00:00.000Z is still to come'}
    ${{ ...RECORD, event_type: 'allowed' }}    | ${'event_type: Invalid option'}
    ${{ ...RECORD, function_name: undefined }} | ${'function_name is missing'}
    ${{ ...RECORD, parameters: [1] }}          | ${'parameters: expected an object'}
    ${{ ...RECORD, parameters: deep(40) }}     | ${'can not be judged'}
  `('skips a line, says where and why, and takes the others: $because', async ({ line, because }) => {
    const { file, db } = project([RECORD, line])
    const { exitCode, stdout } = await importing(file, db)
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`line 2: `)
    expect(stdout).toContain(because)
    expect(stdout).toMatch(/\.jsonl +1 +0 +1\n/)
  })

  it('says in JSON what it did', async () => {
    const { file, db } = project([RECORD, '{'])
    const { stdout } = await importing(file, db, '--json')
    expect(JSON.parse(stdout)).toEqual({
      files: [{ file, imported: 1, known: 0, skipped: 1, skippedLines: [{ line: 2, because: 'not JSON' }] }],
      rules: null,
    })
  })

  it('[P14] redacts as a guard would, in parameters, context and words, and never quotes a line', async () => {
    const secret = 'sk-ant-api03-abcdefghijklmnop'
    const { file, db } = project([
      {
        ...RECORD,
        ...{ parameters: { password: 'hunter2', iban: 'DE02', note: secret } },
        ...{ context: { password: 'hunter2' }, reason: `used ${secret}`, metadata: { api_key: 'hunter2' } },
      },
      `{"password": "hunter2"`,
    ])
    const { stdout, stderr } = await importing(file, db, '--redact', 'iban')
    const log = await sentinel(['export', '--db', db])
    for (const text of [stdout, stderr, log.stdout])
      for (const leak of ['hunter2', 'DE02', secret]) expect(text).not.toContain(leak)
    const [event] = await eventsOf(db)
    expect(event?.redactedPaths).toEqual(['iban', 'note', 'password'])
  })

  it('teaches what is usual, as calls of the guard itself do', async () => {
    const { file, db } = project(amounts([50, 60, 70, 80, 90]))
    await importing(file, db)
    const guard = new Sentinel({ auditLogPath: db, agentId: 'billing', logger: false })
    const [usual] = await guard.baselines.get('transfer_funds')
    expect(usual?.parameters[0]?.numbers).toMatchObject({ count: 5, mean: 70 })
    const { action, message } = await guard.check({ tool: 'transfer_funds', params: { amount: 5_000 } })
    expect([action, message]).toEqual([
      'block',
      "Anomaly detected (risk: 10.0): Parameter 'amount' is 311.8 standard deviations from mean (70.00)",
    ])
    await guard.close()
  })

  it('[P8] does not learn what the Python project refused and learned: a repeated attempt stays blocked', async () => {
    const attempts = Array.from({ length: 20 }, () => ({
      ...{ ...RECORD, event_type: 'block', timestamp: `${DAY}T20:00:00Z`, parameters: { amount: 5_000 } },
    }))
    const { file, db } = project([...amounts([50, 60, 70, 80, 90]), ...attempts])
    await importing(file, db)
    const guard = new Sentinel({ auditLogPath: db, agentId: 'billing', logger: false })
    expect(await guard.check({ tool: 'transfer_funds', params: { amount: 5_000 } })).toMatchObject({ action: 'block' })
    await guard.close()
  })

  it('makes no share of refused calls out of the refused ones alone', async () => {
    const { file, db } = project(
      Array.from({ length: 60 }, (_, call) => ({
        ...{ ...RECORD, event_type: call % 10 === 9 ? 'block' : 'allow' },
        timestamp: `${DAY}T${String(8 + Math.floor(call / 10)).padStart(2, '0')}:0${call % 10}:00Z`,
      })),
    )
    expect(await importing(file, db)).toMatchObject({ exitCode: 0 })
    const { stdout } = await sentinel(['anomalies', 'list', '--type', 'high_failure_rate', '--db', db])
    expect(stdout).toBe('No anomalies match.\n')
  })

  it('takes directories, day by day', async () => {
    const cwd = tempDir()
    const [late, early] = [daysAgo(1), daysAgo(3)]
    mkdirSync(join(cwd, 'logs'))
    for (const day of [late, early])
      writeFileSync(join(cwd, 'logs', `${day}.jsonl`), JSON.stringify({ ...RECORD, timestamp: `${day}T09:00:00` }))
    const db = join(cwd, 'audit.db')
    expect(await importing(join(cwd, 'logs'), db)).toMatchObject({ exitCode: 0 })
    const times = (await eventsOf(db)).map(({ time }) => String(time).slice(0, 10))
    expect(times).toEqual([early, early, late, late])
  })

  it('leaves things in order at Ctrl-C: run again, it imports the rest', async () => {
    const { file, db } = project(Array.from({ length: 2_000 }, (_, amount) => ({ ...RECORD, parameters: { amount } })))
    const terminal = new FakeTerminal(['import', file, '--db', db], {})
    const done = main(terminal)
    terminal.emit('SIGINT')
    expect(await done).toBe(130)
    expect(terminal.written.stderr).toBe(`sentinel: interrupted in ${file}; run it again to import the rest\n`)
    const before = (await eventsOf(db)).length
    expect(before).toBeLessThan(4_000)
    await importing(file, db)
    expect(await eventsOf(db)).toHaveLength(4_000)
  })

  it.each([
    ['is gone', {}, 'is sealed with a key that is not here; set SENTINEL_AUDIT_KEY to that of its guard'],
    ['is another', { SENTINEL_AUDIT_KEY: 'another key of thirty-two bytes or more' }, 'nothing was written: Event 2'],
  ])('[P13] writes nothing to a log whose key %s, and makes none', async (_, env, says) => {
    const { file, db } = project([RECORD])
    await importing(file, db)
    const key = join(dirname(db), 'audit.key')
    renameSync(key, `${key}.kept`)
    writeFileSync(file, JSON.stringify({ ...RECORD, parameters: { amount: 51 } }))
    expect(await sentinel(['import', file, '--db', db], { env })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(says),
    })
    expect(existsSync(key)).toBe(false)
    renameSync(`${key}.kept`, key)
    expect(await sentinel(['verify', '--db', db])).toMatchObject({ exitCode: 0 })
    expect(await eventsOf(db)).toHaveLength(2)
  })

  it('shows how far it is on a terminal', async () => {
    const { file, db } = project(amounts([50, 60]))
    const { stderr } = await sentinel(['import', file, '--db', db], { columns: 80 })
    expect(stderr).toContain('100 %')
  })

  it('says what is not there', async () => {
    expect(await importing('/nowhere/a.jsonl', '/nowhere/a.db')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('/nowhere/a.jsonl'),
    })
    expect(await importing(tempDir(), '/nowhere/a.db')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there are no .jsonl files in'),
    })
  })
})

function deep(levels: number): object {
  return levels === 0 ? {} : { deeper: deep(levels - 1) }
}

const PYTHON_RULES = {
  version: '1.0',
  default_action: 'allow',
  metadata: { team: 'payments' },
  rules: [
    {
      ...{ id: 'large', name: 'Large', function_pattern: 'transfer_*', action: 'require_approval', owner: 'dana' },
      conditions: [
        { param: 'amount', operator: 'gt', value: 100 },
        { param: 'destination', operator: 'not_in', value: ['savings'] },
      ],
    },
    {
      ...{ id: 'large', name: 'Also', function_pattern: 'send_*', action: 'block' },
      conditions: [{ param: 'to', operator: 'endswith', value: '.evil' }],
    },
  ],
}

describe('sentinel import, of rules', () => {
  const rulesFile = (contents: unknown): string => {
    const path = join(tempDir(), 'rules.json')
    writeFileSync(path, typeof contents === 'string' ? contents : JSON.stringify(contents))
    return path
  }

  it('writes rules that load, and says what was changed and where it differs', async () => {
    const [file, out] = [rulesFile(PYTHON_RULES), join(tempDir(), 'sentinel.rules.json')]
    const { exitCode, stdout } = await sentinel(['import', file, '--out', out, '--json'])
    expect(exitCode).toBe(0)
    const { rules } = JSON.parse(stdout)
    const paths = (issues: { path: string; code: string }[]) => issues.map(({ path, code }) => `${path} ${code}`)
    expect(rules).toMatchObject({ file, out, rules: 2, errors: [] })
    expect(paths(rules.changed)).toEqual([
      'first_match added',
      'rules[0].owner dropped',
      'rules[1].id renamed',
      'metadata dropped',
    ])
    expect(paths(rules.differs)).toEqual([
      'rules[0].conditions[0] wrong_type',
      'rules[0].conditions[1] missing_parameter',
      'rules[1].conditions[0] was_never_true',
    ])
    expect(await sentinel(['check', out])).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(readFileSync(out, 'utf8')).rules.map(({ id }: { id: string }) => id)).toEqual([
      'large',
      'large_2',
    ])
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })

  it('only reports without a place for them, and replaces nothing', async () => {
    const file = rulesFile(PYTHON_RULES)
    const { exitCode, stdout } = await sentinel(['import', file])
    expect([exitCode, stdout.trimEnd().split('\n').at(-1)]).toEqual([
      0,
      '2 rules can be used; give --out <file> to write them.',
    ])
    expect(await sentinel(['import', file, '--out', file])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('--force'),
    })
  })

  test.each`
    contents                                                                                                                                | place                                | because
    ${{ rules: [{ id: 'a', function_pattern: 'x', action: 'block', conditions: [{ param: 'p', operator: 'matches', value: '(?=a)b' }] }] }} | ${'rules[0].conditions[0].value'}    | ${'look-around does not run in linear time'}
    ${{ rules: [{ id: 'a', function_pattern: 'x', action: 'block', conditions: [{ param: 'p', operator: 'like', value: 'b' }] }] }}         | ${'rules[0].conditions[0].operator'} | ${'an operator that nobody knows'}
    ${'{ "rules": ['}                                                                                                                       | ${'line 1'}                          | ${'not JSON'}
    ${'[]'}                                                                                                                                 | ${'expected an object'}              | ${'not rules'}
  `('refuses with the place, and writes nothing: $because', async ({ contents, place }) => {
    const out = join(tempDir(), 'out.json')
    const { exitCode, stdout } = await sentinel(['import', rulesFile(contents), '--out', out])
    expect(exitCode).toBe(1)
    expect(stdout).toContain(place)
    expect(stdout).toContain('this file can not be used, and nothing was written.')
    expect(existsSync(out)).toBe(false)
  })

  it('takes one rules file at a time', async () => {
    const file = rulesFile(PYTHON_RULES)
    expect(await sentinel(['import', file, file])).toMatchObject({ exitCode: 1 })
  })
})
