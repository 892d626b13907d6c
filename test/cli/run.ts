import { EventEmitter } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { main } from '../../src/cli/program.ts'

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly cwd?: string
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** Columns of a terminal; without it the output is a pipe. */
  readonly columns?: number
}

/** The streams of a process, to run a command on. */
export class FakeTerminal extends EventEmitter {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Readable
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly #cwd: string
  readonly #written = { stdout: '', stderr: '' }

  constructor(args: readonly string[], { cwd = '/', stdin = '', env = {}, columns }: Running) {
    super()
    this.argv = ['node', 'sentinel', ...args]
    this.env = env
    this.stdin = Readable.from([stdin])
    this.#cwd = cwd
    this.stdout = this.#stream('stdout', columns)
    this.stderr = this.#stream('stderr', columns)
  }

  cwd(): string {
    return this.#cwd
  }

  get written(): { readonly stdout: string; readonly stderr: string } {
    return this.#written
  }

  #stream(name: 'stdout' | 'stderr', columns: number | undefined): NodeJS.WriteStream {
    const stream = new PassThrough()
    stream.on('data', (chunk: Buffer) => {
      this.#written[name] += chunk.toString()
    })
    return Object.assign(stream, { isTTY: columns !== undefined, columns }) as unknown as NodeJS.WriteStream
  }
}

/** Runs `sentinel` with arguments as a shell would. */
export async function sentinel(args: readonly string[], running: Running = {}): Promise<Ran> {
  const terminal = new FakeTerminal(args, running)
  const exitCode = await main(terminal)
  return { exitCode, ...terminal.written }
}
