import { spawn, spawnSync } from 'node:child_process'

/** Of util-linux: runs a command in a terminal of its own. The `script` of other systems takes other options. */
const SCRIPT = 'script'
export const hasScript: boolean = String(spawnSync(SCRIPT, ['--version']).stdout ?? '').includes('util-linux')

interface TerminalRun {
  /** A program for Node and its arguments. */
  readonly program: readonly string[]
  readonly cwd: string
  /** Each text is typed when its prompt has appeared. */
  readonly typed: readonly string[]
  readonly typedAhead?: string
}

/** Runs a program in a real terminal. Resolves when it has ended by itself. */
export async function runInTerminal(
  run: TerminalRun,
): Promise<{ readonly exitCode: unknown; readonly screen: string }> {
  const command = [process.execPath, ...run.program].map((word) => `'${word}'`).join(' ')
  const terminal = spawn(SCRIPT, ['-qec', command, '/dev/null'], { cwd: run.cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  let screen = ''
  let answered = 0
  terminal.stdin.write(run.typedAhead ?? '')
  terminal.stdout.on('data', (chunk) => {
    screen += chunk
    const prompts = screen.split('Approve this call? y or n: ').length - 1
    for (; answered < prompts && answered < run.typed.length; answered++)
      terminal.stdin.write(run.typed[answered] ?? '')
  })
  const exitCode = await new Promise((resolve) => terminal.on('close', resolve))
  return { exitCode, screen }
}
