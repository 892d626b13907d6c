import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** What a process did to files, and what it said, in the order of the system calls. */
export type Step =
  | {
      readonly kind: 'write'
      readonly path: string
      readonly bytes: Buffer /** Undefined: at the end. */
      readonly offset: number | undefined
    }
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string }
  /** On standard output. */
  | { readonly kind: 'said'; readonly text: string }

const CALLS = 'pwrite64,write,fsync,fdatasync,ftruncate,rename,unlink'
/** More than one write of SQLite has. */
const BYTES_MAX = 200_000

/** Whether this machine can trace a process. */
export const canTrace = (): boolean => spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0

/** Runs a command to its end and notes its system calls in a file. */
export async function trace(command: readonly string[], file: string): Promise<void> {
  const options = ['-f', '-qq', '-y', '-xx', '-s', String(BYTES_MAX), '-e', `trace=${CALLS}`, '-o', file]
  const child = spawn('strace', [...options, ...command], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the traced process ended with code ${code}`)
}

const LINE = /^(?<thread>\d+) +(?:<\.\.\. (?<resumed>\w+) resumed>|(?<name>\w+)\((?<args>.*))/
const DESCRIPTOR = /^(?<number>\d+)<(?<path>[^>]*)>/

/** The steps in a file that `trace` wrote. */
export async function* stepsIn(file: string): AsyncGenerator<Step> {
  /** Syncs that a thread waits for: they count when they are done. Writes count when they begin. */
  const waiting = new Map<string, string>()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { thread = '', resumed, name = '', args = '' } = LINE.exec(line)?.groups ?? {}
    if (resumed?.endsWith('sync')) yield* stepOf(resumed, waiting.get(thread) ?? '')
    else if (name.endsWith('sync') && args.endsWith('<unfinished ...>')) waiting.set(thread, args)
    else if (name !== '') yield* stepOf(name, args)
  }
}

function* stepOf(name: string, args: string): Generator<Step> {
  const { number, path: hex = '' } = DESCRIPTOR.exec(args)?.groups ?? {}
  const path = unhexed(hex).toString()
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = [...args.matchAll(/"((?:\\x..)*)"/g)].map(
    ([, text = '']) => unhexed(text),
  )
  const last = Number(/, (\d+)(?:\) +=| <unfinished)/.exec(args)?.[1])
  if (name === 'fsync' || name === 'fdatasync') yield { kind: 'sync', path }
  else if (name === 'pwrite64') yield { kind: 'write', path, bytes: first, offset: last }
  else if (name === 'write' && number === '1') yield { kind: 'said', text: first.toString().trim() }
  else if (name === 'write') yield { kind: 'write', path, bytes: first, offset: undefined }
  else if (name === 'ftruncate') yield { kind: 'truncate', path, size: last }
  else if (name === 'rename') yield { kind: 'rename', from: first.toString(), to: second.toString() }
  else if (name === 'unlink') yield { kind: 'unlink', path: first.toString() }
}

const unhexed = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex')
