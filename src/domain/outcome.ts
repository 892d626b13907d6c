const FAILURES: readonly unknown[] = ['failure', 'failed', 'error', false]

/** Whether a recorded outcome says that a tool failed; what is not known to be a failure is none. */
export const isFailure = (outcome: unknown): boolean => FAILURES.includes(outcome)
