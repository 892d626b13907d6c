import { PassThrough } from 'node:stream'
import type { TerminalInput, TerminalOutput } from '../../src/approval/default.ts'

/** Two streams that behave as a terminal does towards a program, with a person in front of it. */
export class FakeTerminal {
  readonly input: PassThrough & TerminalInput
  readonly output: PassThrough & TerminalOutput
  #shown = ''

  constructor({ columns = 80, rows = 24 } = {}) {
    const input: PassThrough & { isTTY: boolean; isRaw: boolean; setRawMode?: (raw: boolean) => void } = Object.assign(
      new PassThrough(),
      { isTTY: true, isRaw: false },
    )
    input.setRawMode = (raw) => {
      input.isRaw = raw
    }
    this.input = input
    this.output = Object.assign(new PassThrough(), { isTTY: true, columns, rows })
    this.output.on('data', (chunk) => {
      this.#shown += chunk
    })
  }

  type(keys: string): void {
    this.input.write(keys)
  }

  /** Everything that was ever written to the screen. */
  get raw(): string {
    return this.#shown
  }

  /** The same without what colours it and moves the cursor. */
  get text(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is looked for
    return this.#shown.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
  }

  get rows(): readonly string[] {
    return this.text.split('\r\n')
  }

  /** How often a line was asked for. */
  get prompts(): number {
    return this.text.split(/y or n: |n denies: /).length - 1
  }

  /** Whether the program let go of the terminal: paused, in line mode, no listener left. */
  get isReleased(): boolean {
    const events = ['data', 'readable', 'keypress', 'error', 'close']
    return (
      this.input.isRaw === false &&
      this.input.readableFlowing !== true &&
      events.every((event) => this.input.listenerCount(event) === 0) &&
      this.output.listenerCount('resize') === 0
    )
  }
}
