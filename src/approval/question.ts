import { styleText } from 'node:util'
import type { ApprovalAnswer, ApprovalRequest } from '../domain/approval.ts'
import type { Clock } from '../support/clock.ts'
import { printable } from '../support/printable.ts'
import { unavailable } from './answer.ts'
import { type TerminalOutput, type TerminalStreams, whyNotUsable } from './default.ts'
import { Keyboard, type Typed } from './keyboard.ts'
import { inWords, type Row, recap, requestRows } from './screen.ts'
import type { TimeLimit } from './time-limit.ts'

const COLUMNS_DEFAULT = 80
const COLUMNS_MIN = 40
const ROWS_DEFAULT = 24
/** Room on a screen for what was typed before, the row that repeats what is decided on, and the prompt. */
const ROWS_KEPT_FREE = 4
const SCREENFUL_ROWS_MIN = 10

const STYLES = { title: ['bold', 'yellow'], heading: ['bold'], deciding: ['yellow'], plain: [] } as const

type Command = 'approve' | 'deny' | 'more' | 'all'
const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['y', 'approve'],
  ['yes', 'approve'],
  ['n', 'deny'],
  ['no', 'deny'],
  ['', 'more'],
  ['all', 'all'],
])

export interface Asked extends TerminalStreams {
  readonly clock: Clock
  readonly limit: TimeLimit
  readonly by: string
}

/** Shows one request, screen by screen, until there is an answer or none counts any more. Holds the keyboard meanwhile. */
export async function askOnTerminal(request: ApprovalRequest, asked: Asked): Promise<ApprovalAnswer> {
  const problem = asked.limit.over() ?? whyNotUsable(asked)
  if (problem !== undefined) return unavailable(problem)
  const keyboard = new Keyboard(asked)
  try {
    const answer = await new Question(request, asked).answer(keyboard)
    asked.output.write(`\r\n${closing(answer)}\r\n`)
    return answer
  } finally {
    keyboard.release()
  }
}

class Question {
  readonly #request: ApprovalRequest
  readonly #asked: Asked
  readonly #columns: number
  #unseen: readonly Row[]

  constructor(request: ApprovalRequest, asked: Asked) {
    this.#request = request
    this.#asked = asked
    // The last column stays empty: some terminals break the row when it is filled.
    this.#columns = Math.max((asked.output.columns || COLUMNS_DEFAULT) - 1, COLUMNS_MIN)
    this.#unseen = requestRows(request, { columns: this.#columns, now: asked.clock.now() })
  }

  async answer(keyboard: Keyboard): Promise<ApprovalAnswer> {
    const { limit } = this.#asked
    let text = `\r\n${this.#nextRows(this.#screenful())}`
    for (;;) {
      const typed = await keyboard.ask({ text, prompt: this.#prompt(), signal: limit.signal })
      const reply = this.#replyTo(typed)
      // After the answer, since the deadline may have passed while it was typed.
      const over = limit.over()
      if (over !== undefined) return unavailable(over)
      if (typeof reply === 'object') return reply
      text = reply
    }
  }

  /** The answer, or what to show before asking again. */
  #replyTo(typed: Typed): ApprovalAnswer | string {
    const { by } = this.#asked
    switch (typed.kind) {
      case 'line':
        return this.#obey(COMMANDS.get(typed.text.trim().toLowerCase()))
      case 'interrupt':
        return { outcome: 'denied', by, note: 'Ctrl-C at the prompt' }
      case 'end':
      case 'aborted':
        return unavailable('the input of the terminal ended without an answer')
      default:
        return typed satisfies never
    }
  }

  #obey(command: Command | undefined): ApprovalAnswer | string {
    const { by } = this.#asked
    const left = this.#unseen.length
    if (command === 'deny') return { outcome: 'denied', by }
    if (command === 'approve' && left === 0) return { outcome: 'approved', by }
    if (command === 'approve') return `Not approved: ${rowsOf(left)} of the question not shown yet.\r\n`
    if (command === 'more' && left > 0) return this.#nextRows(this.#screenful())
    if (command === 'all' && left > 0) return this.#nextRows(left)
    return `Please answer y or n. ${this.#timeLeft()} left.\r\n`
  }

  #nextRows(count: number): string {
    const isFirst = this.#unseen[0]?.kind === 'title'
    const rows = this.#unseen.slice(0, count)
    this.#unseen = this.#unseen.slice(count)
    if (!isFirst && this.#unseen.length === 0) rows.push(recap(this.#request, this.#columns))
    return rows.map((row) => `${styled(row, this.#asked.output)}\r\n`).join('')
  }

  #screenful(): number {
    return Math.max((this.#asked.output.rows || ROWS_DEFAULT) - ROWS_KEPT_FREE, SCREENFUL_ROWS_MIN)
  }

  #prompt(): string {
    const left = this.#unseen.length
    return left === 0
      ? 'Approve this call? y or n: '
      : `${rowsOf(left)} left. Enter shows more, "all" the rest, n denies: `
  }

  #timeLeft(): string {
    return inWords(this.#request.deadline - this.#asked.clock.now())
  }
}

const rowsOf = (count: number): string => (count === 1 ? '1 row' : `${count} rows`)

function styled(row: Row, output: TerminalOutput): string {
  const { NO_COLOR, TERM } = process.env
  const inColour = output.isTTY === true && !NO_COLOR && TERM !== 'dumb'
  return inColour ? styleText([...STYLES[row.kind]], row.text, { validateStream: false }) : row.text
}

function closing(answer: ApprovalAnswer): string {
  if (answer.outcome === 'unavailable') return `Not approved: ${printable(answer.because)}.`
  return `${answer.outcome === 'approved' ? 'Approved' : 'Denied'} by ${printable(answer.by)}.`
}
