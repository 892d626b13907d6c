import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Durability } from '../../src/domain/settings.ts'

/** What `guarded-process.ts` is told. */
export interface GuardedRun {
  readonly auditLogPath: string
  readonly durability: Durability
  /** Begins the names of its calls; of each three of a caller, one needs an approval, which it gets, and one is under the limit. */
  readonly name: string
  /** So many calls of that kind may run, of all processes. */
  readonly limit?: number
  readonly callers: number
  /** Calls of each caller, or how long they go on; until it is killed when neither is said. */
  readonly calls?: number
  readonly seconds?: number
  /** Its tools start and never end. */
  readonly endless?: boolean
}

/** The command that runs it. */
export const guardedCommand = (run: GuardedRun): readonly string[] => [
  process.execPath,
  join(import.meta.dirname, 'guarded-process.ts'),
  JSON.stringify(run),
]

/**
 * Runs it to its end, or to where `watch` kills it, which is told how many tools have started, from 0 on. Resolves to the calls whose
 * tool started, in order.
 */
export async function startedCalls(
  run: GuardedRun,
  watch: (child: ChildProcess, started: number) => void = () => undefined,
): Promise<readonly string[]> {
  const [command = '', ...args] = guardedCommand(run)
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const started: string[] = []
  watch(child, 0)
  for await (const call of createInterface({ input: child.stdout })) {
    started.push(call)
    watch(child, started.length)
  }
  await closed
  return started
}
