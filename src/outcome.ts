import type { Clock } from './support/clock.ts'

/** How a tool ended, as a value: a failing store must never be reported as a failing tool. */
export type Outcome<Result> =
  | { readonly status: 'returned'; readonly value: Result; readonly durationMs: number }
  | { readonly status: 'threw'; readonly error: unknown; readonly durationMs: number }

/** Runs the tool and says how it ended and how long it took, by the monotonic clock. Never throws. */
export async function attempt<Result>(run: () => Result, clock: Clock): Promise<Outcome<Awaited<Result>>> {
  const startedAt = clock.monotonicMs()
  try {
    const value = await run()
    return { status: 'returned', value, durationMs: clock.monotonicMs() - startedAt }
  } catch (error) {
    return { status: 'threw', error, durationMs: clock.monotonicMs() - startedAt }
  }
}

/** The tool's own result or error, unchanged. */
export function unwrap<Result>(outcome: Outcome<Result>): Result {
  if (outcome.status === 'threw') throw outcome.error
  return outcome.value
}
