import type { Terminal } from './terminal.ts'

/** The user pressed Ctrl-C, and the command has left everything in order. The message says what was left. */
export class Interrupted extends Error {}

/**
 * Runs work that Ctrl-C ends in its own time: `signal` aborts with `Interrupted` as its reason. A second Ctrl-C ends the process as
 * it always does.
 */
export async function interruptible<Result>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController()
  const interrupt = (): void => {
    terminal.off('SIGINT', interrupt)
    stop.abort(new Interrupted('interrupted'))
  }
  terminal.on('SIGINT', interrupt)
  try {
    return await work(stop.signal)
  } finally {
    terminal.off('SIGINT', interrupt)
  }
}
