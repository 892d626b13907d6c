import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Names this process: where its number means it, the number, and when it started, since numbers are given out again. Where the system
 * does not tell the start (only Linux does, cheaply), it is left out.
 */
export function thisProcess(): string {
  ownName ??= `${realm()}:${process.pid}:${startOf(process.pid)}`
  return ownName
}

let ownName: string | undefined

const NAME = /^(?<realm>[0-9a-f]{16}):(?<pid>[1-9]\d{0,9}):(?<start>\d*)$/

/**
 * Whether the process of this name has certainly ended. False in all doubt: another machine, boot or container, a name that is not
 * understood, or a number that someone has who can not be told from it.
 */
export function hasEnded(name: string): boolean {
  const { realm: where, pid, start } = NAME.exec(name)?.groups ?? {}
  if (pid === undefined || where !== realm()) return false
  if (!isRunning(Number(pid))) return true
  const startNow = startOf(Number(pid))
  return start !== '' && startNow !== '' && startNow !== start
}

/**
 * Whether the process of this name certainly still runs. False in all doubt, and so wherever the system does not tell when a process
 * started.
 */
export function isRunningStill(name: string): boolean {
  const { realm: where, pid, start } = NAME.exec(name)?.groups ?? {}
  return start !== undefined && start !== '' && where === realm() && startOf(Number(pid)) === start
}

/** One boot of one system, and the namespace of its processes: a container has its own. */
function realm(): string {
  const parts = [hostname(), textOf('/proc/sys/kernel/random/boot_id'), namespaceOfProcesses()]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

/** Asked of the system itself: files about the processes of others can be hidden. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** In ticks since the system started; the 20th word behind the name of the program, which may hold anything. */
function startOf(pid: number): string {
  const words = textOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return words[19] ?? ''
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function namespaceOfProcesses(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
