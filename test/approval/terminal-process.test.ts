import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { hasScript, runInTerminal } from './run-in-terminal.ts'

const PROGRAM = fileURLToPath(new URL('./terminal-program.ts', import.meta.url))
let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sentinel-terminal-'))
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

const reportOf = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

describe.skipIf(!hasScript)('a real terminal (skipped where `script` of util-linux is missing)', () => {
  const run = async (name: string, typed: readonly string[], typedAhead = '') => {
    const report = join(directory, name)
    const ended = await runInTerminal({ program: [PROGRAM, report], cwd: directory, typed, typedAhead })
    return { ...ended, report: reportOf(report) }
  }

  const by = userInfo().username

  it('[P16] [P18] takes the answers of the one who sits there and gives the terminal back', async () => {
    const { exitCode, screen, report } = await run('answers', ['y\r', 'n\r'])
    expect(exitCode).toBe(0)
    expect(screen).toContain('amount = 5000')
    expect(screen).toContain(`Approved by ${by}.`)
    expect(report).toEqual({
      answers: [
        { outcome: 'approved', by },
        { outcome: 'denied', by },
      ],
      isRaw: false,
      listeners: 0,
    })
  })

  it('[P18] Ctrl-C denies, the program goes on, and Ctrl-D is no answer', async () => {
    const { exitCode, report } = await run('control', ['\u0003', '\u0004'])
    expect(exitCode).toBe(0)
    expect(report).toMatchObject({
      answers: [{ outcome: 'denied', by, note: 'Ctrl-C at the prompt' }, { outcome: 'unavailable' }],
      isRaw: false,
    })
  })

  it('[P18] what was typed ahead answers nothing', async () => {
    const { report } = await run('ahead', ['n\r', 'n\r'], 'y\ry\r')
    expect(report).toMatchObject({ answers: [{ outcome: 'denied' }, { outcome: 'denied' }] })
  })
})

describe('without a terminal', () => {
  test.each`
    input       | what
    ${'y\ny\n'} | ${'answers in a pipe'}
    ${''}       | ${'an empty input'}
  `('[F8] [P18] $what approve nothing, and the program ends', ({ input }) => {
    const report = join(directory, 'piped')
    const { status } = spawnSync(process.execPath, [PROGRAM, report], { input })
    expect(status).toBe(0)
    expect(reportOf(report)).toMatchObject({ answers: [{ outcome: 'unavailable' }, { outcome: 'unavailable' }] })
  })
})
