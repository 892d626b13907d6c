import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { main } from '../../src/cli/program.ts'
import { tempDir } from '../support/guards.ts'
import { guardWithLog, logged } from './logged.ts'
import { FakeTerminal, sentinel } from './run.ts'

const eventsIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).event)

describe('sentinel export', () => {
  test.each`
    args                         | events                                                               | because
    ${[]}                        | ${['rules_loaded', 'allow', 'executed', 'allow', 'failed', 'block']} | ${'everything, oldest first'}
    ${['--tool', 'pay']}         | ${['allow', 'executed']}                                             | ${'filters are those of `log`'}
    ${['--agent', 'other']}      | ${['allow', 'failed']}                                               | ${'filters are those of `log`'}
    ${['--until', '2020-01-01']} | ${[]}                                                                | ${'nothing that matches is no error'}
  `('$args: $because', async ({ args, events }) => {
    const { exitCode, stdout } = await sentinel(['export', '--db', await logged(), ...args])
    expect([exitCode, eventsIn(stdout)]).toEqual([0, events])
  })

  it('writes CSV', async () => {
    const { stdout } = await sentinel(['export', '--format', 'csv', '--db', await logged(), '--tool', 'pay'])
    expect(stdout.split('\r\n').map((line) => line.split(',')[3])).toEqual(['event', 'allow', 'executed', undefined])
  })

  it('writes a file for its owner alone, and says so', async () => {
    const out = join(tempDir(), 'events.jsonl')
    const args = ['export', '--db', await logged(), '--out', out]
    expect(await sentinel(args)).toMatchObject({ exitCode: 0, stdout: `Wrote 6 events to ${out}.\n` })
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(eventsIn(readFileSync(out, 'utf8'))).toHaveLength(6)
    const { stdout } = await sentinel([...args, '--force', '--json', '--format', 'csv'])
    expect(JSON.parse(stdout)).toEqual({ file: out, format: 'csv', events: 6 })
    expect(readFileSync(out, 'utf8')).toMatch(/^seq,id,time/)
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(readdirSync(dirname(out))).toEqual(['events.jsonl'])
  })

  it('[P15] replaces no file unless told to, and never writes through a link', async () => {
    const [out, target] = [join(tempDir(), 'out.jsonl'), join(tempDir(), 'target')]
    writeFileSync(target, 'mine')
    symlinkSync(target, out)
    const args = ['export', '--db', await logged(), '--out', out]
    expect(await sentinel(args)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--force') })
    expect(await sentinel([...args, '--force'])).toMatchObject({ exitCode: 0 })
    expect(readFileSync(target, 'utf8')).toBe('mine')
    expect(eventsIn(readFileSync(out, 'utf8'))).toHaveLength(6)
  })

  it('leaves no half a file behind when the log can not be read', async () => {
    const out = join(tempDir(), 'out.jsonl')
    expect(await sentinel(['export', '--db', '/nowhere/a.db', '--out', out])).toMatchObject({ exitCode: 1 })
    expect(existsSync(out)).toBe(false)
  })

  it('leaves no half a file behind at Ctrl-C', async () => {
    const { guard, auditLogPath } = guardWithLog({ anomalyDetection: false })
    const tool = guard.wrap('pay', async (_: object) => 'paid')
    await Promise.all(Array.from({ length: 1_500 }, (_, amount) => tool({ amount })))
    await guard.close()
    const out = join(tempDir(), 'out.jsonl')
    const terminal = new FakeTerminal(['export', '--db', auditLogPath, '--out', out], {})
    const done = main(terminal)
    await expect.poll(() => existsSync(out), { interval: 1 }).toBe(true)
    terminal.emit('SIGINT')
    expect(await done).toBe(130)
    expect(terminal.written.stderr).toBe('sentinel: interrupted\n')
    expect(existsSync(out)).toBe(false)
    expect(terminal.listenerCount('SIGINT')).toBe(0)
  })
})
