import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import type { TerminalStreams } from './default.ts'

/** What came of asking for a line. */
export type Typed =
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-C at the prompt. It reaches the process again as soon as the keyboard is released. */
  | { readonly kind: 'interrupt' }
  /** Ctrl-D, or the terminal is gone. */
  | { readonly kind: 'end' }
  /** The signal aborted. */
  | { readonly kind: 'aborted' }

/** Turns of the event loop without input after which nothing more was waiting, and how many to give it. */
const QUIET_TURNS = 5
const DRAIN_TURNS_MAX = 100

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Standard input, held for the length of one question and then given back as it was: paused, in line mode, without listeners.
 * What is typed while no line is asked for is dropped, so nothing typed ahead can answer a question that nobody has seen.
 */
export class Keyboard {
  readonly #streams: TerminalStreams
  #receive: ((chunk: unknown) => void) | undefined
  #dropped = 0
  #end: (() => void) | undefined
  #hasEnded = false

  constructor(streams: TerminalStreams) {
    this.#streams = streams
    const { input, output } = streams
    input.on('data', this.#onData)
    for (const event of ['end', 'close', 'error']) input.on(event, this.#onEnd)
    output.on('error', this.#onEnd)
    input.resume()
  }

  readonly #onData = (chunk: unknown): void => {
    if (this.#receive === undefined) this.#dropped += 1
    else this.#receive(chunk)
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    this.#end?.()
  }

  release(): void {
    const { input, output } = this.#streams
    input.removeListener('data', this.#onData)
    // Enough to let the process end. Not unref'd: the next reader of standard input would then not keep the process alive.
    input.pause()
    input.setRawMode?.(false)
    // Last: the line above fails when the terminal is gone, and an error that nobody listens to ends the process.
    for (const event of ['end', 'close', 'error']) input.removeListener(event, this.#onEnd)
    output.removeListener('error', this.#onEnd)
  }

  /**
   * Shows `text` and then `prompt`, and waits for one line typed after that.
   * @param question `signal` ends the wait.
   */
  async ask(question: { text: string; prompt: string; signal: AbortSignal }): Promise<Typed> {
    await this.#drain()
    if (question.signal.aborted) return { kind: 'aborted' }
    if (this.#hasEnded) return { kind: 'end' }
    this.#streams.output.write(question.text)
    return this.#readLine(question.prompt, question.signal)
  }

  /** In raw mode, or the terminal would keep the beginning of a line back until its end is typed. */
  async #drain(): Promise<void> {
    this.#streams.input.setRawMode?.(true)
    let quiet = 0
    for (let turn = 0; turn < DRAIN_TURNS_MAX && quiet < QUIET_TURNS; turn++) {
      const before = this.#dropped
      await nextTurn()
      quiet = this.#dropped === before ? quiet + 1 : 0
    }
  }

  async #readLine(prompt: string, signal: AbortSignal): Promise<Typed> {
    const { input, output } = this.#streams
    const { promise, resolve } = Promise.withResolvers<Typed>()
    // A stream of our own between the terminal and readline: it leaves listeners behind, and keeps what follows the first line.
    const keys = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (raw: boolean) => input.setRawMode?.(raw),
    })
    const lines = createInterface({ input: keys, output, terminal: true, historySize: 0, prompt })
    lines.once('line', (text) => resolve({ kind: 'line', text }))
    lines.once('SIGINT', () => resolve({ kind: 'interrupt' }))
    lines.once('close', () => resolve({ kind: 'end' }))
    // Back from Ctrl-Z.
    lines.on('SIGCONT', () => lines.prompt(true))
    const abort = (): void => resolve({ kind: 'aborted' })
    signal.addEventListener('abort', abort, { once: true })
    this.#end = () => resolve({ kind: 'end' })
    this.#receive = (chunk) => keys.write(chunk)
    try {
      lines.prompt()
      return await promise
    } finally {
      this.#receive = undefined
      this.#end = undefined
      signal.removeEventListener('abort', abort)
      lines.close()
      keys.destroy()
    }
  }
}
