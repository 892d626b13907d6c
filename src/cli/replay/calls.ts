import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { isFailure } from '../../domain/outcome.ts'
import type { EpochMs } from '../../domain/units.ts'
import { readJsonText } from '../../support/json.ts'
import { messageOf } from '../../support/messages.ts'
import { CommandError, type Terminal } from '../terminal.ts'

/** A call that was made once, and what is known of it. */
export interface RecordedCall {
  readonly at: EpochMs
  readonly agent: string
  readonly tool: string
  readonly params: Readonly<Record<string, unknown>>
  readonly outcome: 'success' | 'failure'
  /** Undefined when the file has no labels. */
  readonly label: 'normal' | 'anomaly' | undefined
  /** Part of the history that is known to be normal, and always learned. */
  readonly training: boolean
  /** Bytes of the file up to here. */
  readonly bytesRead: number
}

const schema = z.object({
  ts: z.union([z.string(), z.number()]),
  agent: z.string().min(1).default('default'),
  tool: z.string().min(1),
  params: z.record(z.string(), z.unknown()).nullish(),
  outcome: z.unknown().optional(),
  label: z.enum(['normal', 'anomaly']).optional(),
  split: z.string().optional(),
})

/** Where calls are read from; `size` in bytes is undefined for standard input. */
export interface CallSource {
  readonly name: string
  readonly size: number | undefined
  readonly input: NodeJS.ReadableStream
}

/** @throws CommandError when the file can not be read. */
export async function openCalls(terminal: Terminal, file: string | undefined): Promise<CallSource> {
  if (file === undefined || file === '-') return { name: 'standard input', size: undefined, input: terminal.stdin }
  try {
    const { size } = await stat(file)
    return { name: file, size, input: createReadStream(file) }
  } catch (error) {
    throw new CommandError(`${file} can not be read: ${messageOf(error)}`)
  }
}

/**
 * The calls of a source in the order they stand there.
 * @throws CommandError naming the line that is not a call.
 */
export async function* readCalls({ name, input }: CallSource): AsyncGenerator<RecordedCall> {
  let bytesRead = 0
  let number = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      bytesRead += Buffer.byteLength(line) + 1
      if (line.trim() !== '') yield { ...parse(line, `${name}, line ${number}`), bytesRead }
    }
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(`${name} can not be read: ${messageOf(error)}`)
  }
}

function parse(line: string, place: string): Omit<RecordedCall, 'bytesRead'> {
  const parsed = schema.safeParse(json(line, place))
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`)
    throw new CommandError(`${place}: ${wrong.join('; ')}; expected {"ts", "agent", "tool", "params", "outcome"}`)
  }
  const { ts, agent, tool, params, outcome, label, split } = parsed.data
  const at = new Date(ts).getTime()
  if (Number.isNaN(at))
    throw new CommandError(`${place}: ts: found '${ts}', expected a time such as 2026-01-31T12:00:00Z`)
  return {
    at: at as EpochMs,
    agent,
    tool,
    params: params ?? {},
    outcome: isFailure(outcome) ? 'failure' : 'success',
    label,
    training: split === 'train',
  }
}

function json(line: string, place: string): unknown {
  try {
    return readJsonText(line)
  } catch (error) {
    throw new CommandError(`${place}: not JSON (${messageOf(error)})`)
  }
}
